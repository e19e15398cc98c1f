package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionRotateKey(c *cli.Invocation) *cobra.Command {
	var w cli.Why
	var out cli.Format
	var card string
	cmd := &cobra.Command{
		Use: "rotate-key [REGION --card CARD --reason CODE]", Short: "A new key for this region's node, or for a region that lost its own", Args: cobra.MaximumNArgs(1),
		Long: `Without a region, this region's own key is replaced by a new one, signed by the old, and the
node starts anew with it.

For a region that lost its key: "tracker node new-key" there prints a key card. Two other
regions put it into the roster: one proposes it here, another endorses it. Read the node id
to each other over the telephone first.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				body, err := w.Body(cmd)
				if err != nil {
					return err
				}
				body["card"] = card
				return decide(c, cmd, out, args[0], "new-key", body)
			}
			if card != "" || w.Reason != "" {
				return cli.Usage(cmd, "--card and --reason go with a region")
			}
			r, err := c.Send(cmd.Context(), "rotate the key", "/federation/rotate-key", struct{}{})
			if err != nil {
				return err
			}
			if out.JSON {
				return c.PrintJSON(r.Body)
			}
			var id api.NewNodeID
			if err := r.Into(&id); err != nil {
				return err
			}
			fmt.Fprintf(c.Data, "This node's id is now %s\n", id.NodeID)
			return nil
		},
	}
	out.Flags(cmd, false)
	flags := cmd.Flags()
	flags.StringVar(&card, "card", "", "the key card of the region")
	w.OptionalFlags(cmd, survey.ProposalReasons())
	return cmd
}
