package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newNodeCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("node", "The identity of the node in --dir", newNodeID(c), newNodeNewKey(c))
}
