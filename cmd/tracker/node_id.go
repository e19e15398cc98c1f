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

func newNodeID(c *cli.Invocation) *cobra.Command {
	var code bool
	cmd := &cobra.Command{
		Use: "id", Short: "Print the node's id: the hash of its key, to read to each other", Args: cli.NoArguments,
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
	cmd.Flags().BoolVar(&code, "qr", false, "draw it as a QR code, too")
	return cmd
}

// quietZone is the white margin that a QR code needs, in modules.
const quietZone = 4

// drawQR draws two rows of modules per line, white on the terminal's ground: a
// full block is two white modules.
func drawQR(code *qr.Code) string {
	var b strings.Builder
	white := func(x, y int) bool {
		return x < 0 || y < 0 || x >= code.Size || y >= code.Size || !code.Black(x, y)
	}
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		for x := -quietZone; x < code.Size+quietZone; x++ {
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
