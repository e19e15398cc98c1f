package figures

import (
	"context"
	"fmt"
	"net/url"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// printOwn prints the region's live figures next to those that have left it.
func printOwn(c *cli.Invocation, out cli.Format, raw any, definitions survey.Definitions, own api.OwnFigures,
	all bool) error {
	if out.JSON {
		return c.PrintJSON(raw)
	}

	released := map[string]survey.Figure{}
	for _, f := range own.Released.Figures {
		released[f.Metric] = f
	}

	t := cli.Table{Header: []string{"FIGURE", "LIVE, HERE ONLY", "LEFT THE REGION", "NOTE"}, Right: []int{1, 2}}
	for _, f := range shown(definitions, own.Live.Figures, all || out.CSV) {
		t.Add(definitions.Label(f.Metric), f.Words(), released[f.Metric].Words(), released[f.Metric].Reason)
	}
	if out.CSV {
		return c.Print(out, raw, t, "")
	}

	fmt.Fprintf(c.Data, "This region's own figures %s\n\n", own.Live.Cycle)
	if err := t.Write(c.Data); err != nil {
		return err
	}
	if err := printBreakdown(c, definitions, own.Live, all); err != nil {
		return err
	}

	fmt.Fprintf(c.Data, "\n%s answers are in, %s of them are in what left the region.",
		cli.Digits(own.AnswersIn), cli.Digits(own.AnswersReleased))
	// Without this, staff would take a waiting answer for a lost one.
	switch {
	case own.Late:
		fmt.Fprint(c.Data, " Its final figures have left: later answers are for the next revision.")
	case own.Final:
		fmt.Fprint(c.Data, " Its final figures have left.")
	case own.AnswersIn > own.AnswersReleased:
		fmt.Fprint(c.Data, " The others are added in batches, so that nobody can tell one company's figures apart; "+
			"all of them are added at the close.")
	}
	fmt.Fprintln(c.Data)
	return nil
}

func ownTotals(ctx context.Context, c *cli.Invocation, cl *cli.Client, out cli.Format, query url.Values,
	all bool) error {
	own, r, err := cli.Decoded[api.OwnFigures](cl.Get(ctx, "/totals/own", query))
	if err != nil {
		return failure("own figures of", query.Get("cycle"), err)
	}
	definitions := definitionsOf(ctx, cl, own.Live.Cycle, own.Live.Definitions)
	return printOwn(c, out, r.Body, definitions, own, all)
}
