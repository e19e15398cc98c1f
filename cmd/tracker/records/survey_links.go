package records

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
)

func newSurveyLinks(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle string
	cmd := &cobra.Command{
		Use:   "links --cycle CYCLE",
		Short: "List the links and how far each company has come",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			parsed, err := cli.ParseCycle(cmd, cycle)
			if err != nil {
				return err
			}
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			r, err := cl.Get(cmd.Context(), linksPath(string(parsed)), nil)
			if err != nil {
				return err
			}
			var page api.Page[store.SurveyLink]
			if err := r.Into(&page); err != nil {
				return err
			}
			t := cli.Table{Header: []string{"ID", "ORGANISATION", "STAGE", "MADE", "EXPIRES", "REMINDERS", "EMAIL"}}
			for _, l := range page.Items {
				t.Add(l.ID, string(l.Organisation), string(l.Stage()), out.TimeFor(l.Created), out.TimeFor(l.Expires), fmt.Sprint(len(l.Reminders)), l.Email)
			}
			return c.Print(out, r.Body, t, "No links have been made. Make one with \"tracker survey invite ID\".")
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycle)
	return cmd
}
