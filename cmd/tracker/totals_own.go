package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// printOwn prints the region's figures, live beside what left it.
func printOwn(c *cli, out format, raw any, definitions survey.Definitions, own api.OwnFigures, all bool) error {
	if out.json {
		return c.printJSON(raw)
	}
	released := map[string]survey.Figure{}
	for _, f := range own.Released.Figures {
		released[f.Metric] = f
	}
	t := table{header: []string{"FIGURE", "LIVE, HERE ONLY", "LEFT THE REGION", "NOTE"}, right: []int{1, 2}}
	for _, metric := range metrics(definitions, [][]survey.Figure{own.Live.Figures}, all || out.csv) {
		for _, f := range own.Live.Figures {
			if f.Metric == metric {
				t.add(definitions.Label(metric), f.Words(), released[metric].Words(), released[metric].Reason)
			}
		}
	}
	if out.csv {
		return c.print(out, raw, t, "")
	}
	fmt.Fprintf(c.out, "This region's own figures %s\n\n", own.Live.Cycle)
	if err := t.write(c.out); err != nil {
		return err
	}
	if err := printBreakdown(c, definitions, own.Live, all); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "\n%s answers are in, %s of them are in what left the region.", groupDigits(own.AnswersIn), groupDigits(own.AnswersReleased))
	switch {
	case own.Late:
		fmt.Fprint(c.out, " Its final figures have left: what came since is for the next revision.")
	case own.Final:
		fmt.Fprint(c.out, " Its final figures have left.")
	case own.AnswersIn > own.AnswersReleased:
		fmt.Fprint(c.out, " The others are added in batches, so that nobody can tell one company's figures from the difference; all of them at the close.")
	}
	fmt.Fprintln(c.out)
	return nil
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
