package records

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newResponseRecord(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	var file string
	cmd := &cobra.Command{
		Use:   "record ID --cycle CYCLE --file answers.json",
		Short: "Record a company's answers",
		Long: `Record a company's answers at this region's node. It works without a quorum.

The file contains {"answers": {"q01": "yes", ...}}; "tracker response template"
prints one to fill in. Money is in pounds and posts are FTE, with at most two
decimals. A blank (null) means no answer, never 0. "-" reads standard input.

Answers count only while the region holds the company's claim. Until then they
are provisional: they are kept but count nowhere.`,
		Example: "  tracker response record GB-COH:07209813 --cycle 2022-23 --file answers.json",
		Args:    cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			return recordAnswers(cmd.Context(), c, out, cycle, id, file)
		},
	}
	out.Flags(cmd, false)
	cli.CycleFlag(cmd, &cycle)
	cmd.Flags().StringVar(&file, "file", "", "JSON file with the answers (required)")
	cli.Require(cmd, "file")
	return cmd
}

func recordAnswers(ctx context.Context, c *cli.Invocation, out cli.Format, cycle survey.Cycle, id survey.Identifier,
	file string) error {
	answers, err := readAnswers(c, file)
	if err != nil {
		return err
	}

	body := map[string]json.RawMessage{"answers": answers}
	answer, err := c.Replace(ctx, "record the answers of "+string(id), http.MethodPut, responsePath(cycle, id), body)
	result, r, err := cli.Decoded[survey.ResponseResult](answer, err)
	if err != nil {
		return err
	}

	// A warning does not stop the recording: unusual answers can be right.
	for _, w := range result.Warnings {
		c.Say("look again: %s: %s", w.Field, w.Message)
	}
	if result.State == survey.ResponseProvisional {
		c.Say("Recorded as provisional: the answers count nowhere until this region holds the claim.")
	}

	t := cli.Table{}
	t.Add("state", string(result.State))
	t.Add("complete", survey.YesNo(result.Complete))
	t.Add("counted", survey.YesNo(result.Counted))
	t.Add("version", fmt.Sprint(result.Version))
	return c.Print(out, r.Body, t, "")
}

// readAnswers returns the object of answers without null members. Numbers stay text, so none is
// rounded.
func readAnswers(c *cli.Invocation, path string) (json.RawMessage, error) {
	text, err := c.ReadInput(path, maxAnswersBytes+1)
	if err != nil {
		return nil, fmt.Errorf("read the answers: %w", err)
	}
	if len(text) > maxAnswersBytes {
		return nil, cli.FileFault(fmt.Errorf("%s: larger than %d bytes", path, maxAnswersBytes))
	}

	// Editors on Windows put this mark in front.
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, cli.FileFault(fmt.Errorf("%s: not a JSON object: %w", path, err))
	}
	if members == nil {
		return nil, cli.FileFault(fmt.Errorf("%s: not a JSON object", path))
	}

	answers := json.RawMessage(text)

	// The template's form; the answers alone will do too.
	if inner, ok := members["answers"]; ok {
		answers, members = inner, nil
		if err := json.Unmarshal(inner, &members); err != nil || members == nil {
			return nil, cli.FileFault(fmt.Errorf("%s: answers is not a JSON object", path))
		}
	}

	if !bytes.Contains(answers, []byte("null")) {
		return answers, nil // unchanged, so that the node sees and refuses a name given twice
	}
	dropNulls(members)
	return json.Marshal(members)
}

// dropNulls removes null members, and objects that become empty.
func dropNulls(members map[string]json.RawMessage) {
	for name, value := range members {
		var inner map[string]json.RawMessage

		switch {
		case bytes.Equal(value, []byte("null")):
			// A range allows deleting the current member.
			delete(members, name)
		case json.Unmarshal(value, &inner) == nil && len(inner) > 0:
			dropNulls(inner)
			if len(inner) == 0 {
				delete(members, name)
				continue
			}
			if text, err := json.Marshal(inner); err == nil {
				members[name] = text
			}
		}
	}
}

// maxAnswersBytes bounds a file of answers, in bytes. The API accepts no more.
const maxAnswersBytes = 256 << 10
