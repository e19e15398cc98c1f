package main

import (
	"bufio"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func newUserCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("user", "Manage the people who sign in, and this node's API tokens",
		newUserAdd(c), newUserList(c), newUserDisable(c), newUserPassword(c), newUserToken(c))
}

func newUserDisable(c *cli.Invocation) *cobra.Command {
	return &cobra.Command{
		Use:   "disable ID",
		Short: "Lock a person out, at once and for good",
		Long: `Lock a person out, at once and for good: their sessions end with the next click. ID
is the one in "tracker user list". What the person recorded stays.`,
		Args: cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/users/" + url.PathEscape(args[0]) + "/disable"
			if _, err := c.Send(cmd.Context(), "disable person "+args[0], path, struct{}{}); err != nil {
				return err
			}
			c.Say("Disabled.")
			return nil
		},
	}
}

func newUserAdd(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var role string
	var ask bool
	cmd := &cobra.Command{
		Use:   "add NAME --role ROLE",
		Short: "Add a person who may sign in to the pages",
		Long: `Add a person who may sign in to the pages.

The node makes a password and shows it once only, alone on standard output. With
--password-stdin the password is read from the first line of standard input instead;
it must have at least ten characters. The name does not leave this node.`,
		Example: "  tracker user add \"Sam Patel\" --role adviser --dir otv",
		Args:    cli.Exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(store.Permissions(), store.Permission(role)) {
				return cli.Usage(cmd, "--role %s: use one of %s", role, survey.List(store.Permissions()))
			}

			body := api.NewUser{Name: args[0], Role: store.Permission(role)}

			// Read from standard input, because the list of processes shows every argument.
			if ask {
				line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
				if body.Password = strings.TrimRight(line, "\r\n"); body.Password == "" {
					return cli.Usage(cmd, "--password-stdin: there is no password on standard input (%v)", err)
				}
			}

			added, r, err := cli.Decoded[api.AddedUser](c.Send(cmd.Context(), fmt.Sprintf("add %s", args[0]),
				"/users", body))
			if err != nil {
				return err
			}
			if out.JSON {
				return c.PrintJSON(r.Body)
			}

			c.Say("Added %s (%s) as person %s.", added.Name, added.Role, added.ID)

			// A password that the person chose is not repeated.
			if added.NewPassword != "" {
				c.Say("This password is not shown again:")
				fmt.Fprintln(c.Data, added.NewPassword)
			}
			return nil
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&role, "role", string(store.PermissionAdviser), "one of "+survey.List(store.Permissions()))
	cmd.Flags().BoolVar(&ask, "password-stdin", false, "read the password from standard input")
	return cmd
}

func newUserList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"people"},
		Short:   "List the people who may sign in to the pages",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[store.User]{
				Path:   "/users",
				Header: []string{"ID", "NAME", "ROLE", "CREATED", "DISABLED"},
				Row: func(u store.User) []string {
					return []string{u.ID, u.Name, string(u.Role), out.TimeFor(u.Created), out.TimeFor(u.Disabled)}
				},
				Empty: "There are no people yet. Add one with \"tracker user add NAME\".",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}

func newUserPassword(c *cli.Invocation) *cobra.Command {
	return &cobra.Command{
		Use:   "password ID",
		Short: "Give a person a new password, which is shown once only",
		Args:  cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			doing, path := fmt.Sprintf("give person %s a password",
				args[0]), "/users/"+url.PathEscape(args[0])+"/password"
			set, _, err := cli.Decoded[api.AddedUser](c.Send(cmd.Context(), doing, path, struct{}{}))
			if err != nil {
				return err
			}
			c.Say("This password is not shown again:")
			fmt.Fprintln(c.Data, set.NewPassword)
			return nil
		},
	}
}
