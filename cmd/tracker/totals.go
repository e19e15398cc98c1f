package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newTotalsCommand(c *cli) *cobra.Command {
	var out format
	var cycleText, by, mode string
	var maxAge time.Duration
	var require int
	cmd := &cobra.Command{
		Use:   "totals --cycle CYCLE",
		Short: "The national totals of one cycle, with their coverage",
		Long: `The national totals of one cycle, with their coverage: which regions are in,
which are stale and which are missing. A figure that is not there is never 0.

Modes: cached is what this node holds and never fails; live asks every region
for its newest figures first; certified is the final release of a closed
campaign. With --require N the exit code is 6 when fewer regions are in.`,
		Example: "  tracker totals --cycle 2022-23\n  tracker totals --cycle 2022-23 --by region --csv\n  tracker totals --cycle 2022-23 --mode live --require 15",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			query := url.Values{"cycle": {string(cycle)}}
			if by != "" {
				if dimension := survey.Dimension(by); dimension != survey.ByRegion && !slices.Contains(survey.Dimensions(), dimension) {
					return usage(cmd, "--by %s: use region, %s", by, joinIDs(survey.Dimensions()))
				}
				query.Set("by", by)
			}
			if modes := []survey.TotalsMode{survey.ModeCached, survey.ModeLive, survey.ModeCertified}; !slices.Contains(modes, survey.TotalsMode(mode)) {
				return usage(cmd, "--mode %s: use one of %s", mode, joinIDs(modes))
			}
			query.Set("mode", mode)
			if maxAge < 0 || require < 0 {
				return usage(cmd, "--max-age and --require are not negative")
			}
			if maxAge > 0 {
				query.Set("max_age", maxAge.String())
			}
			if require > 0 {
				query.Set("require", strconv.Itoa(require))
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			return c.totals(cmd.Context(), cl, out, query)
		},
	}
	out.flags(cmd, true)
	cycleFlag(cmd, &cycleText)
	flags := cmd.Flags()
	flags.StringVar(&by, "by", "", "breakdown: region, "+joinIDs(survey.Dimensions()))
	flags.StringVar(&mode, "mode", string(survey.ModeCached), "cached, live or certified")
	flags.DurationVar(&maxAge, "max-age", 0, "refresh the regions that were confirmed longer ago, for example 15m")
	flags.IntVar(&require, "require", 0, "number of regions that must be in")
	return cmd
}

func (c *cli) totals(ctx context.Context, cl *client, out format, query url.Values) error {
	r, err := cl.get(ctx, "/totals", query)
	var problem *api.ProblemError
	var totals survey.Totals
	var raw any = r.body
	switch {
	case errors.As(err, &problem) && problem.Problem.Partial != nil:
		totals, raw = *problem.Problem.Partial, problem.Problem
	case err != nil:
		return fmt.Errorf("totals of %s: %w", query.Get("cycle"), err)
	default:
		if err := r.into(&totals); err != nil {
			return err
		}
	}
	if printErr := c.printTotals(out, raw, totals); printErr != nil {
		return printErr
	}
	return err
}

var figureHeader = []string{"KEY", "METRIC", "VALUE", "UNIT", "STATUS", "QUALIFIER", "CONTRIBUTORS", "AS OF", "LOWER", "UPPER", "REASON"}

// figureRow is a figure for programs. A value that is not there is blank.
func figureRow(key string, f survey.Figure) []string {
	value, lower, upper := "", "", ""
	if _, absent := absences[f.Status]; !absent {
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

func (c *cli) printTotals(out format, raw any, totals survey.Totals) error {
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
	// Definitions that this version does not know leave the metrics' own names.
	definitions, _ := survey.DefinitionsByID(totals.Definitions)
	fmt.Fprintf(c.out, "National totals %s (1 April %d to 31 March %d), %s, %s\n\n", totals.Cycle, totals.Cycle.FirstYear(), totals.Cycle.FirstYear()+1, totals.Mode, totals.Definitions)
	t := table{}
	for _, f := range totals.Figures {
		t.add(metricLabel(definitions, f.Metric), words(f), note(f))
	}
	if err := t.write(c.out); err != nil {
		return err
	}
	if err := c.printBreakdown(definitions, totals); err != nil {
		return err
	}
	fmt.Fprintln(c.out)
	for _, line := range coverageLines(totals.Coverage) {
		fmt.Fprintln(c.out, printable(line))
	}
	fmt.Fprintf(c.out, "Response: %s eligible, %s claimed, %s responded: %s\n", groupDigits(int64(totals.Eligible)), groupDigits(int64(totals.Claimed)),
		groupDigits(int64(totals.Responded)), percent(totals.ResponseRate))
	fmt.Fprintf(c.out, "Answer %s (definitions %s, policy %s, registry change %d)\n", totals.AnswerID, totals.Definitions, totals.Policy, totals.RegistryIndex)
	return nil
}

// shownMetrics are the columns of a breakdown as people read it; --json and
// --csv have every metric.
var shownMetrics = []string{"companies_supported", "investment_leveraged", "jobs_created", "jobs_safeguarded", "jobs_created_or_safeguarded",
	"nhs_sales", "adoptions", "recommend_rate"}

// columns returns those of shownMetrics that any row has a figure for.
func columns(rows []survey.TotalsRow) []string {
	collected := map[string]bool{}
	for _, row := range rows {
		for _, f := range row.Figures {
			collected[f.Metric] = collected[f.Metric] || f.Status != survey.FigureNotCollected
		}
	}
	var metrics []string
	for _, metric := range shownMetrics {
		if collected[metric] {
			metrics = append(metrics, metric)
		}
	}
	return metrics
}

func (c *cli) printBreakdown(definitions survey.Definitions, totals survey.Totals) error {
	if len(totals.Rows) == 0 {
		return nil
	}
	metrics := columns(totals.Rows)
	t := table{header: []string{strings.ToUpper(string(totals.By))}}
	for _, metric := range metrics {
		t.header = append(t.header, metricLabel(definitions, metric))
	}
	for _, row := range totals.Rows {
		cells := []string{row.Label}
		if totals.By == survey.ByRegion || row.Label == "" {
			cells[0] = row.Key
		}
		for _, metric := range metrics {
			cell := ""
			for _, f := range row.Figures {
				if f.Metric == metric {
					cell = words(f)
				}
			}
			cells = append(cells, cell)
		}
		t.add(cells...)
	}
	fmt.Fprintln(c.out)
	return t.write(c.out)
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
