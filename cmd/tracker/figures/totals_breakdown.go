package figures

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// printBreakdown prints one line per row. If the rows are regions, they are in the roster's order.
func printBreakdown(c *cli.Invocation, definitions survey.Definitions, totals survey.Totals, all bool) error {
	if len(totals.Rows) == 0 {
		return nil
	}
	var figures [][]survey.Figure
	for _, row := range totals.Rows {
		figures = append(figures, row.Figures)
	}

	// Regions have two columns, because most people know them by name and commands take the code.
	t := cli.Table{Header: []string{strings.ToUpper(string(totals.By))}}
	if totals.By == survey.ByRegion {
		t.Header = append(t.Header, "NAME")
		cli.InRosterOrder(totals.Rows, func(row survey.TotalsRow) survey.Region { return survey.Region(row.Key) })
	}

	columns := breakdownColumns(&t, definitions, figures, all)

	// Words for missing figures are explained below the table, once each.
	absent := map[survey.FigureStatus]bool{}
	for _, row := range totals.Rows {
		cells := []string{cmp.Or(row.Label, row.Key)}
		if totals.By == survey.ByRegion {
			cells = []string{row.Key, survey.Region(row.Key).ShortName()}
		}
		for _, metric := range columns {
			text := ""
			for _, f := range row.Figures {
				if f.Metric == metric {
					text, absent[f.Status] = cell(f), true
				}
			}
			cells = append(cells, text)
		}
		t.Add(cells...)
	}

	fmt.Fprintln(c.Data)
	if err := t.Write(c.Data); err != nil {
		return err
	}

	// The columns had space for one word of these only.
	for _, status := range []survey.FigureStatus{
		survey.FigureWaiting, survey.FigureHidden, survey.FigureMissing, survey.FigureNotCollected} {
		word, whole := brief(status), survey.Figure{Status: status}.Words()
		if absent[status] && word != whole {
			fmt.Fprintf(c.Data, "(%s: %s)\n", word, strings.TrimPrefix(whole, word+" "))
		}
	}
	return nil
}

// breakdownColumns adds a column to the table for each metric that has a heading, and returns those metrics.
func breakdownColumns(t *cli.Table, definitions survey.Definitions, figures [][]survey.Figure, all bool) []string {
	var columns []string
	for _, metric := range metrics(definitions, figures, all) {
		label := heading(metric)
		if all || loaded(definitions, metric) {
			label = definitions.Label(metric)
		}
		if label != "" {
			t.Right = append(t.Right, len(t.Header))
			t.Header, columns = append(t.Header, label), append(columns, metric)
		}
	}
	return columns
}
