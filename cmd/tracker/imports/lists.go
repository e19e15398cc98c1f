package imports

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// newImportLists returns the imports of lists into this region's own records.
func newImportLists(c *cli.Invocation) []*cobra.Command {
	cmds := []*cobra.Command{newImportList(c, survey.ImportResponses,
		"Import companies' answers (our template, LimeSurvey, Microsoft Forms)")}
	for _, kind := range survey.RecordKinds() {
		if of, err := survey.RecordTypeOf(kind); err == nil {
			cmds = append(cmds, newImportList(c, string(kind), "Import a list: "+of.Label))
		}
	}
	return append(cmds, newImportHistory(c), newImportUndo(c))
}

func newImportHistory(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the imports into this region's records, newest first",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[survey.Import]{
				Path:   "/imports",
				Header: []string{"ID", "KIND", "FILE", "STATE", "ADDED", "UPDATED", "REFUSED", "AT", "UNDO UNTIL"},
				Row: func(im survey.Import) []string {
					return []string{im.ID, im.Kind, im.File, string(im.State), fmt.Sprint(im.Added),
						fmt.Sprint(im.Updated),
						fmt.Sprint(im.Refused), out.TimeFor(im.At), out.TimeFor(im.UndoUntil)}
				},
				Empty: "Nothing has been imported yet.",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}

func newImportUndo(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "undo ID",
		Short: "Undo an import, within 24 hours and if nothing in it was changed since",
		Args:  cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			doing, path := fmt.Sprintf("undo the import %s", args[0]), "/imports/"+url.PathEscape(args[0])+"/undo"
			im, r, err := cli.Decoded[survey.Import](c.Send(cmd.Context(), doing, path, struct{}{}))
			if err != nil {
				return err
			}

			t := cli.Table{}
			t.Add("state", string(im.State))
			t.Add("rows taken back", cli.Digits(im.Added+im.Updated))

			if im.Kind == survey.ImportResponses {
				// The node cannot take back what other regions have seen since.
				c.Say("Answers that have been reported to the registry since then stay reported: reopen their claims.")
			}
			return c.Print(out, r.Body, t, "")
		},
	}
	out.Flags(cmd, false)
	return cmd
}
