// Package figures has the verbs of totals and certified years, and those that verify them.
//
// Imports cmd/tracker/cli, federation, federation/identity, federation/registry/receipt,
// federation/totals, node/api, store/survey.
package figures

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewTotalsCommand shows the national totals.
func NewTotalsCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var asked totalsAsked
	var public publicAsked
	cmd := &cobra.Command{
		Use:   "totals --cycle CYCLE",
		Short: "Show the national totals of a cycle, with their coverage",
		Long: `Show the national totals of a cycle with their coverage: which regions are included,
which are stale and which are missing. A missing figure is never shown as 0.

Modes: "cached" shows what this node has, and never fails; "live" first asks every region
for its newest figures; "certified" shows the final release of a closed campaign, the
newest or a given --revision. --as-of DATE shows the figures as published on that day.
--compare shows an earlier cycle next to it. With --require N the exit code is 6 if fewer
regions are included.

--own shows this region's figures to its own staff: live, next to what has left the region.
The live figures never leave the node.

--public shows one --metric as the public may see it: the nation, and once all figures are
final the regions too, except those that would reveal a company's answer. Its CSV and its
workbook (--xlsx) mark every row as public.

By default only the headline figures are shown; --all shows every figure.`,
		Example: "  tracker totals --cycle 2022-23\n  tracker totals --cycle 2022-23 --by region --csv\n" +
			"  tracker totals --cycle 2022-23 --mode live --require 15\n" +
			"  tracker totals --cycle 2021-22 --mode certified\n  tracker totals --cycle 2022-23 --compare C-1\n" +
			"  tracker totals --cycle 2021-22 --public --metric jobs_created --xlsx jobs.xlsx",
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			question := asked.query

			// --metric and --xlsx come here too without --public, and are refused with the reason.
			if public != (publicAsked{}) {
				question = func(cmd *cobra.Command) (url.Values, error) { return public.query(cmd, asked) }
			}

			query, err := question(cmd)
			if err != nil {
				return err
			}

			cl, err := c.Connect()
			if err != nil {
				return err
			}

			switch {
			case public.wanted:
				return publicTotals(cmd.Context(), c, cl, out, query, public.xlsx)
			case asked.own:
				return ownTotals(cmd.Context(), c, cl, out, query, asked.all)
			}
			return nationalTotals(cmd.Context(), c, cl, out, query, asked.all)
		},
	}
	out.Flags(cmd, true)
	asked.flags(cmd)
	public.flags(cmd)
	return cmd
}

func nationalTotals(ctx context.Context, c *cli.Invocation, cl *cli.Client, out cli.Format, query url.Values,
	all bool) error {
	r, err := cl.Get(ctx, "/totals", query)
	var problem *api.ProblemError
	var answer api.TotalsAnswer
	var raw any = r.Body

	// Totals with too few regions are shown all the same; the exit code says that they are too few.
	switch {
	case errors.As(err, &problem) && problem.Problem.Partial != nil:
		answer.Totals, raw = *problem.Problem.Partial, problem.Problem
	case err != nil:
		return failure("totals of", query.Get("cycle"), err)
	default:
		if err := r.Into(&answer); err != nil {
			return err
		}
	}

	if answer.Comparison != nil {
		definitions := definitionsOf(ctx, cl, answer.Comparison.Cycle, answer.Comparison.Definitions)
		return printComparison(c, out, raw, definitions, answer, all)
	}

	definitions := definitionsOf(ctx, cl, answer.Cycle, answer.Definitions)
	if printErr := printTotals(c, out, raw, definitions, answer.Totals, all); printErr != nil {
		return printErr
	}
	return err
}

