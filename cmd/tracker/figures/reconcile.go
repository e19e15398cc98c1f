package figures

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewReconcileCommand compares certified figures with published ones.
func NewReconcileCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var from survey.Cycle
	cmd := &cobra.Command{
		Use: "reconcile [METRIC]", Args: cobra.MaximumNArgs(1),
		Short: "Compare a metric's certified years with what was published",
		Long: `Show a metric's series from the certified years, next to what was published.

Certified years have their current figures. Other years have the published figures, which
nobody can derive again; they are marked. Where the two cumulative sums differ, the lines
below explain the difference and add up to it. The default METRIC is the investment
leveraged.`,
		Example: "  tracker reconcile\n  tracker reconcile jobs_created_or_safeguarded --from 2013-14",
		RunE: func(cmd *cobra.Command, args []string) error {
			metric := "investment_leveraged"
			if len(args) > 0 {
				metric = args[0]
			}

			cl, err := c.Connect()
			if err != nil {
				return err
			}
			query := cli.Query("metric", metric, "from", string(from))
			series, r, err := cli.Decoded[survey.Reconciliation](cl.Get(cmd.Context(), "/reconciliation", query))
			if err != nil {
				return fmt.Errorf("reconcile %s: %w", metric, err)
			}

			// The newest year's campaign knows the metric by its current name.
			last := survey.Cycle("")
			if n := len(series.Years); n > 0 {
				last = series.Years[n-1].Cycle
			}
			definitions := definitionsWith(cmd.Context(), cl, last, series.Metric)
			return printReconciliation(c, out, r.Body, definitions, series)
		},
	}
	out.Flags(cmd, true)
	cli.ParsedFlag(cmd, &from, survey.ParseCycle, "from", "first cycle of the sums (default 2018-19)")
	return cmd
}

func printReconciliation(c *cli.Invocation, out cli.Format, raw any, definitions survey.Definitions,
	series survey.Reconciliation) error {
	if out.JSON || out.CSV {
		return c.Print(out, raw, yearsTable(out, series), "")
	}

	fmt.Fprintf(c.Data, "%s since %s, as certified or published\n\n", definitions.Label(series.Metric), series.From)
	if err := yearsTable(out, series).Write(c.Data); err != nil {
		return err
	}

	for _, y := range series.Years {
		if y.PublishedTotal == nil || y.Difference == 0 {
			continue
		}
		fmt.Fprintf(c.Data, "\n%s: published was %s (%s). The difference of %s is:\n", y.Cycle,
			y.PublishedTotal.Text, y.PublishedTotal.Source, series.Unit.Amount(y.Difference))
		lines := cli.Table{Right: []int{0}}
		for _, l := range y.Lines {
			lines.Add("  "+series.Unit.Amount(l.Value), string(l.Cycle), l.Text)
		}
		if err := lines.Write(c.Data); err != nil {
			return err
		}
	}
	return nil
}

// yearsTable shows one year in each row. In CSV, values are in the unit's smallest part, and a year
// that was published together with later ones has a row too.
func yearsTable(out cli.Format, series survey.Reconciliation) cli.Table {
	t := cli.Table{Right: []int{2, 3, 4, 5},
		Header: []string{"YEAR", "BASIS", "VALUE", "SUM", "PUBLISHED SUM", "DIFFERENCE"}}
	show := series.Unit.Amount
	if out.CSV {
		show = func(value int64) string { return fmt.Sprint(value) }
	}

	for i, y := range series.Years {
		// For people, the later row names both years.
		if y.Basis == survey.BasisNone && !out.CSV && publishedWithLater(series.Years[i+1:], y.Cycle) {
			continue
		}

		name, basis, published, differs := string(y.Cycle), y.Basis, "", ""
		if y.Since != "" {
			name = fmt.Sprintf("%s to %s", y.Since, y.Cycle)
		}

		value := y.Qualifier.Words() + show(y.Value)
		switch y.Basis {
		case survey.BasisCertified:
			basis = fmt.Sprintf("certified, revision %d", y.Revision)
		case survey.BasisNone:
			value = ""
		}

		if y.PublishedTotal != nil {
			published = y.PublishedTotal.Text
			differs = show(y.Difference)
			if out.CSV {
				published = fmt.Sprint(y.PublishedTotal.Value)
			}
		}
		// Programs get the bare number, also where there is nothing to show to people.
		if out.CSV {
			value = fmt.Sprint(y.Value)
		}

		t.Add(name, basis, value, show(y.Cumulative), published, differs)
	}
	return t
}

// publishedWithLater reports whether a later row includes the year.
func publishedWithLater(later []survey.ReconciledYear, cycle survey.Cycle) bool {
	return slices.ContainsFunc(later, func(y survey.ReconciledYear) bool { return y.Since != "" && y.Since <= cycle })
}
