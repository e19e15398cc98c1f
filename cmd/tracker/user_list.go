package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
)

func newUserList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"people"},
		Short:   "List the people who sign in to the pages",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			r, err := cl.Get(cmd.Context(), "/users", nil)
			if err != nil {
				return err
			}
			var page api.Page[store.User]
			if err := r.Into(&page); err != nil {
				return err
			}
			t := cli.Table{Header: []string{"ID", "NAME", "ROLE", "CREATED", "DISABLED"}}
			for _, u := range page.Items {
				t.Add(u.ID, u.Name, string(u.Role), out.TimeFor(u.Created), out.TimeFor(u.Disabled))
			}
			return c.Print(out, r.Body, t, "There is nobody yet. Add a person with \"tracker user add NAME\".")
		},
	}
	out.Flags(cmd, true)
	return cmd
}
