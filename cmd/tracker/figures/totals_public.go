package figures

import (
	"context"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// publicAsked holds the flags of totals that go with --public.
type publicAsked struct {
	wanted       bool
	metric, xlsx string
}

func (q *publicAsked) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&q.wanted, "public", false,
		"show one metric as the public may see it: the nation, and the regions once all is final")
	flags.StringVar(&q.metric, "metric", "", "metric to show with --public (default investment_leveraged)")
	flags.StringVar(&q.xlsx, "xlsx", "", "write the public figures to this file, as a workbook")
	for _, other := range []string{"own", "mode", "as-of", "revision", "compare", "require", "max-age", "all"} {
		cmd.MarkFlagsMutuallyExclusive("public", other)
	}
	cmd.MarkFlagsMutuallyExclusive("xlsx", "csv")
	cmd.MarkFlagsMutuallyExclusive("xlsx", "json")
}

// query returns the request's query. A breakdown by region is the default, so it is left out.
func (q *publicAsked) query(cmd *cobra.Command, asked totalsAsked) (url.Values, error) {
	if !q.wanted {
		return nil, cli.Usage(cmd, "--metric and --xlsx need --public")
	}
	by := asked.by
	if by == string(survey.ByRegion) {
		by = ""
	}
	return cli.Query("cycle", string(asked.cycle), "metric", q.metric, "by", by), asked.checkBy(cmd)
}

// publicTotals prints the public figures, or writes them to a file. CSV and workbook come from the
// node, which marks every row as public.
func publicTotals(ctx context.Context, c *cli.Invocation, cl *cli.Client, out cli.Format, query url.Values,
	xlsx string) error {
	path := "/totals/public"
	switch {
	case xlsx != "":
		path += ".xlsx"
	case out.CSV:
		path += ".csv"
	}

	r, err := cl.Get(ctx, path, query)
	if err != nil {
		return failure("public figures of", query.Get("cycle"), err)
	}
	if xlsx != "" || out.CSV {
		return c.Deliver(r.Body, xlsx)
	}

	var t survey.PublicTable
	if err := r.Into(&t); err != nil {
		return err
	}
	if out.JSON {
		return c.PrintJSON(r.Body)
	}
	return printPublic(c, definitionsWith(ctx, cl, t.Cycle, t.Metric), t)
}

func printPublic(c *cli.Invocation, definitions survey.Definitions, t survey.PublicTable) error {
	fmt.Fprintf(c.Data, "For the public: %s %s, %s\n\n", definitions.Label(t.Metric), t.Cycle, publicEdition(t))

	wide := t.By != "" // a column for each key of the breakdown leaves no space for notes
	out := cli.Table{Header: []string{"REGION", "NAME"}}
	for _, key := range t.Keys {
		label := key.Label
		if !wide {
			label = "VALUE"
		}
		out.Right = append(out.Right, len(out.Header))
		out.Header = append(out.Header, label)
	}
	if len(t.Totals) > 0 {
		out.Right = append(out.Right, len(out.Header))
		out.Header = append(out.Header, "ALL")
	}
	if !wide {
		out.Header = append(out.Header, "NOTE")
	}

	add := func(region, name string, figures []survey.Figure, total *survey.Figure) {
		cells := []string{region, name}
		for _, f := range figures {
			cells = append(cells, cell(f))
		}
		if total != nil {
			cells = append(cells, cell(*total))
		} else if len(t.Totals) > 0 {
			cells = append(cells, "")
		}
		if !wide {
			cells = append(cells, figures[0].Note())
		}
		out.Add(cells...)
	}

	// The nation stands above its regions. Those are left out while any of them could change.
	add("", "England", t.Nation, nil)
	for i, row := range t.Rows {
		var total *survey.Figure
		if len(t.Totals) > 0 {
			total = &t.Totals[i]
		}
		add(row.Key, survey.Region(row.Key).ShortName(), row.Figures, total)
	}

	if err := out.Write(c.Data); err != nil {
		return err
	}
	if t.Provisional {
		fmt.Fprintln(c.Data, "\nRounded, and without the regions: the public sees those once all figures are final.")
	}
	return nil
}

// publicEdition says which edition of the figures these are.
func publicEdition(t survey.PublicTable) string {
	switch {
	case t.Provisional:
		return "provisional"
	case t.Revision >= 0:
		return fmt.Sprintf("certified, revision %d", t.Revision)
	}
	return "final, not certified yet"
}
