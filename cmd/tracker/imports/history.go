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
			return cli.List[survey.Import]{
				Path:   "/imports",
				Header: []string{"ID", "KIND", "FILE", "STATE", "ADDED", "UPDATED", "REFUSED", "AT", "UNDO UNTIL"},
				Row: func(im survey.Import) []string {
					return []string{im.ID, im.Kind, im.File, string(im.State), fmt.Sprint(im.Added), fmt.Sprint(im.Updated), fmt.Sprint(im.Refused), out.TimeFor(im.At), out.TimeFor(im.UndoUntil)}
				},
				Empty: "Nothing was imported yet.",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}
