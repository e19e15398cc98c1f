package imports

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newImportUndo(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "undo ID",
		Short: "Take an import back; possible for 24 hours, if nothing of it was changed since",
		Args:  cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := c.Send(cmd.Context(), fmt.Sprintf("take the import %s back", args[0]), "/imports/"+url.PathEscape(args[0])+"/undo", struct{}{})
			if err != nil {
				return err
			}
			var im survey.Import
			if err := r.Into(&im); err != nil {
				return err
			}
			t := cli.Table{}
			t.Add("state", string(im.State))
			t.Add("rows taken back", cli.Digits(int64(im.Added+im.Updated)))
			if im.Kind == survey.ImportResponses {
				c.Say("Answers that were reported to the registry meanwhile stay reported: reopen their claims.")
			}
			return c.Print(out, r.Body, t, "")
		},
	}
	out.Flags(cmd, false)
	return cmd
}
