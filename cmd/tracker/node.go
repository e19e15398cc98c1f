package main

import (
	"github.com/spf13/cobra"
)

func newNodeCommand(c *cli) *cobra.Command {
	return group("node", "The identity of the node in --dir", newNodeID(c), newNodeNewKey(c))
}
