package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
)

func newTokenList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tokens, without their secrets",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			r, err := cl.Get(cmd.Context(), "/tokens", nil)
			if err != nil {
				return err
			}
			var page api.Page[store.Token]
			if err := r.Into(&page); err != nil {
				return err
			}
			t := cli.Table{Header: []string{"ID", "NAME", "ROLE", "CREATED", "EXPIRES", "DISABLED"}}
			for _, token := range page.Items {
				t.Add(token.ID, token.Name, string(token.Role), out.TimeFor(token.Created), out.TimeFor(token.Expires), out.TimeFor(token.Disabled))
			}
			return c.Print(out, r.Body, t, "There is no token.")
		},
	}
	out.Flags(cmd, true)
	return cmd
}