func printTotals(c *cli.Invocation, out cli.Format, raw any, definitions survey.Definitions, totals survey.Totals,
	all bool) error {
	if out.JSON || out.CSV {
		return printFigures(c, out, raw, totals)
	}

	fmt.Fprintf(c.Data, "National totals %s (1 April %d to 31 March %d), %s, %s\n\n", totals.Cycle,
		totals.Cycle.FirstYear(), totals.Cycle.FirstYear()+1, edition(totals), totals.Definitions)
	t := cli.Table{Right: []int{1}}
	for _, f := range shown(definitions, totals.Figures, all) {
		t.Add(definitions.Label(f.Metric), f.Words(), f.Note())
	}
	if err := t.Write(c.Data); err != nil {
		return err
	}
	if err := printBreakdown(c, definitions, totals, all); err != nil {
		return err
	}

	fmt.Fprintln(c.Data)
	lines := coverageLines(totals.Coverage)
	if totals.Certified != nil || !totals.AsOf.IsZero() {
		lines = settledLines(totals.Coverage)
	}
	for _, line := range lines {
		fmt.Fprintln(c.Data, cli.Printable(line))
	}

	printCertificate(c, definitions, totals.Certified)

	// The registry keeps its present counts only, and they would not belong to the figures of that
	// day.
	if !totals.AsOf.IsZero() {
		fmt.Fprintln(c.Data, "The registry's counts of that day are not kept.")
		fmt.Fprintf(c.Data, "Definitions %s, policy %s\nAnswer %s\n", totals.Definitions, totals.Policy,
			totals.AnswerID)
		return nil
	}

	fmt.Fprintf(c.Data, "Response: %s eligible, %s claimed, %s responded: %s\n", cli.Digits(totals.Eligible),
		cli.Digits(totals.Claimed), cli.Digits(totals.Responded), survey.UnitBasisPoints.Amount(totals.ResponseRate))
	fmt.Fprintf(c.Data, "Definitions %s, policy %s, registry change %d\nAnswer %s\n",
		totals.Definitions, totals.Policy, totals.RegistryIndex, totals.AnswerID)
	return nil
}

// printFigures prints a row per figure, for programs. With CSV the coverage goes to standard error.
func printFigures(c *cli.Invocation, out cli.Format, raw any, totals survey.Totals) error {
	t := cli.Table{Header: figureHeader}
	for _, f := range totals.Figures {
		t.Add(figureRow("", f)...)
	}
	for _, row := range totals.Rows {
		for _, f := range row.Figures {
			t.Add(figureRow(row.Key, f)...)
		}
	}

	if out.CSV {
		for _, line := range coverageLines(totals.Coverage) {
			c.Say("%s", line)
		}
	}
	return c.Print(out, raw, t, "")
}

// edition says which edition of the cycle's figures these are.
func edition(totals survey.Totals) string {
	switch {
	case totals.Certified != nil:
		return fmt.Sprintf("certified %s, revision %d", cli.LongTime(totals.Certified.CertifiedAt),
			totals.Certified.Revision)
	case !totals.AsOf.IsZero():
		return "as published by " + cli.LongTime(totals.AsOf)
	}
	return string(totals.Mode)
}

// printCertificate says what certified figures rest on, and what a later revision changed. cert may
// be nil.
func printCertificate(c *cli.Invocation, definitions survey.Definitions, cert *survey.Certificate) {
	if cert == nil {
		return
	}

	fmt.Fprintf(c.Data, "Certified by %d regions (%d are needed) on the table %s\n",
		len(cert.CoSigned), cert.Needed, cert.Table)
	fmt.Fprintf(c.Data, "%s companies responded, %s answers are counted%s\n",
		cli.Digits(cert.Responded), cli.Digits(cert.Answers), difference(cert.Difference))
	if cert.Late > 0 {
		fmt.Fprintf(c.Data, "%s answers were in, but too few to release without showing whose they are\n",
			cli.Digits(cert.Late))
	}

	if cert.Revision == 0 {
		return
	}

	fmt.Fprintf(c.Data, "Revision %d was opened for: %s. Against revision %d it changed:\n",
		cert.Revision, cert.Reason, cert.Revision-1)
	t := cli.Table{Right: []int{1, 3}}
	for _, ch := range cert.Changes {
		t.Add("  "+definitions.Label(ch.Metric), ch.Unit.Amount(ch.Before), "to", ch.Unit.Amount(ch.After))
	}
	if len(t.Rows) == 0 {
		t.Add("  no national figure")
	}
	_ = t.Write(c.Data) // the lines before it went to the same place
}
