package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/node"
)

func newNodeNewKey(c *cli.Invocation) *cobra.Command {
	return &cobra.Command{
		Use: "new-key", Short: "Make a new key in place of a lost one, and print its key card", Args: cli.NoArguments,
		Long: `Makes a new key for the node in --dir, whose node.key is lost, and prints a key card. Give it
to two other regions: one proposes it ("tracker region rotate-key REGION --card CARD"), the
other endorses it. Then start the node: it enters the federation again with the new key.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, _, err := offlineNode(c, cmd)
			if err != nil {
				return err
			}
			card, err := node.NewKeyCard(settings)
			if err != nil {
				return err
			}
			c.Say("Node id %s: read it to the regions that put it into the roster.", identity.NodeID(card.Key))
			fmt.Fprintln(c.Data, card)
			return nil
		},
	}
}
