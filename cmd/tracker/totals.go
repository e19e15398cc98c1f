package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newTotalsCommand(c *cli) *cobra.Command {
	var out format
	var asked totalsAsked
	var public publicAsked
	cmd := &cobra.Command{
		Use:   "totals --cycle CYCLE",
		Short: "The national totals of one cycle, with their coverage",
		Long: `The national totals of one cycle, with their coverage: which regions are in,
which are stale and which are missing. A figure that is not there is never 0.

Modes: cached is what this node holds and never fails; live asks every region
for its newest figures first; certified is the final release of a closed
campaign, the newest or one --revision of it. --as-of DATE gives the figures as
they were published on a day. --compare puts an earlier cycle beside it. With
--require N the exit code is 6 when fewer regions are in.

--own shows this region's figures as its own staff may see them: live, beside
what left the region. They never leave the node.

--public shows one --metric as everybody may see it: the nation, and the regions
once all figures are final, without those that would give a company away. Its CSV
and its workbook (--xlsx) say in every row that they are public.

People see the headline figures; --all shows every one.`,
		Example: "  tracker totals --cycle 2022-23\n  tracker totals --cycle 2022-23 --by region --csv\n  tracker totals --cycle 2022-23 --mode live --require 15\n" +
			"  tracker totals --cycle 2021-22 --mode certified\n  tracker totals --cycle 2022-23 --compare C-1\n" +
			"  tracker totals --cycle 2021-22 --public --metric jobs_created --xlsx jobs.xlsx",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			question := asked.query
			if public != (publicAsked{}) {
				question = func(cmd *cobra.Command) (url.Values, error) { return public.query(cmd, asked) }
			}
			query, err := question(cmd)
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			if public.wanted {
				return publicTotals(cmd.Context(), c, cl, out, query, public.xlsx)
			}
			if asked.own {
				return ownTotals(cmd.Context(), c, cl, out, query, asked.all)
			}
			return nationalTotals(cmd.Context(), c, cl, out, query, asked.all)
		},
	}
	out.flags(cmd, true)
	asked.flags(cmd)
	public.flags(cmd)
	return cmd
}

func ownTotals(ctx context.Context, c *cli, cl *client, out format, query url.Values, all bool) error {
	r, err := cl.get(ctx, "/totals/own", query)
	if err != nil {
		return doing("own figures of", query.Get("cycle"), err)
	}
	var own api.OwnFigures
	if err := r.into(&own); err != nil {
		return err
	}
	return printOwn(c, out, r.body, definitionsOf(ctx, c, cl, own.Live.Cycle, own.Live.Definitions), own, all)
}

func nationalTotals(ctx context.Context, c *cli, cl *client, out format, query url.Values, all bool) error {
	r, err := cl.get(ctx, "/totals", query)
	var problem *api.ProblemError
	var answer api.TotalsAnswer
	var raw any = r.body
	switch {
	case errors.As(err, &problem) && problem.Problem.Partial != nil:
		answer.Totals, raw = *problem.Problem.Partial, problem.Problem
	case err != nil:
		return doing("totals of", query.Get("cycle"), err)
	default:
		if err := r.into(&answer); err != nil {
			return err
		}
	}
	if answer.Comparison != nil {
		return printComparison(c, out, raw, definitionsOf(ctx, c, cl, answer.Comparison.Cycle, answer.Comparison.Definitions), answer, all)
	}
	if printErr := printTotals(c, out, raw, definitionsOf(ctx, c, cl, answer.Cycle, answer.Definitions), answer.Totals, all); printErr != nil {
		return printErr
	}
	return err
}

var figureHeader = []string{"KEY", "METRIC", "VALUE", "UNIT", "STATUS", "QUALIFIER", "CONTRIBUTORS", "AS OF", "LOWER", "UPPER", "REASON"}

// figureRow is a figure for programs. A value that is not there is blank.
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
	return []string{key, f.Metric, value, string(f.Unit), string(f.Status), string(f.Qualifier), fmt.Sprint(f.Contributors), csvTime(f.AsOf), lower, upper, f.Reason}
}

