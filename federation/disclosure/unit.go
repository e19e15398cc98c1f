package disclosure

import (
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// unit is one or more headline metrics that leave together: those of one ratio, so that it is never
// made from different companies.
type unit []survey.Metric

// units returns the stored headline metrics, in the definitions' order.
func units(d survey.Definitions) []unit {
	var out []unit
	placed := map[string]bool{}
	for _, m := range d.Metrics {
		if !m.Headline || placed[m.ID] || m.OfRegion() {
			continue
		}
		u := unit{m}
		placed[m.ID] = true
		// Metrics of one ratio must be of the same companies.
		for _, other := range d.Metrics {
			if other.Headline && !other.OfRegion() && !placed[other.ID] && inOneRatio(d, m.ID, other.ID) {
				u = append(u, other)
				placed[other.ID] = true
			}
		}
		out = append(out, u)
	}
	return out
}

func inOneRatio(d survey.Definitions, a, b string) bool {
	return slices.ContainsFunc(d.Derived, func(m survey.Metric) bool {
		return m.Formula != nil && m.Formula.Kind == survey.FormulaRatio && slices.Contains(m.Formula.Of, a) &&
			slices.Contains(m.Formula.Of, b)
	})
}

// yesNo reports whether the metric counts companies that said yes. The p% rule says nothing about
// it: an opinion is protected if not all share it.
func yesNo(m survey.Metric) bool {
	return m.Measure == survey.MeasureAtLeast || m.Measure == survey.MeasureIs
}

// minEach is the fewest of each kind that a batch of yes and no needs. If there were one, that
// company would know how all the others answered.
const minEach = 2
