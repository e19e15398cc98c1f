package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
)

func newTokenList(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tokens, without their secrets",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/tokens", nil)
			if err != nil {
				return err
			}
			var page api.Page[store.Token]
			if err := r.into(&page); err != nil {
				return err
			}
			t := table{header: []string{"ID", "NAME", "ROLE", "CREATED", "EXPIRES", "DISABLED"}}
			for _, token := range page.Items {
				t.add(token.ID, token.Name, string(token.Role), out.timeFor(token.Created), out.timeFor(token.Expires), out.timeFor(token.Disabled))
			}
			return c.print(out, r.body, t, "There is no token.")
		},
	}
	out.flags(cmd, true)
	return cmd
}
