package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newRegionRename(c *cli.Invocation) *cobra.Command {
	var from string
	var out cli.Format
	cmd := &cobra.Command{
		Use: "rename NAME --from DATE", Short: "Give this region a name from a day on; its code stays", Args: cli.Exactly("NAME"),
		Example: `  tracker region rename "Health Innovation Wessex" --from 2023-10-01`,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := c.Send(cmd.Context(), "rename", "/federation/name", map[string]any{"name": args[0], "from": from})
			if err != nil {
				return err
			}
			return showDecided(c, out, r, "name from "+from)
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&from, "from", "", "first day of the name, as 2023-10-01 (required)")
	cli.Require(cmd, "from")
	return cmd
}
