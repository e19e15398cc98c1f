package figures

import (
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// change writes a change in the usual way, or "" if there is none to report.
func change(points *int64) string {
	if points == nil {
		return ""
	}
	return survey.Growth(*points)
}

// comparisonTable has one figure of both cycles in each line, with the reported change and the
// change of the companies that answered in both.
func comparisonTable(out cli.Format, definitions survey.Definitions, compared survey.Comparison, all bool) cli.Table {
	t := cli.Table{Right: []int{1, 2, 3, 4, 5, 6}, Header: []string{"FIGURE", string(compared.Against),
		string(compared.Cycle), "CHANGE", "SAME COMPANIES", "OF", "HANDED OVER", "NOTE"}}

	// This year's figures decide which metrics are shown.
	var figures []survey.Figure
	for _, f := range compared.Figures {
		figures = append(figures, f.Now)
	}

	for _, metric := range metrics(definitions, [][]survey.Figure{figures}, all || out.CSV) {
		for _, f := range compared.Figures {
			if f.Metric != metric {
				continue
			}
			label, before, now := definitions.Label(f.Metric), f.Before.Words(), f.Now.Words()
			if out.CSV {
				label, before, now = f.Metric, fmt.Sprint(f.Before.Value), fmt.Sprint(f.Now.Value)
			}

			panel, companies, handed := "", "", ""
			if f.Panel != nil {
				panel, companies = change(f.Panel.Change), cli.Digits(f.Panel.Companies)
				handed = cli.Digits(f.Panel.AfterHandover)
			}

			// Programs read the qualifier in a column of its own.
			reported := change(f.Change)
			if f.Qualifier == survey.QualifierEstimated && !out.CSV {
				reported = f.Qualifier.Words() + reported
			}

			t.Add(label, before, now, reported, panel, companies, handed, f.Reason)
		}
	}
	return t
}

// whyNoPanel says why there is no figure for the companies that answered in both years.
func whyNoPanel(compared survey.Comparison) string {
	for _, f := range compared.Figures {
		if f.Metric == "investment_leveraged" && f.PanelReason != "" {
			return f.PanelReason
		}
	}
	return "none were matched"
}

// printComparison prints both cycles side by side. It never prints a change without both response
// rates.
func printComparison(c *cli.Invocation, out cli.Format, raw any, definitions survey.Definitions,
	answer api.TotalsAnswer, all bool) error {
	compared := *answer.Comparison
	t := comparisonTable(out, definitions, compared, all)
	if out.JSON || out.CSV {
		return c.Print(out, raw, t, "")
	}

	fmt.Fprintf(c.Data, "National totals %s (%s) beside %s (%s), %s\n\n", compared.Cycle, compared.Source.Mode,
		compared.Against, compared.SourceBefore.Mode, compared.Definitions)
	if err := t.Write(c.Data); err != nil {
		return err
	}
	fmt.Fprintf(c.Data, "\nResponse: %s %s of %s eligible (%s); %s %s of %s (%s)\n",
		compared.Against, cli.Digits(compared.RespondedBefore), cli.Digits(compared.EligibleBefore),
		survey.UnitBasisPoints.Amount(compared.ResponseRateBefore),
		compared.Cycle, cli.Digits(compared.Responded), cli.Digits(compared.Eligible),
		survey.UnitBasisPoints.Amount(compared.ResponseRate))

	fmt.Fprintln(c.Data, "Different companies answered: a change in the sums is not growth by itself.")

	matched := func(f survey.ComparedFigure) bool { return f.Panel != nil }
	if slices.ContainsFunc(compared.Figures, matched) {
		fmt.Fprintf(c.Data, "\"Same companies\" are those that answered in both years to the same region, or "+
			"the year before to another one that handed over what they said; %d regions could match them.\n",
			len(compared.Panel))
	} else {
		fmt.Fprintln(c.Data, "For the same companies nothing can be shown now: "+whyNoPanel(compared)+".")
	}

	if of := compared.Companies; of != nil && of.Answered > 0 {
		fmt.Fprintln(c.Data, of.Sentence(compared.Cycle, compared.Against, "region"))
	}
	fmt.Fprintln(c.Data)
	for _, source := range []survey.ComparedSource{compared.SourceBefore, compared.Source} {
		fmt.Fprintln(c.Data, source.Sentence("regions"))
		lines := coverageLines(source.Coverage)
		if source.Revision != nil {
			lines = lines[1:] // certified figures need nobody's confirmation
		}
		for _, line := range lines {
			fmt.Fprintln(c.Data, cli.Printable(line))
		}
	}
	return nil
}
