package records

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newResponseTemplate(c *cli.Invocation) *cobra.Command {
	var cycle survey.Cycle
	var organisation survey.Identifier
	var file string
	cmd := &cobra.Command{
		Use:   "template --cycle CYCLE [--xlsx FILE [--organisation ID]]",
		Short: "Print the questions with blanks to fill in, as JSON or as a sheet to send out",
		Long: `Print the questions with blanks to fill in, as JSON. Fill in "answers";
"tracker response record" reads the file back and ignores the rest. They are
the questions of the cycle's campaign and the region's own, as the node has
them; without a node, the software's.

With --xlsx it writes a workbook instead: a row for each company that this
region holds and that has not answered, or with --organisation that company's
own form. "tracker import responses" reads both back.`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file != "" {
				return sheetTemplate(c, cmd, cycle, organisation, file)
			}
			if organisation != "" {
				return cli.Usage(cmd, "--organisation goes with --xlsx")
			}
			q, err := questionsOf(cmd.Context(), c, cycle)
			if err != nil {
				return err
			}
			text, err := answersTemplate(q, cycle)
			if err != nil {
				return err
			}
			return c.PrintJSON(text)
		},
	}
	cli.CycleFlag(cmd, &cycle)
	cmd.Flags().StringVar(&file, "xlsx", "", "write a workbook to this file")
	cli.ParsedFlag(cmd, &organisation, cli.Identifier, "organisation", "the form of this company alone")
	return cmd
}

// sheetTemplate asks the node for the sheet to send out.
func sheetTemplate(c *cli.Invocation, cmd *cobra.Command, cycle survey.Cycle, organisation survey.Identifier, file string) error {
	if organisation == "" {
		return exportList(cmd.Context(), c, "template.xlsx", url.Values{"cycle": {string(cycle)}}, file)
	}
	r, err := c.Read(cmd.Context(), fmt.Sprintf("form of %s", organisation), responsePath(cycle, organisation)+"/form.xlsx", nil)
	if err != nil {
		return err
	}
	return c.Deliver(r.Body, file)
}

// answersTemplate keeps the order of the questions, which a map would not.
func answersTemplate(q survey.Questionnaire, cycle survey.Cycle) (json.RawMessage, error) {
	type blank struct {
		ID      survey.QuestionID     `json:"id"`
		Asked   string                `json:"asked"`
		Kind    survey.QuestionKind   `json:"kind"`
		Core    bool                  `json:"core,omitempty"`
		Options []string              `json:"options,omitempty"`
		Or      []survey.AnswerStatus `json:"or,omitempty"`
	}
	var questions []blank
	var answers bytes.Buffer
	for i, question := range q.Questions {
		b := blank{ID: question.ID, Asked: question.Asked(cycle), Kind: question.Kind, Core: question.Core, Or: question.Allow}
		for _, o := range question.Options {
			b.Options = append(b.Options, o.Code)
		}
		questions = append(questions, b)
		if i > 0 {
			answers.WriteByte(',')
		}
		fmt.Fprintf(&answers, "%q:", question.ID)
		if question.Kind != survey.AskSources {
			answers.WriteString("null")
			continue
		}
		for j, code := range b.Options {
			fmt.Fprintf(&answers, "%s%q:null", map[bool]string{true: "{", false: ","}[j == 0], code)
		}
		answers.WriteByte('}')
	}
	asked, err := json.Marshal(questions)
	if err != nil {
		return nil, fmt.Errorf("write the template: %w", err)
	}
	return fmt.Appendf(nil, `{"cycle":%q,"questionnaire":%q,"answers":{%s},"questions":%s}`, cycle, q.ID, answers.String(), asked), nil
}
