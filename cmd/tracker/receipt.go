package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/store/survey"
)

const maxReceiptFile = 8 << 20

func newReceiptCommand(c *cli) *cobra.Command {
	var cycleText string
	var number uint64
	cmd := &cobra.Command{
		Use:   "receipt ID --cycle CYCLE",
		Short: "Print the proof of a company's claim",
		Long: `Print the proof of the last change of a company's claim, or of an earlier one
with --number and its token.

The receipt is JSON and must be kept byte for byte. "tracker verify" checks it
without a node, years later.`,
		Example: "  tracker receipt GB-COH:07209813 --cycle 2022-23 > receipt.json",
		Args:    exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			id, err := parseOneID(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			query := url.Values{}
			if number > 0 {
				query.Set("number", fmt.Sprint(number))
			}
			r, err := cl.get(cmd.Context(), claimPath(cycle, id)+"/receipt", query)
			if err != nil {
				return fmt.Errorf("receipt of %s in %s: %w", id, cycle, err)
			}
			if _, err := c.out.Write(r.body); err != nil {
				return fmt.Errorf("write the receipt: %w", err)
			}
			return nil
		},
	}
	cycleFlag(cmd, &cycleText)
	cmd.Flags().Uint64Var(&number, "number", 0, "token of an earlier decision about the claim")
	return cmd
}

func newVerifyCommand(c *cli) *cobra.Command {
	var peers string
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Verify a receipt, without a node",
		Long: `Verify a receipt, without a node and without a network.

It checks that the region signed its request, that row and outcome stand in the
registry's tree, that a region's node signed the tree, and that the words say
what the bytes say. Whose keys these are is in the federation's list: name a
node's peers.json with --peers, or its directory with --dir; without either,
compare the two node ids that are shown. A file name of - is standard input.

Exit code 6: the receipt proves nothing; the reason is said.`,
		Example: "  tracker verify receipt.json --peers /var/lib/tracker/peers.json",
		Args:    exactly("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := c.readWhole(args[0])
			if err != nil {
				return fmt.Errorf("read the receipt: %w", err)
			}
			keyed, err := c.keysOfPeers(peers)
			if err != nil {
				return err
			}
			receipt, err := registry.VerifyReceipt(text, keyed)
			if errors.Is(err, registry.ErrReceipt) {
				c.say("tracker: %s: %v.", args[0], err)
				return &silent{code: exitFindings}
			}
			if err != nil {
				return err
			}
			return c.printReceipt(receipt, keyed != nil)
		},
	}
	cmd.Flags().StringVar(&peers, "peers", "", "the federation's list: a node's peers.json")
	return cmd
}

func (c *cli) readWhole(name string) ([]byte, error) {
	from := c.In
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	return io.ReadAll(io.LimitReader(from, maxReceiptFile))
}

// keysOfPeers returns the regions' keys from a peers file, nil if none was
// named.
func (c *cli) keysOfPeers(file string) (func(survey.Region) []ed25519.PublicKey, error) {
	dir := c.dir()
	if file != "" {
		dir = filepath.Dir(file)
		if filepath.Base(file) != federation.PeersFile {
			return nil, fmt.Errorf("%s: the federation's list is a file named %s", file, federation.PeersFile)
		}
	}
	if dir == "" {
		return nil, nil
	}
	if _, err := os.Stat(filepath.Join(dir, federation.PeersFile)); file == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	list, err := federation.LoadPeers(dir)
	if err != nil {
		return nil, err
	}
	return func(region survey.Region) []ed25519.PublicKey {
		for _, m := range list.Members {
			if m.Region == region {
				return append([]ed25519.PublicKey{m.Key}, m.PreviousKeys...)
			}
		}
		return nil
	}, nil
}

func (c *cli) printReceipt(r *registry.Receipt, compared bool) error {
	t := table{}
	t.add("verified", fmt.Sprintf("number %d of federation %s", r.Number, r.Federation))
	t.add("asked by", fmt.Sprintf("%s (%s), outcome %s", r.Region, r.Command, r.Outcome))
	if r.Claim != nil {
		t.add("company", fmt.Sprintf("%s in %s", r.Claim.Organisation, r.Claim.Cycle))
		state := string(r.Claim.State)
		if r.Claim.Region != "" {
			state += ", held by " + string(r.Claim.Region) + " since " + longTime(r.Claim.ClaimedAt)
		}
		t.add("claim", fmt.Sprintf("%s, token %d, changed %s", state, r.Claim.Token, longTime(r.Claim.ChangedAt)))
	}
	if r.Step != nil {
		t.add("step", r.Step.String())
	}
	size := strings.SplitN(r.Checkpoint, "\n", 3)[1]
	t.add("place", fmt.Sprintf("row %d of the %s that %s's node signed", r.Leaf+1, size, r.Witness))
	t.add("key of "+string(r.Region), identity.NodeID(r.Key))
	if r.Witness != r.Region {
		t.add("key of "+string(r.Witness), identity.NodeID(r.WitnessKey))
	}
	if !compared {
		c.say("The keys were not compared with the federation's list: compare the node ids, or name the list with --peers.")
	}
	return t.write(c.out)
}
