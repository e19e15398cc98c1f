package totals

import "github.com/ahsn-network/tracker/store/survey"

// nonResponse counts the companies without an answer, by the registry, and how
// many of the released answers gave each item. An item of which a part is withheld
// is left out, because its number would tell of the hidden part. So is, until the
// figures are final, an item of which nothing has left the regions: it may be kept
// back until the close.
func (m *merger) nonResponse() survey.NonResponse {
	c := m.counts
	n := survey.NonResponse{Declined: c.Declined, Unreachable: c.Unreachable,
		Unclaimed: max(0, c.Eligible-c.Claimed+c.Ineligible),
		Open:      max(0, c.Claimed-c.Responded-c.Declined-c.Unreachable-c.Ineligible)}

	for i, metric := range m.definitions.Metrics {
		// Parts and counts repeat the question of their sum.
		item := metric.Question != "" && metric.Part == "" && metric.Measure == survey.MeasureValue
		s := m.nation[i]
		shown := m.present > 0 && !s.withheld() && (s.contributors > 0 || m.certified)
		if item && shown {
			n.Items = append(n.Items, survey.ItemGap{Metric: metric.ID, Item: metric.Question,
				Given: s.contributors, Answers: m.released})
		}
	}
	return n
}
