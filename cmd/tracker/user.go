package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"
)

func newUserCommand(c *cli) *cobra.Command {
	return group("user", "People who sign in, and API tokens of this node", newUserAdd(c), newUserList(c), newUserDisable(c), newUserPassword(c), newUserToken(c))
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
