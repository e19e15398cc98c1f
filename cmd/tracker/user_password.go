package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"
)

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
