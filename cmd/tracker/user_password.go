package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newUserPassword(c *cli.Invocation) *cobra.Command {
	return &cobra.Command{
		Use:   "password ID",
		Short: "Give a person a new password; it is shown this once",
		Args:  cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := c.Send(cmd.Context(), fmt.Sprintf("give person %s a password", args[0]), "/users/"+url.PathEscape(args[0])+"/password", struct{}{})
			if err != nil {
				return err
			}
			var set struct {
				NewPassword string `json:"new_password"`
			}
			if err := r.Into(&set); err != nil {
				return err
			}
			c.Say("The password is shown this once:")
			fmt.Fprintln(c.Data, set.NewPassword)
			return nil
		},
	}
}
