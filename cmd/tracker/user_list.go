package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
)

func newUserList(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"people"},
		Short:   "List the people who sign in to the pages",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/users", nil)
			if err != nil {
				return err
			}
			var page api.Page[store.User]
			if err := r.into(&page); err != nil {
				return err
			}
			t := table{header: []string{"ID", "NAME", "ROLE", "CREATED", "DISABLED"}}
			for _, u := range page.Items {
				t.add(u.ID, u.Name, string(u.Role), out.timeFor(u.Created), out.timeFor(u.Disabled))
			}
			return c.print(out, r.body, t, "There is nobody yet. Add a person with \"tracker user add NAME\".")
		},
	}
	out.flags(cmd, true)
	return cmd
}
