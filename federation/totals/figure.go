package totals

import (
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// scope is what the figures of one row have in common.
type scope struct {
	present         bool   // some region's figures are in it
	region          bool   // it is one region's row
	partial         string // what is missing from it, in words
	asOf            time.Time
	supported       int // distinct organisations, by the registry
	countsSupported bool
}

const (
	reasonNoAnswers = "no answers yet"
	reasonMissing   = "nothing has been heard of this region's figures"
	reasonNobody    = "no region's figures have been heard of"
	reasonWaiting   = "answers are held back until there are more"
	reasonHidden    = "withheld to protect a company"
	reasonOverflow  = "the parts are too large to be added up"
	reasonNotHere   = "counted for the nation and the regions only"
)

// figures returns the headline figures of one row, in the order of the
// definitions, the derived ones after them, and the companies supported last.
func (m *merger) figures(row sums, where scope) []survey.Figure {
	out := make([]survey.Figure, 0, len(m.definitions.Metrics)+len(m.definitions.Derived)+1)
	for i, metric := range m.definitions.Metrics {
		if metric.Headline {
			var s sum
			if row != nil {
				s = row[i]
			}
			out = append(out, where.figure(metric, s))
		}
	}
	for _, metric := range m.definitions.Derived {
		if metric.Headline && metric.Formula != nil {
			out = append(out, m.derived(metric, row, where))
		}
	}
	return append(out, where.companies())
}

// figure makes one stored metric's figure. A figure that is not there is
// never a plain 0: its status says why.
func (w scope) figure(metric survey.Metric, s sum) survey.Figure {
	f := survey.Figure{Metric: metric.ID, Unit: metric.Unit, Value: s.value, Contributors: s.contributors, AsOf: w.asOf}
	switch {
	case !w.present:
		return w.missing(f)
	case s.overflow:
		f.Status, f.Qualifier, f.Reason = survey.FigureHidden, survey.QualifierAtLeast, reasonOverflow
		f.Bounds = &survey.Bounds{Lower: s.value}
		return f
	case s.withheld == survey.CellHidden && (w.region || s.contributors == 0):
		f.Status, f.Reason = survey.FigureHidden, reasonHidden
	case s.withheld == survey.CellWaiting && w.region, s.contributors == 0:
		f.Status, f.Reason = survey.FigureWaiting, reasonNoAnswers
		if s.withheld == survey.CellWaiting {
			f.Reason = reasonWaiting
		}
	case s.value == 0:
		f.Status = survey.FigureZero
	default:
		f.Status = survey.FigureReported
	}
	f.Qualifier = survey.QualifierExact
	if w.partial != "" || s.withheld != survey.CellOpen {
		f.Qualifier = survey.QualifierAtLeast
		f.Bounds = &survey.Bounds{Lower: f.Value}
		f.Reason = w.why(f.Reason, s.withheld)
	}
	return f
}

func (w scope) why(reason string, withheld survey.CellFlag) string {
	switch {
	case reason != "" && w.partial != "":
		return reason + "; " + w.partial
	case reason != "":
		return reason
	case w.partial != "":
		return w.partial
	case withheld == survey.CellHidden:
		return reasonHidden
	}
	return reasonWaiting
}

// missing says that nothing is known: at least nothing.
func (w scope) missing(f survey.Figure) survey.Figure {
	f.Status, f.Reason = survey.FigureMissing, reasonNobody
	if w.region {
		f.Reason = reasonMissing
	}
	f.Qualifier = survey.QualifierEstimated
	if f.Unit != survey.UnitBasisPoints {
		f.Qualifier, f.Bounds = survey.QualifierAtLeast, &survey.Bounds{}
	}
	return f
}

// derived makes a figure from totals of the same row. A ratio of incomplete
// totals is neither a lower nor an upper bound: it is an estimate.
func (m *merger) derived(metric survey.Metric, row sums, where scope) survey.Figure {
	f := survey.Figure{Metric: metric.ID, Unit: metric.Unit, AsOf: where.asOf}
	if !where.present {
		return where.missing(f)
	}
	var withheld survey.CellFlag
	for i, id := range metric.Formula.Of {
		place, ok := m.places[id]
		if !ok {
			f.Status, f.Qualifier = survey.FigureNotCollected, survey.QualifierExact
			return f
		}
		withheld = max(withheld, row[place].withheld)
		if metric.Formula.Kind == survey.FormulaRatio && i == 0 {
			continue // the denominator says who is in a ratio
		}
		f.Contributors = max(f.Contributors, row[place].contributors)
	}
	value, ok := metric.Formula.Value(func(id string) (int64, bool) {
		s := row[m.places[id]]
		return s.value, !s.overflow
	})
	f.Value, f.Qualifier = value, survey.QualifierExact
	switch {
	case f.Contributors == 0:
		f.Value, f.Status, f.Reason = 0, survey.FigureWaiting, reasonNoAnswers
	case !ok:
		f.Value, f.Status, f.Reason = 0, survey.FigureHidden, reasonOverflow
	case value == 0:
		f.Status = survey.FigureZero
	default:
		f.Status = survey.FigureReported
	}
	if where.partial != "" || withheld != survey.CellOpen || f.Status == survey.FigureHidden {
		f.Reason = where.why(f.Reason, withheld)
		f.Qualifier = survey.QualifierEstimated
		if metric.Formula.Kind == survey.FormulaSum {
			f.Qualifier, f.Bounds = survey.QualifierAtLeast, &survey.Bounds{Lower: f.Value}
		}
	}
	return f
}

// companies is the number of distinct organisations supported. The registry
// knows it even of regions that are missing.
func (w scope) companies() survey.Figure {
	f := survey.Figure{Metric: companiesSupported, Unit: survey.UnitCount, Qualifier: survey.QualifierExact}
	if !w.countsSupported {
		f.Status, f.Reason = survey.FigureNotCollected, reasonNotHere
		return f
	}
	f.Value, f.Contributors = int64(w.supported), int64(w.supported)
	f.Status = survey.FigureReported
	if w.supported == 0 {
		f.Status = survey.FigureZero
	}
	return f
}
