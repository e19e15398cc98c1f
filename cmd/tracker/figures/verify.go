package figures

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/registry/receipt"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxVerifiedFile bounds the file, in bytes. It is above the limits of both forms, which report
// themselves.
const maxVerifiedFile = 9 << 20

// NewVerifyCommand verifies receipts and published years without a node.
func NewVerifyCommand(c *cli.Invocation) *cobra.Command {
	var peers string
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Verify a receipt or a published year without a node",
		Long: `Verify a receipt or a published year, without a node and without a network.

For a receipt it checks that the region signed its request, that row and outcome are in
the registry's tree, that a region's node signed the tree, and that the words match the
bytes. For a published year it derives the national table again from what every region
signed, and checks that as many regions co-signed that very table as the file says were
needed: check for yourself that they are a majority.

The federation's list says whose keys these are: name a node's peers.json with --peers, or
its directory with --dir. Without either, compare the node ids that are shown. Without that
comparison a file proves nothing about these regions. Keys that a region has replaced count
too. A file name of "-" means standard input.

Exit code 6: the file proves nothing; the reason is shown.`,
		Example: "  tracker verify receipt.json --peers /var/lib/tracker/peers.json\n" +
			"  tracker verify tracker-2021-22.json",
		Args: cli.Exactly("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := c.ReadInput(args[0], maxVerifiedFile)
			if err != nil {
				return fmt.Errorf("read the file: %w", err)
			}
			list, err := keysOfPeers(c, peers)
			if err != nil {
				return err
			}

			err = verify(c, out, text, list)

			// A file that proves nothing is a finding, and programs get it as JSON too.
			if errors.Is(err, receipt.ErrReceipt) || errors.Is(err, totals.ErrPublished) {
				c.Say("tracker: %s: %v.", args[0], err)
				if out.JSON {
					if err := c.PrintJSON(verdict{Reason: err.Error()}); err != nil {
						return err
					}
				}
				return &cli.Silent{Code: cli.ExitFindings}
			}
			return err
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&peers, "peers", "", "the federation's list: a node's peers.json")
	return cmd
}

// verdict is what verify tells programs. For a file that proves something it has the file's
// content. KeysCompared reports whether the keys were compared with the federation's list.
type verdict struct {
	Verified     bool             `json:"verified"`
	Reason       string           `json:"reason,omitempty"`
	KeysCompared bool             `json:"keys_compared"`
	Receipt      *receipt.Receipt `json:"receipt,omitempty"`
	Table        string           `json:"table,omitempty"`
	Totals       *survey.Totals   `json:"totals,omitempty"`
}

// verify tells the two forms apart by a field that only one of them has.
func verify(c *cli.Invocation, out cli.Format, text []byte, keyed keysOf) error {
	var form struct {
		Published *string `json:"published"`
	}
	if err := json.Unmarshal(text, &form); err == nil && form.Published != nil {
		p, err := federation.VerifyPublished(text)
		if err == nil {
			err = compareKeys(p, keyed)
		}
		if err != nil {
			return err
		}
		return printPublished(c, out, p, keyed != nil)
	}

	receipt, err := receipt.Verify(text, keyed)
	if err != nil {
		return err
	}
	if out.JSON {
		return c.PrintJSON(verdict{Verified: true, KeysCompared: keyed != nil, Receipt: receipt})
	}
	return printReceipt(c, receipt, keyed != nil)
}
