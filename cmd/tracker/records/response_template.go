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
		Short: "Print the questions with blanks to fill in, as JSON or as a workbook to send out",
		Long: `Print the questions with blanks to fill in, as JSON. Fill in "answers":
"tracker response record" reads the file and ignores the rest. The questions are those
of the cycle's campaign and the region's own, as the node has them. Without a node they
are the software's.

With --xlsx it writes a workbook instead, with a row for each company that this region
holds and that has not answered. With --organisation it writes that company's own form.
"tracker import responses" reads both.`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// The node makes workbooks, because only it knows the companies without an answer.
			if file != "" {
				return sheetTemplate(c, cmd, cycle, organisation, file)
			}
			if organisation != "" {
				return cli.Usage(cmd, "--organisation needs --xlsx")
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
	cli.ParsedFlag(cmd, &organisation, cli.Identifier, "organisation", "write this company's own form")
	return cmd
}

// sheetTemplate asks the node for a workbook to send out.
func sheetTemplate(c *cli.Invocation, cmd *cobra.Command, cycle survey.Cycle, organisation survey.Identifier,
	file string) error {
	if organisation == "" {
		return exportList(cmd.Context(), c, "template.xlsx", url.Values{"cycle": {string(cycle)}}, file)
	}

	path := responsePath(cycle, organisation) + "/form.xlsx"
	r, err := c.Read(cmd.Context(), fmt.Sprintf("form of %s", organisation), path, nil)
	if err != nil {
		return err
	}
	return c.Deliver(r.Body, file)
}

// answersTemplate returns the template as JSON. It writes the object itself, because a map would
// lose the order of the questions.
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
		b := blank{ID: question.ID, Asked: question.Asked(cycle), Kind: question.Kind,
			Core: question.Core, Or: question.Allow}
		for _, o := range question.Options {
			b.Options = append(b.Options, o.Code)
		}

		// The questions explain the blanks. They are ignored when the file is read.
		questions = append(questions, b)

		if i > 0 {
			answers.WriteByte(',')
		}
		fmt.Fprintf(&answers, "%q:", question.ID)

		if question.Kind != survey.AskSources {
			answers.WriteString("null")
			continue
		}

		// Each source of money has an amount of its own.
		for j, code := range b.Options {
			fmt.Fprintf(&answers, "%s%q:null", map[bool]string{true: "{", false: ","}[j == 0], code)
		}
		answers.WriteByte('}')
	}

	asked, err := json.Marshal(questions)
	if err != nil {
		return nil, fmt.Errorf("write the template: %w", err)
	}

	return fmt.Appendf(nil, `{"cycle":%q,"questionnaire":%q,"answers":{%s},"questions":%s}`,
		cycle, q.ID, answers.String(), asked), nil
}
