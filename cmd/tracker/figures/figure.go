package figures

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// brief is the first word for a figure without a value, for narrow columns, or "-" if it was not
// collected. It is never 0.
func brief(status survey.FigureStatus) string {
	if status == survey.FigureNotCollected {
		return "-"
	}
	first, _, _ := strings.Cut(survey.Figure{Status: status}.Words(), " ")
	return first
}

// cell writes a figure for a column whose heading names the unit.
func cell(f survey.Figure) string {
	switch {
	case f.Absent():
		return brief(f.Status)
	case f.Unit != survey.UnitFTE:
		return f.Words()
	}
	value := survey.FTE(f.Value).String()
	if !strings.Contains(value, ".") {
		value += ".0" // lines up with halves
	}
	return f.Qualifier.Words() + value
}

var figureHeader = []string{"KEY", "METRIC", "VALUE", "UNIT", "STATUS", "QUALIFIER", "CONTRIBUTORS",
	"AS OF", "LOWER", "UPPER", "REASON"}

// figureRow is a figure for programs. A missing value is blank, never 0.
func figureRow(key string, f survey.Figure) []string {
	value, lower, upper := "", "", ""
	if !f.Absent() {
		value = fmt.Sprint(f.Value)
	}

	if f.Bounds != nil {
		lower = fmt.Sprint(f.Bounds.Lower)
		if f.Bounds.Upper != nil {
			upper = fmt.Sprint(*f.Bounds.Upper)
		}
	}

	return []string{key, f.Metric, value, string(f.Unit), string(f.Status), string(f.Qualifier),
		fmt.Sprint(f.Contributors), cli.CSVTime(f.AsOf), lower, upper, f.Reason}
}

// headline is a metric with its short heading.
type headline struct{ metric, heading string }

// headlines are the figures that people see first, in their order, with the headings of a
// breakdown's columns. A breakdown leaves out those without a heading.
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

// metrics returns the metrics to show: first the headlines that any row has, then those of loaded
// definitions. With all it returns every metric in the node's order.
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

	// A year before a metric was introduced has only "not collected" for it.
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

// loaded reports whether loaded definitions, which the software does not have, make a headline of
// the metric while the software makes none.
func loaded(definitions survey.Definitions, metric string) bool {
	m, known := definitions.Metric(metric)
	_, err := survey.DefinitionsByID(definitions.ID)
	ours := slices.ContainsFunc(headlines, func(h headline) bool { return h.metric == metric })
	return known && m.Headline && err != nil && !ours
}

// shown returns the figures whose metrics are to be shown, in the order of metrics.
func shown(definitions survey.Definitions, figures []survey.Figure, all bool) []survey.Figure {
	var list []survey.Figure
	for _, metric := range metrics(definitions, [][]survey.Figure{figures}, all) {
		for _, f := range figures {
			if f.Metric == metric {
				list = append(list, f)
			}
		}
	}
	return list
}

// heading returns a metric's short heading, or "".
func heading(metric string) string {
	for _, headline := range headlines {
		if headline.metric == metric {
			return headline.heading
		}
	}
	return ""
}
