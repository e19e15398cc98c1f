package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
)

func newUserCommand(c *cli) *cobra.Command {
	return group("user", "People who sign in, and API tokens of this node", newUserAdd(c), newUserList(c), newUserDisable(c), newUserPassword(c), newUserToken(c))
}

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

func newUserDisable(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "disable ID",
		Short: "Keep a person out, at once and for good",
		Long: `Keep a person out, at once and for good: sessions end with the next click. ID
is that of "tracker user list". What the person recorded stays.`,
		Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			if _, err := cl.post(cmd.Context(), "/users/"+url.PathEscape(args[0])+"/disable", struct{}{}); err != nil {
				return fmt.Errorf("disable person %s: %w", args[0], err)
			}
			c.say("Disabled.")
			return nil
		},
	}
}

func newUserPassword(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "password ID",
		Short: "Give a person a new password; it is shown this once",
		Args:  exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/users/"+url.PathEscape(args[0])+"/password", struct{}{})
			if err != nil {
				return fmt.Errorf("give person %s a password: %w", args[0], err)
			}
			var set struct {
				NewPassword string `json:"new_password"`
			}
			if err := r.into(&set); err != nil {
				return err
			}
			c.say("The password is shown this once:")
			fmt.Fprintln(c.out, set.NewPassword)
			return nil
		},
	}
}
