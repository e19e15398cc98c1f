package main

import (
	"fmt"

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
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			r, err := cl.Post(cmd.Context(), "/federation/name", map[string]any{"name": args[0], "from": from})
			if err != nil {
				return fmt.Errorf("rename: %w", err)
			}
			return showDecided(c, out, r, "name from "+from)
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&from, "from", "", "first day of the name, as 2023-10-01 (required)")
	if err := cmd.MarkFlagRequired("from"); err != nil {
		panic(err) // only if the flag above does not exist
	}
	return cmd
}