func printTotals(c *cli, out format, raw any, definitions survey.Definitions, totals survey.Totals, all bool) error {
	if out.json || out.csv {
		t := table{header: figureHeader}
		for _, f := range totals.Figures {
			t.add(figureRow("", f)...)
		}
		for _, row := range totals.Rows {
			for _, f := range row.Figures {
				t.add(figureRow(row.Key, f)...)
			}
		}
		if out.csv {
			for _, line := range coverageLines(totals.Coverage) {
				c.say("%s", line)
			}
		}
		return c.print(out, raw, t, "")
	}
	fmt.Fprintf(c.out, "National totals %s (1 April %d to 31 March %d), %s, %s\n\n", totals.Cycle, totals.Cycle.FirstYear(), totals.Cycle.FirstYear()+1, edition(totals), totals.Definitions)
	t := table{right: []int{1}}
	for _, metric := range metrics(definitions, [][]survey.Figure{totals.Figures}, all) {
		for _, f := range totals.Figures {
			if f.Metric == metric {
				t.add(definitions.Label(f.Metric), f.Words(), f.Note())
			}
		}
	}
	if err := t.write(c.out); err != nil {
		return err
	}
	if err := printBreakdown(c, definitions, totals, all); err != nil {
		return err
	}
	fmt.Fprintln(c.out)
	lines := coverageLines(totals.Coverage)
	if totals.Certified != nil || !totals.AsOf.IsZero() {
		lines = settledLines(totals.Coverage)
	}
	for _, line := range lines {
		fmt.Fprintln(c.out, printable(line))
	}
	printCertificate(c, definitions, totals.Certified)
	if !totals.AsOf.IsZero() {
		fmt.Fprintln(c.out, "The registry's counts of then are not kept.")
		fmt.Fprintf(c.out, "Definitions %s, policy %s\nAnswer %s\n", totals.Definitions, totals.Policy, totals.AnswerID)
		return nil
	}
	fmt.Fprintf(c.out, "Response: %s eligible, %s claimed, %s responded: %s\n", groupDigits(int64(totals.Eligible)), groupDigits(int64(totals.Claimed)),
		groupDigits(int64(totals.Responded)), survey.UnitBasisPoints.Amount(totals.ResponseRate))
	fmt.Fprintf(c.out, "Definitions %s, policy %s, registry change %d\nAnswer %s\n", totals.Definitions, totals.Policy, totals.RegistryIndex, totals.AnswerID)
	return nil
}

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

// printBreakdown prints one line for each row, in the order of the roster if
// the rows are regions.
func printBreakdown(c *cli, definitions survey.Definitions, totals survey.Totals, all bool) error {
	if len(totals.Rows) == 0 {
		return nil
	}
	var figures [][]survey.Figure
	for _, row := range totals.Rows {
		figures = append(figures, row.Figures)
	}
	t := table{header: []string{strings.ToUpper(string(totals.By))}}
	if totals.By == survey.ByRegion {
		t.header = append(t.header, "NAME")
		inRosterOrder(totals.Rows, func(row survey.TotalsRow) survey.Region { return survey.Region(row.Key) })
	}
	var columns []string
	for _, metric := range metrics(definitions, figures, all) {
		label := heading(metric)
		if all || loaded(definitions, metric) {
			label = definitions.Label(metric)
		}
		if label != "" {
			t.right = append(t.right, len(t.header))
			t.header, columns = append(t.header, label), append(columns, metric)
		}
	}
	absent := map[survey.FigureStatus]bool{}
	for _, row := range totals.Rows {
		cells := []string{cmp.Or(row.Label, row.Key)}
		if totals.By == survey.ByRegion {
			cells = []string{row.Key, shortName(survey.Region(row.Key))}
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
		t.add(cells...)
	}
	fmt.Fprintln(c.out)
	if err := t.write(c.out); err != nil {
		return err
	}
	for _, status := range []survey.FigureStatus{survey.FigureWaiting, survey.FigureHidden, survey.FigureMissing, survey.FigureNotCollected} {
		whole := survey.Figure{Status: status}.Words()
		if absent[status] && briefly[status] != whole {
			fmt.Fprintf(c.out, "(%s: %s)\n", briefly[status], strings.TrimPrefix(whole, briefly[status]+" "))
		}
	}
	return nil
}

// inRosterOrder sorts by region as the Network lists them, north to south.
func inRosterOrder[T any](rows []T, region func(T) survey.Region) {
	order := map[survey.Region]int{}
	for i, info := range survey.Regions() {
		order[info.Region] = i
	}
	slices.SortStableFunc(rows, func(a, b T) int { return cmp.Compare(order[region(a)], order[region(b)]) })
}

// shortName is a region's name without what all of them begin with.
func shortName(region survey.Region) string {
	return strings.TrimPrefix(strings.TrimPrefix(region.Name(), "Health Innovation "), "Network ")
}

// coverageLines names every region that is not current.
func coverageLines(coverage survey.Coverage) []string {
	first := fmt.Sprintf("Coverage: %d of %d regions are in, %d confirmed within 30 s", coverage.Included, coverage.Of, coverage.Current)
	if coverage.Complete {
		first += "; complete"
	}
	lines := []string{first}
	for _, r := range coverage.Regions {
		switch r.Status {
		case survey.CoverageMissing:
			lines = append(lines, fmt.Sprintf("  missing: %s%s", r.Region, because(r.Reason)))
		case survey.CoverageStale:
			line := fmt.Sprintf("  stale: %s, figures as of %s", r.Region, longTime(r.AsOf))
			if !r.ConfirmedAt.IsZero() {
				line += ", last confirmed " + longTime(r.ConfirmedAt)
			}
			lines = append(lines, line+because(r.Reason))
		}
	}
	return lines
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}
