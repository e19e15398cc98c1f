package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"rsc.io/qr"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/node"
)

func newNodeCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("node", "Show or replace the identity of the node in --dir", newNodeID(c), newNodeNewKey(c))
}

func newNodeID(c *cli.Invocation) *cobra.Command {
	var code bool
	cmd := &cobra.Command{
		Use: "id", Short: "Print the node's id, a hash of its key, to read out to other regions", Args: cli.NoArguments,
		Example: "  tracker node id --dir /var/lib/tracker --qr",
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir := c.Dir()
			if dir == "" {
				return cli.Usage(cmd, "name the node's directory with --dir")
			}

			key, err := identity.Load(filepath.Join(dir, node.KeyFile))
			if err != nil {
				return err
			}
			id := identity.NodeID(key.Public())
			fmt.Fprintln(c.Data, id)
			if !code {
				return nil
			}

			drawn, err := qr.Encode(id, qr.M)
			if err != nil {
				return fmt.Errorf("draw the id: %w", err)
			}
			fmt.Fprint(c.Data, drawQR(drawn))
			return nil
		},
	}
	cmd.Flags().BoolVar(&code, "qr", false, "also draw it as a QR code")
	return cmd
}

// quietZone is the white margin that a QR code needs, in modules.
const quietZone = 4

// drawQR draws two rows of modules per line, in white on the terminal's background. A full block is
// two white modules.
func drawQR(code *qr.Code) string {
	var b strings.Builder
	white := func(x, y int) bool {
		return x < 0 || y < 0 || x >= code.Size || y >= code.Size || !code.Black(x, y)
	}

	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		for x := -quietZone; x < code.Size+quietZone; x++ {
			// A character is about twice as high as wide, so two rows of modules make one line.
			switch upper, lower := white(x, y), white(x, y+1); {
			case upper && lower:
				b.WriteRune('█')
			case upper:
				b.WriteRune('▀')
			case lower:
				b.WriteRune('▄')
			default:
				b.WriteRune(' ')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func newNodeNewKey(c *cli.Invocation) *cobra.Command {
	return &cobra.Command{
		Use: "new-key", Short: "Make a new key to replace a lost one, and print its key card", Args: cli.NoArguments,
		Long: `Make a new key for the node in --dir, whose node.key is lost, and print a key card. Give the
card to two other regions: one proposes it ("tracker region rotate-key REGION --card CARD"),
the other endorses it. Then start the node: it joins the federation again with the new key.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, _, err := offlineNode(c, cmd)
			if err != nil {
				return err
			}
			card, err := node.NewKeyCard(settings)
			if err != nil {
				return err
			}

			c.Say("Node id %s: read it out to the regions that put it into the roster.", identity.NodeID(card.Key))
			fmt.Fprintln(c.Data, card)
			return nil
		},
	}
}
