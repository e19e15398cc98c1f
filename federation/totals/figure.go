package totals

import (
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// scope has the properties that all figures of one row share.
type scope struct {
	present         bool   // some region's figures are in it
	region          bool   // it is one region's row
	final           bool   // nothing more will come
	breakdown       bool   // it is a row of another breakdown
	atClose         bool   // the figure is no headline, and those alone leave while the campaign is open
	partial         string // the regions whose answers are missing in it, in words
	partialWork     string // the regions whose own records are missing in it
	asOf            time.Time
	supported       int // distinct organisations, by the registry
	countsSupported bool
	work            bool  // it has only measures of the regions' own work
	released        int64 // answers in the figures
	answers         int64 // answers that are in
}

// figures returns the headline figures of one row, in the order of the
// definitions, the derived ones after them, and the companies supported last.
func (m *merger) figures(row sums, where scope) []survey.Figure {
	out := make([]survey.Figure, 0, len(m.definitions.Metrics)+len(m.definitions.Derived)+1)
	held := m.heldBack()
	for i, metric := range m.definitions.Metrics {
		if m.shows(metric, where) {
			var s sum
			if row != nil {
				s = row[i]
			}
			of := where.of(metric)
			of.atClose = held && !metric.Headline && !metric.OfRegion()
			out = append(out, of.figure(metric, s, maxPerAnswer(metric)))
		}
	}

	for _, metric := range m.definitions.Derived {
		if m.shows(metric, where) && metric.Formula != nil {
			out = append(out, m.derived(metric, row, m.scopeOf(metric, where)))
		}
	}

	if where.work {
		return out
	}
	return append(out, where.companies())
}

func (m *merger) shows(metric survey.Metric, where scope) bool {
	if where.work {
		return metric.OfRegion()
	}
	return metric.Headline || m.all
}

// of returns the scope for one stored metric.
func (w scope) of(metric survey.Metric) scope {
	if metric.Question == "" {
		w.partial = w.partialWork
	}
	return w
}

// scopeOf returns the scope of a formula's totals: if a region is missing in any of them, it is
// missing in the formula's figure.
func (m *merger) scopeOf(derived survey.Metric, where scope) scope {
	for _, id := range derived.Formula.Of {
		if place, ok := m.places[id]; ok {
			if of := where.of(m.definitions.Metrics[place]); of.partial != "" {
				return of
			}
		}
	}
	return where
}

// figure makes one metric's figure. A missing figure is never a plain 0: its status tells the
// reason. A withheld part keeps its last released value. limit is the most that one answer can add,
// 0 if there is no limit.
func (w scope) figure(metric survey.Metric, s sum, limit int64) survey.Figure {
	f := survey.Figure{Metric: metric.ID, Unit: metric.Unit, Value: s.value, Contributors: s.contributors, AsOf: w.asOf}
	if !w.present {
		return w.missing(f)
	}

	switch {
	case s.overflow:
		f.Status = survey.FigureHidden
	case s.contributors == 0 && len(s.hiddenBy) > 0:
		f.Status = survey.FigureHidden
	case s.contributors == 0 && !s.withheld():
		f.Status = w.nobody()
	case s.contributors == 0, s.value == 0 && s.withheld():
		f.Status = survey.FigureWaiting
	case s.value == 0:
		f.Status = survey.FigureZero
	default:
		f.Status = survey.FigureReported
	}

	f.Reason, f.ReasonCode, f.Qualifier = w.why(s), w.code(s), survey.QualifierExact
	if w.partial != "" || s.withheld() || s.overflow {
		f.Qualifier, f.Bounds = s.qualifier(), s.bounds(limit, w.partial != "")
	}
	return capQualifier(metric, f)
}

// nobody returns the status of a figure without answers: some may still come, or the year is final
// without it.
func (w scope) nobody() survey.FigureStatus {
	if w.final && w.partial == "" {
		return survey.FigureNotCollected
	}
	return survey.FigureWaiting
}

// capQualifier keeps the figure from claiming more than its definition does.
func capQualifier(metric survey.Metric, f survey.Figure) survey.Figure {
	if metric.Qualifier != "" && f.Qualifier == survey.QualifierExact {
		f.Qualifier = metric.Qualifier
	}
	return f
}

// missing makes the figure one of which only that it is not negative is known.
func (w scope) missing(f survey.Figure) survey.Figure {
	f.Status, f.Reason, f.ReasonCode = survey.FigureMissing, reasonNobody, survey.FigureNoRegion
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

	var whole sum // the parts of a sum; for a ratio, only whether any of them is withheld
	for i, id := range metric.Formula.Of {
		place, ok := m.places[id]
		if !ok {
			f.Status, f.ReasonCode = survey.FigureNotCollected, survey.FigureUncollected
			f.Qualifier = survey.QualifierExact
			return f
		}
		whole.merge(row[place])
		if metric.Formula.Kind == survey.FormulaRatio && i == 0 {
			continue // the companies of a ratio are those of its denominator
		}
		f.Contributors = max(f.Contributors, row[place].contributors)
	}

	if metric.Formula.Kind == survey.FormulaSum {
		whole.contributors = f.Contributors
		whole.hiddenBy = distinct(whole.hiddenBy)
		return where.figure(metric, whole, 0)
	}

	value, ok := metric.Formula.Value(func(id string) (int64, bool) {
		s := row[m.places[id]]
		return s.value, !s.overflow
	})
	whole.hiddenBy = distinct(whole.hiddenBy)
	whole.contributors = f.Contributors
	f.Value, f.Qualifier, f.Reason, f.ReasonCode = value, survey.QualifierExact, where.why(whole), where.code(whole)

	switch {
	case f.Contributors == 0 && len(whole.hiddenBy) > 0:
		f.Status = survey.FigureHidden
	case f.Contributors == 0:
		f.Status = where.nobody()
	case !ok:
		f.Value, f.Status, f.Reason, f.ReasonCode = 0, survey.FigureHidden, reasonOverflow, survey.FigureTooLarge
	case value == 0:
		f.Status = survey.FigureZero
	default:
		f.Status = survey.FigureReported
	}

	if where.partial != "" || whole.withheld() || f.Status == survey.FigureHidden {
		f.Qualifier = survey.QualifierEstimated
	}
	return capQualifier(metric, f)
}

// companies returns the number of distinct organisations supported. The registry knows it even of
// regions that are missing.
func (w scope) companies() survey.Figure {
	f := survey.Figure{Metric: companiesSupported, Unit: survey.UnitCount, Qualifier: survey.QualifierExact}
	if !w.countsSupported {
		f.Status, f.Reason, f.ReasonCode = survey.FigureNotCollected, reasonNotHere, survey.FigureUncollected
		if !w.breakdown {
			f.Reason = reasonNotThen
		}
		return f
	}

	f.Value, f.Contributors = int64(w.supported), int64(w.supported)
	f.Status = survey.FigureReported
	if w.supported == 0 {
		f.Status = survey.FigureZero
	}
	return f
}
