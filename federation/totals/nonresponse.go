package totals

import "github.com/ahsn-network/tracker/store/survey"

// nonResponse says who did not answer, by the registry, and how many of the
// answers that are in the figures gave each item. An item of which a part is
// withheld is left out: its number would say what is not shown. So is, until the
// figures are final, an item of which nothing has left the regions: it may be kept
// back until the close.
func (m *merger) nonResponse() survey.NonResponse {
	c := m.counts
	n := survey.NonResponse{Declined: c.Declined, Unreachable: c.Unreachable,
		Unclaimed: max(0, c.Eligible-c.Claimed+c.Ineligible), Open: max(0, c.Claimed-c.Responded-c.Declined-c.Unreachable-c.Ineligible)}
	for i, metric := range m.definitions.Metrics {
		if s := m.nation[i]; metric.Question != "" && metric.Part == "" && metric.Measure == survey.MeasureValue && !s.withheld() && m.present > 0 && (s.contributors > 0 || m.certified) {
			n.Items = append(n.Items, survey.ItemGap{Metric: metric.ID, Item: metric.Question, Given: s.contributors, Answers: m.released})
		}
	}
	return n
}
