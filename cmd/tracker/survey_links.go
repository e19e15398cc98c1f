package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
)

func newSurveyLinks(c *cli) *cobra.Command {
	var out format
	var cycle string
	cmd := &cobra.Command{
		Use:   "links --cycle CYCLE",
		Short: "List the links and how far each company has come",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			parsed, err := parseCycle(cmd, cycle)
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), linksPath(string(parsed)), nil)
			if err != nil {
				return err
			}
			var page api.Page[store.SurveyLink]
			if err := r.into(&page); err != nil {
				return err
			}
			t := table{header: []string{"ID", "ORGANISATION", "STAGE", "MADE", "EXPIRES", "REMINDERS", "EMAIL"}}
			for _, l := range page.Items {
				t.add(l.ID, string(l.Organisation), string(l.Stage()), out.timeFor(l.Created), out.timeFor(l.Expires), fmt.Sprint(len(l.Reminders)), l.Email)
			}
			return c.print(out, r.body, t, "No links have been made. Make one with \"tracker survey invite ID\".")
		},
	}
	out.flags(cmd, true)
	cycleFlag(cmd, &cycle)
	return cmd
}
