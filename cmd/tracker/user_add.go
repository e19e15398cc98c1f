package main

import (
	"bufio"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
)

func newUserAdd(c *cli) *cobra.Command {
	var out format
	var role string
	var ask bool
	cmd := &cobra.Command{
		Use:   "add NAME --role ROLE",
		Short: "Add a person who signs in to the pages",
		Long: `Add a person who signs in to the pages.

The node makes a password and shows it this once, alone on standard output.
With --password-stdin it is read from the first line of standard input instead;
it has at least ten characters. The name stays on this node.`,
		Example: "  tracker user add \"Sam Patel\" --role adviser --dir otv",
		Args:    exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(store.Permissions(), store.Permission(role)) {
				return usage(cmd, "--role %s: use one of %s", role, joinIDs(store.Permissions()))
			}
			body := api.NewUser{Name: args[0], Role: store.Permission(role)}
			if ask {
				line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
				if body.Password = strings.TrimRight(line, "\r\n"); body.Password == "" {
					return usage(cmd, "--password-stdin: there is no password on standard input (%v)", err)
				}
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/users", body)
			if err != nil {
				return fmt.Errorf("add %s: %w", args[0], err)
			}
			if out.json {
				return c.printJSON(r.body)
			}
			var added api.AddedUser
			if err := r.into(&added); err != nil {
				return err
			}
			c.say("Added %s (%s) as person %s.", added.Name, added.Role, added.ID)
			if added.NewPassword != "" {
				c.say("The password is shown this once:")
				fmt.Fprintln(c.out, added.NewPassword)
			}
			return nil
		},
	}
	out.flags(cmd, false)
	cmd.Flags().StringVar(&role, "role", string(store.PermissionAdviser), "one of "+joinIDs(store.Permissions()))
	cmd.Flags().BoolVar(&ask, "password-stdin", false, "read the password from standard input")
	return cmd
}
