package figures

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// totalsAsked holds the flags of totals.
type totalsAsked struct {
	cycle                   survey.Cycle
	by, mode, asOf, compare string
	maxAge                  time.Duration
	require, revision       int
	all, own                bool
}

func (q *totalsAsked) flags(cmd *cobra.Command) {
	cli.CycleFlag(cmd, &q.cycle)
	flags := cmd.Flags()
	flags.StringVar(&q.by, "by", "", "breakdown: region, "+survey.List(survey.Dimensions()))
	flags.BoolVar(&q.all, "all", false, "show every figure, not only the headlines")
	flags.StringVar(&q.mode, "mode", "", "cached (the default), live or certified")
	flags.DurationVar(&q.maxAge, "max-age", 0, "refresh regions not confirmed for this long, for example 15m")
	flags.IntVar(&q.require, "require", 0, "number of regions that must be included")
	flags.IntVar(&q.revision, "revision", -1, "revision of the certified figures (default: the newest)")
	flags.StringVar(&q.asOf, "as-of", "", "show the figures as published by the end of this day, YYYY-MM-DD")
	flags.StringVar(&q.compare, "compare", "",
		"earlier cycle to compare with, for example 2021-22; C-1 is the one before")
	flags.BoolVar(&q.own, "own", false, "show this region's own figures, live next to what has left the region")

	for _, other := range []string{"mode", "as-of", "revision", "compare", "require", "max-age"} {
		cmd.MarkFlagsMutuallyExclusive("own", other)
	}

	cmd.MarkFlagsMutuallyExclusive("as-of", "mode")
	cmd.MarkFlagsMutuallyExclusive("as-of", "revision")
	cmd.MarkFlagsMutuallyExclusive("compare", "by")
	cmd.MarkFlagsMutuallyExclusive("compare", "as-of")
	cmd.MarkFlagsMutuallyExclusive("compare", "revision")
}

func (q *totalsAsked) checkBy(cmd *cobra.Command) error {
	if by := survey.Dimension(q.by); by != "" && by != survey.ByRegion && !slices.Contains(survey.Dimensions(), by) {
		return cli.Usage(cmd, "--by %s: use region, %s", q.by, survey.List(survey.Dimensions()))
	}
	return nil
}

// query returns the request's query. Flags that make no sense are wrong usage.
func (q *totalsAsked) query(cmd *cobra.Command) (url.Values, error) {
	if err := q.checkBy(cmd); err != nil {
		return nil, err
	}
	modes := []survey.TotalsMode{survey.ModeCached, survey.ModeLive, survey.ModeCertified}
	if q.mode != "" && !slices.Contains(modes, survey.TotalsMode(q.mode)) {
		return nil, cli.Usage(cmd, "--mode %s: use one of %s", q.mode, survey.List(modes))
	}
	if q.maxAge < 0 || q.require < 0 {
		return nil, cli.Usage(cmd, "--max-age and --require must not be negative")
	}
	if _, err := time.Parse(time.DateOnly, q.asOf); q.asOf != "" && err != nil {
		if _, err := time.Parse(time.RFC3339, q.asOf); err != nil {
			return nil, cli.Usage(cmd, "--as-of %s: write a day as 2023-09-30, or a time as 2023-09-30T12:00:00Z",
				q.asOf)
		}
	}

	if q.compare == "C-1" {
		q.compare = string(q.cycle.Previous())
	} else if q.compare != "" {
		against, err := cli.ParseCycle(cmd, q.compare)
		if err != nil {
			return nil, err
		}
		q.compare = string(against)
	}

	// A day, a revision and a region's own figures each choose the mode themselves.
	mode := q.mode
	if !q.own && q.asOf == "" && q.revision < 0 {
		mode = cmp.Or(mode, string(survey.ModeCached))
	}
	query := cli.Query("cycle", string(q.cycle), "by", q.by, "all", cli.True(q.all && !q.own),
		"as_of", q.asOf, "compare", q.compare, "mode", mode)

	if q.maxAge > 0 {
		query.Set("max_age", q.maxAge.String())
	}
	if q.require > 0 {
		query.Set("require", strconv.Itoa(q.require))
	}
	if q.revision >= 0 {
		query.Set("revision", strconv.Itoa(q.revision))
	}
	return query, nil
}
