package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

func newResponseShow(c *cli) *cobra.Command {
	var out format
	var cycleText string
	cmd := &cobra.Command{
		Use:   "show ID --cycle CYCLE",
		Short: "Show one company's answers",
		Args:  exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			id, err := parseOneID(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), responsesPath(cycle)+"/"+url.PathEscape(string(id)), nil)
			if err != nil {
				return fmt.Errorf("answers of %s: %w", id, err)
			}
			return printResponse(cmd.Context(), c, out, r)
		},
	}
	out.flags(cmd, false)
	cycleFlag(cmd, &cycleText)
	return cmd
}

// storedResponse is a response with its answers as the node wrote them.
type storedResponse struct {
	survey.Response
	Answers map[string]json.RawMessage `json:"answers"`
}

func printResponse(ctx context.Context, c *cli, out format, r reply) error {
	var response storedResponse
	if err := r.into(&response); err != nil {
		return err
	}
	t := table{}
	t.add("company", string(response.Organisation))
	t.add("state", string(response.State))
	t.add("complete", yesNo(response.Complete))
	t.add("counted", yesNo(response.Counted))
	t.add("version", fmt.Sprint(response.Version))
	t.add("recorded", longTime(response.At))
	if out.json {
		return c.print(out, r.body, t, "")
	}
	q, err := questionsOf(ctx, c, response.Cycle)
	if err != nil {
		return err
	}
	for _, question := range q.Questions {
		if value, ok := response.Answers[string(question.ID)]; ok {
			t.add(string(question.ID), string(value), question.Asked(response.Cycle))
			delete(response.Answers, string(question.ID))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(response.Answers)) {
		t.add(id, string(response.Answers[id]), "(no longer asked)")
	}
	return c.print(out, r.body, t, "")
}
