package imports

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newImportHistory(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what was imported into this region's records, the newest first",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			found, raw, err := cli.Pages[survey.Import](cmd.Context(), cl, "/imports", nil, 0)
			if err != nil {
				return err
			}
			t := cli.Table{Header: []string{"ID", "KIND", "FILE", "STATE", "ADDED", "UPDATED", "REFUSED", "AT", "UNDO UNTIL"}}
			for _, im := range found {
				t.Add(im.ID, im.Kind, im.File, string(im.State), fmt.Sprint(im.Added), fmt.Sprint(im.Updated), fmt.Sprint(im.Refused), out.TimeFor(im.At), out.TimeFor(im.UndoUntil))
			}
			return c.Print(out, cli.ItemsJSON(raw), t, "Nothing was imported yet.")
		},
	}
	out.Flags(cmd, true)
	return cmd
}
