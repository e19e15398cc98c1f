package totals

import (
	"slices"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// people rounds a count of persons (patients, stakeholders) for the public, and shows none from 1
// to 7. Other figures stay unchanged.
func people(metric survey.Metric, f survey.Figure) survey.Figure {
	if !metric.People || f.Absent() {
		return f
	}
	value, shown := disclosure.PeopleCount(f.Value)
	if !shown {
		return fewPeople(f)
	}
	f.Value, f.Bounds = value, nil
	if value == 0 {
		f.Status = survey.FigureZero
	}
	return estimated(f)
}

const fewPeopleReason = "too few people: hidden to protect them"

func fewPeople(f survey.Figure) survey.Figure {
	f.Status, f.Reason, f.ReasonCode = survey.FigureHidden, fewPeopleReason, survey.FigureFewPeople
	f.Value, f.Contributors, f.Bounds = 0, 0, nil
	return estimated(f)
}

func estimated(f survey.Figure) survey.Figure {
	if f.Qualifier == survey.QualifierExact {
		f.Qualifier = survey.QualifierEstimated
	}
	return f
}

// ofPeople derives the formulas of counts of persons again, from the counts that the public sees: a
// share of three people would say how many they are.
func ofPeople(definitions survey.Definitions, figures []survey.Figure) {
	for i, f := range figures {
		metric, _ := definitions.Metric(f.Metric)
		ofPeople := func(id string) bool { return countsPeople(definitions, id) }
		if metric.Formula == nil || f.Absent() || !slices.ContainsFunc(metric.Formula.Of, ofPeople) {
			continue
		}

		value, ok := metric.Formula.Value(func(id string) (int64, bool) {
			for _, part := range figures {
				if part.Metric == id && !part.Absent() {
					return part.Value, true
				}
			}
			return 0, false
		})

		if !ok {
			figures[i] = fewPeople(f)
			continue
		}
		f.Value, f.Bounds = value, nil
		figures[i] = estimated(f)
	}
}

func countsPeople(definitions survey.Definitions, id string) bool {
	metric, known := definitions.Metric(id)
	return known && metric.People
}
