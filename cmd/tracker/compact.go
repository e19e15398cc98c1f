package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store"
)

func newCompactCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "compact",
		Short: "Shrink the node's records file by dropping unused space",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			sizes, r, err := cli.Decoded[store.Compacted](c.Send(cmd.Context(), "compact", "/compact", struct{}{}))
			if err != nil {
				return err
			}
			t := cli.Table{}
			t.Add("before", cli.Digits(sizes.Before)+" bytes")
			t.Add("after", cli.Digits(sizes.After)+" bytes")
			return c.Print(out, r.Body, t, "")
		},
	}
	out.Flags(cmd, false)
	return cmd
}
