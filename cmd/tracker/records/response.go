package records

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewResponseCommand records and shows companies' answers.
func NewResponseCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("response", "Record and show companies' answers (kept at this region's node)",
		newResponseRecord(c), newResponseShow(c), newResponseList(c), newResponseTemplate(c),
		newResponseShare(c), newResponseShared(c), newResponseTakeOver(c), newResponseTakeOvers(c))
}

func responsesPath(cycle survey.Cycle) string {
	return cli.CampaignPath(cycle) + "/responses"
}

func responsePath(cycle survey.Cycle, id survey.Identifier) string {
	return responsesPath(cycle) + "/" + url.PathEscape(string(id))
}

func newResponseShow(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	cmd := &cobra.Command{
		Use:   "show ID --cycle CYCLE",
		Short: "Show a company's answers",
		Args:  cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
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
	cli.CycleFlag(cmd, &cycle)
	return cmd
}

// storedResponse is a response with its answers in the node's form.
type storedResponse struct {
	survey.Response
	Answers map[string]json.RawMessage `json:"answers"`
}

func printResponse(ctx context.Context, c *cli.Invocation, out cli.Format, r cli.Reply) error {
	var response storedResponse
	if err := r.Into(&response); err != nil {
		return err
	}

	if out.JSON {
		return c.PrintJSON(r.Body)
	}

	t := cli.Table{}
	t.Add("company", string(response.Organisation))
	t.Add("state", string(response.State))
	t.Add("complete", survey.YesNo(response.Complete))
	t.Add("counted", survey.YesNo(response.Counted))
	t.Add("version", fmt.Sprint(response.Version))
	t.Add("recorded", cli.LongTime(response.At))

	q, err := questionsOf(ctx, c, response.Cycle)
	if err != nil {
		return err
	}

	// In the order of the questionnaire, as the company was asked.
	for _, question := range q.Questions {
		if value, ok := response.Answers[string(question.ID)]; ok {
			t.Add(string(question.ID), string(value), question.Asked(response.Cycle))
			delete(response.Answers, string(question.ID))
		}
	}

	// Questions that were dropped since still have answers, and those are shown last.
	for _, id := range slices.Sorted(maps.Keys(response.Answers)) {
		t.Add(id, string(response.Answers[id]), "(no longer asked)")
	}
	return c.Print(out, r.Body, t, "")
}

func newResponseList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	cmd := &cobra.Command{
		Use:   "list --cycle CYCLE",
		Short: "List the companies whose answers this node keeps",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[storedResponse]{
				Doing:  fmt.Sprintf("answers of %s", cycle),
				Path:   responsesPath(cycle),
				Header: []string{"COMPANY", "STATE", "COMPLETE", "COUNTED", "HELD BY", "VERSION", "RECORDED"},
				Row: func(r storedResponse) []string {
					return []string{string(r.Organisation), string(r.State), survey.YesNo(r.Complete),
						survey.YesNo(r.Counted),
						string(r.HeldBy), fmt.Sprint(r.Version), out.TimeFor(r.At)}
				},
				Empty: "There are no answers yet. Record some with " +
					"\"tracker response record ID --cycle " + string(cycle) + " --file answers.json\".",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycle)
	return cmd
}

// questionsOf returns the questions that the node's region asks in the cycle: those of its
// campaign, then its own. If no node or no campaign can be asked, it returns the software's current
// questionnaire and says so.
func questionsOf(ctx context.Context, c *cli.Invocation, cycle survey.Cycle) (survey.Questionnaire, error) {
	q, _, err := cli.Decoded[survey.Questionnaire](c.Read(ctx, "", cli.CampaignPath(cycle)+"/questionnaire", nil))
	if err == nil {
		return q, nil
	}
	c.Say("These are the questions of %s: the region's questions in %s could not be read (%v).",
		survey.CurrentQuestionnaire, cycle, err)
	return survey.QuestionnaireByID(survey.CurrentQuestionnaire)
}
