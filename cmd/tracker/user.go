package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newUserCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("user", "People who sign in, and API tokens of this node", newUserAdd(c), newUserList(c), newUserDisable(c), newUserPassword(c), newUserToken(c))
}

func newUserDisable(c *cli.Invocation) *cobra.Command {
	return &cobra.Command{
		Use:   "disable ID",
		Short: "Keep a person out, at once and for good",
		Long: `Keep a person out, at once and for good: sessions end with the next click. ID
is that of "tracker user list". What the person recorded stays.`,
		Args: cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			if _, err := cl.Post(cmd.Context(), "/users/"+url.PathEscape(args[0])+"/disable", struct{}{}); err != nil {
				return fmt.Errorf("disable person %s: %w", args[0], err)
			}
			c.Say("Disabled.")
			return nil
		},
	}
}
