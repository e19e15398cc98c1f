package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store"
)

func newTokenList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tokens, without their secrets",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[store.Token]{
				Path:   "/tokens",
				Header: []string{"ID", "NAME", "ROLE", "CREATED", "EXPIRES", "DISABLED"},
				Row: func(token store.Token) []string {
					return []string{token.ID, token.Name, string(token.Role), out.TimeFor(token.Created), out.TimeFor(token.Expires), out.TimeFor(token.Disabled)}
				},
				Empty: "There is no token.",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}
