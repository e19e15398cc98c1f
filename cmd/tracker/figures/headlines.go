package figures

import (
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// headline is a metric with its short heading.
type headline struct{ metric, heading string }

// headlines are the figures that people see first, in their order, with the
// short headings of a breakdown's columns; those without one are left out there.
var headlines = []headline{
	{"companies_supported", "COMPANIES"},
	{"investment_leveraged", "LEVERAGED"},
	{"jobs_created", ""},
	{"jobs_safeguarded", ""},
	{"jobs_created_or_safeguarded", "JOBS"},
	{"nhs_sales", "NHS SALES"},
	{"adoptions", "ADOPTIONS"},
	{"nhs_partnerships", ""},
	{"meaningful_interactions", ""},
	{"strategic_partnerships", ""},
	{"recommend_rate", "RECOMMEND"},
}

// metrics returns which of the figures to show: the headlines that any row
// has, those of definitions that were loaded last, or all in the node's order.
func metrics(definitions survey.Definitions, rows [][]survey.Figure, all bool) []string {
	collected := map[string]bool{}
	var order []string
	for _, figures := range rows {
		for _, f := range figures {
			if _, seen := collected[f.Metric]; !seen {
				order = append(order, f.Metric)
			}
			collected[f.Metric] = collected[f.Metric] || f.Status != survey.FigureNotCollected
		}
	}
	if all {
		return order
	}
	var shown []string
	for _, headline := range headlines {
		if collected[headline.metric] {
			shown = append(shown, headline.metric)
		}
	}
	for _, metric := range order {
		if loaded(definitions, metric) && collected[metric] {
			shown = append(shown, metric)
		}
	}
	return shown
}

// loaded reports whether definitions that the software does not have make a
// headline of the metric, and the software none.
func loaded(definitions survey.Definitions, metric string) bool {
	m, known := definitions.Metric(metric)
	_, err := survey.DefinitionsByID(definitions.ID)
	return known && m.Headline && err != nil && !slices.ContainsFunc(headlines, func(h headline) bool { return h.metric == metric })
}

// heading returns a metric's short heading, "" for none.
func heading(metric string) string {
	for _, headline := range headlines {
		if headline.metric == metric {
			return headline.heading
		}
	}
	return ""
}
