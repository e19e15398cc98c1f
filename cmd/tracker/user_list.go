package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
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
			return cli.List[store.User]{
				Path:   "/users",
				Header: []string{"ID", "NAME", "ROLE", "CREATED", "DISABLED"},
				Row: func(u store.User) []string {
					return []string{u.ID, u.Name, string(u.Role), out.TimeFor(u.Created), out.TimeFor(u.Disabled)}
				},
				Empty: "There is nobody yet. Add a person with \"tracker user add NAME\".",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}
