package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
)

func newRegionVoters(c *cli) *cobra.Command {
	var w why
	var out format
	cmd := &cobra.Command{
		Use: "max-voters N --reason CODE", Short: "How many regions vote; 0 for all", Args: exactly("N"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := w.body(cmd)
			if err != nil {
				return err
			}
			n, err := strconv.Atoi(args[0])
			if err != nil || n < 0 || n > 64 {
				return usage(cmd, "%s: use a number from 0 to 64", args[0])
			}
			body["voters"] = n
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/federation/max-voters", body)
			if err != nil {
				return fmt.Errorf("set the number of voters: %w", err)
			}
			return showDecided(c, out, r, "max-voters "+args[0])
		},
	}
	w.flags(cmd)
	out.flags(cmd, false)
	return cmd
}
