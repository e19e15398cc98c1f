package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

func newImportHistory(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what was imported into this region's records, the newest first",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			found, raw, err := pages[survey.Import](cmd.Context(), cl, "/imports", nil, 0)
			if err != nil {
				return err
			}
			t := table{header: []string{"ID", "KIND", "FILE", "STATE", "ADDED", "UPDATED", "REFUSED", "AT", "UNDO UNTIL"}}
			for _, im := range found {
				t.add(im.ID, im.Kind, im.File, string(im.State), fmt.Sprint(im.Added), fmt.Sprint(im.Updated), fmt.Sprint(im.Refused), out.timeFor(im.At), out.timeFor(im.UndoUntil))
			}
			return c.print(out, itemsJSON(raw), t, "Nothing was imported yet.")
		},
	}
	out.flags(cmd, true)
	return cmd
}
