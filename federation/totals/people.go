package totals

import (
	"slices"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// people rounds a count of persons (patients, stakeholders) for the public, and
// shows none from 1 to 7. Other figures stay what they are.
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

func fewPeople(f survey.Figure) survey.Figure {
	f.Status, f.Reason, f.ReasonCode = survey.FigureHidden, "too few people: hidden to protect them", survey.FigureFewPeople
	f.Value, f.Contributors, f.Bounds = 0, 0, nil
	return estimated(f)
}

func estimated(f survey.Figure) survey.Figure {
	if f.Qualifier == survey.QualifierExact {
		f.Qualifier = survey.QualifierEstimated
	}
	return f
}

// ofPeople makes what is derived from counts of persons anew, from the counts as
// the public sees them: a share of three people would say how many they are.
func ofPeople(definitions survey.Definitions, figures []survey.Figure) {
	for i, f := range figures {
		metric, _ := definitions.Metric(f.Metric)
		if metric.Formula == nil || f.Absent() || !slices.ContainsFunc(metric.Formula.Of, func(id string) bool { return countsPeople(definitions, id) }) {
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
