package records

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newResponseShow(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycleText string
	cmd := &cobra.Command{
		Use:   "show ID --cycle CYCLE",
		Short: "Show one company's answers",
		Args:  cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, id, err := cli.ParseCycleAndID(cmd, cycleText, args[0])
			if err != nil {
				return err
			}
			r, err := c.Read(cmd.Context(), fmt.Sprintf("answers of %s", id), responsePath(cycle, id), nil)
			if err != nil {
				return err
			}
			return printResponse(cmd.Context(), c, out, r)
		},
	}
	out.Flags(cmd, false)
	cli.CycleFlag(cmd, &cycleText)
	return cmd
}

// storedResponse is a response with its answers as the node wrote them.
type storedResponse struct {
	survey.Response
	Answers map[string]json.RawMessage `json:"answers"`
}

func printResponse(ctx context.Context, c *cli.Invocation, out cli.Format, r cli.Reply) error {
	var response storedResponse
	if err := r.Into(&response); err != nil {
		return err
	}
	t := cli.Table{}
	t.Add("company", string(response.Organisation))
	t.Add("state", string(response.State))
	t.Add("complete", cli.YesNo(response.Complete))
	t.Add("counted", cli.YesNo(response.Counted))
	t.Add("version", fmt.Sprint(response.Version))
	t.Add("recorded", cli.LongTime(response.At))
	if out.JSON {
		return c.Print(out, r.Body, t, "")
	}
	q, err := questionsOf(ctx, c, response.Cycle)
	if err != nil {
		return err
	}
	for _, question := range q.Questions {
		if value, ok := response.Answers[string(question.ID)]; ok {
			t.Add(string(question.ID), string(value), question.Asked(response.Cycle))
			delete(response.Answers, string(question.ID))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(response.Answers)) {
		t.Add(id, string(response.Answers[id]), "(no longer asked)")
	}
	return c.Print(out, r.Body, t, "")
}
