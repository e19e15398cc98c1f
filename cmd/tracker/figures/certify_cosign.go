package figures

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newCoSign(c *cli.Invocation) *cobra.Command {
	var table string
	cmd := newCertifyStep(c, "cosign", "Co-sign the national table that this node derived by itself",
		"This region co-signed the table of revision %d of %s.", func(_ *cobra.Command, body map[string]any) error {
			if table != "" {
				body["table"] = table
			}
			return nil
		})
	cmd.Long = `Co-sign the national table that this node derived by itself.

The node makes the table from what every region signed off, and from nothing else. It
does not co-sign when another region co-signed another table, when a summary does not
verify, or when the figures in it for this region are not those that it signed. A
majority of co-signatures on one table makes the year final.`
	cmd.Flags().StringVar(&table, "table", "", "SHA-256 of the table as you compared it with others: nothing is signed unless the same follows here")
	return cmd
}
