package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

func newImportUndo(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "undo ID",
		Short: "Take an import back; possible for 24 hours, if nothing of it was changed since",
		Args:  exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/imports/"+url.PathEscape(args[0])+"/undo", struct{}{})
			if err != nil {
				return fmt.Errorf("take the import %s back: %w", args[0], err)
			}
			var im survey.Import
			if err := r.into(&im); err != nil {
				return err
			}
			t := table{}
			t.add("state", string(im.State))
			t.add("rows taken back", groupDigits(int64(im.Added+im.Updated)))
			if im.Kind == survey.ImportResponses {
				c.say("Answers that were reported to the registry meanwhile stay reported: reopen their claims.")
			}
			return c.print(out, r.body, t, "")
		},
	}
	out.flags(cmd, false)
	return cmd
}
