package main

import (
	"bufio"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
)

func newUserAdd(c *cli.Invocation) *cobra.Command {
	var out cli.Format
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
		Args:    cli.Exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(store.Permissions(), store.Permission(role)) {
				return cli.Usage(cmd, "--role %s: use one of %s", role, cli.Join(store.Permissions()))
			}
			body := api.NewUser{Name: args[0], Role: store.Permission(role)}
			if ask {
				line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
				if body.Password = strings.TrimRight(line, "\r\n"); body.Password == "" {
					return cli.Usage(cmd, "--password-stdin: there is no password on standard input (%v)", err)
				}
			}
			r, err := c.Send(cmd.Context(), fmt.Sprintf("add %s", args[0]), "/users", body)
			if err != nil {
				return err
			}
			if out.JSON {
				return c.PrintJSON(r.Body)
			}
			var added api.AddedUser
			if err := r.Into(&added); err != nil {
				return err
			}
			c.Say("Added %s (%s) as person %s.", added.Name, added.Role, added.ID)
			if added.NewPassword != "" {
				c.Say("The password is shown this once:")
				fmt.Fprintln(c.Data, added.NewPassword)
			}
			return nil
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&role, "role", string(store.PermissionAdviser), "one of "+cli.Join(store.Permissions()))
	cmd.Flags().BoolVar(&ask, "password-stdin", false, "read the password from standard input")
	return cmd
}
