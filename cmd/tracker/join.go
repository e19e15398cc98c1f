package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/node"
	"github.com/ahsn-network/tracker/store/survey"
)

func newJoinCommand(c *cli.Invocation) *cobra.Command {
	var region string
	cmd := &cobra.Command{
		Use:   "join TOKEN",
		Short: "Join a federation with an invitation",
		Long: `Make this region's node in --dir and show the invitation to the sponsor's node,
which admits it on behalf of all nodes. TOKEN is what "tracker invite" printed there.
With "-" it is read from standard input, so that no list of processes shows it.

It asks no questions. If the answer got lost, run it again.`,
		Example: "  tracker join - --dir /var/lib/tracker --node-advertise tracker.wessex.example:7443 < token",
		Args:    cli.Exactly("TOKEN"),
	}
	flags := settingFlags(cmd, "node_listen", "node_advertise", "listen", "operator_listen", "log")
	cmd.Flags().StringVar(&region, "region", "", "refuse an invitation for any other region")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		invite, invited, err := readInvite(c, cmd, args[0])
		if err != nil {
			return err
		}
		// A token sent to the wrong region must not be used up there.
		if region != "" && region != string(invited) {
			return cli.Usage(cmd, "the invitation is for %s, not for %s", invited, region)
		}

		settings, address, err := newNode(c, cmd, flags(), invited)
		if err != nil {
			return err
		}

		// The key is on disk before the sponsor hears of it: an answer that gets lost can be asked
		// for again.
		key, err := createOrResume(c, settings)
		if err != nil {
			return err
		}
		peers, err := federation.Join(cmd.Context(), federation.Joining{
			Dir: settings.Dir, Key: key, Region: invited, Address: address, Invite: invite})
		if err != nil {
			// The outcome's own words tell how to ask again.
			if errors.Is(err, survey.ErrUnknownOutcome) {
				return err
			}
			return fmt.Errorf("%w. The node in %s keeps its new key: run join again with a valid invitation", err,
				settings.Dir)
		}

		c.Say("%s (%s) is in federation %s with %d regions.", invited, invited.Name(), peers.Federation,
			len(peers.Members))
		c.Say("Node id %s", identity.NodeID(key.Public()))
		c.Say("Now run: tracker serve --dir %s", settings.Dir)
		return nil
	}
	return cmd
}

// readInvite reads a token, from standard input if it is "-". It returns the invitation and its region.
func readInvite(c *cli.Invocation, cmd *cobra.Command, token string) (
	invite identity.Invite, region survey.Region, err error) {
	if token == "-" {
		text, err := c.ReadInput("-", maxArgument)
		if err != nil {
			return invite, "", fmt.Errorf("read standard input: %w", err)
		}
		token = string(text)
	}

	if invite, err = identity.ParseInvite(token); err != nil {
		return invite, "", cli.Usage(cmd, "%v", err)
	}
	region, err = cli.ParseRegion(cmd, invite.Region)
	return invite, region, err
}

// createOrResume makes the node, or takes the one that an earlier join left behind before it was
// admitted.
func createOrResume(c *cli.Invocation, settings config.Config) (*identity.Key, error) {
	key, err := node.Create(settings)
	if !errors.Is(err, node.ErrExists) {
		return key, err
	}

	if _, peersErr := federation.LoadPeers(settings.Dir); !errors.Is(peersErr, federation.ErrNotFounded) {
		return nil, fmt.Errorf("%w, and it belongs to a federation. Nothing was changed", err)
	}

	if key, err = identity.Load(filepath.Join(settings.Dir, node.KeyFile)); err != nil {
		return nil, err
	}
	return key, config.Write(settings.Path(), settings)
}

// maxArgument bounds an argument that is read from standard input, in bytes.
const maxArgument = 8 << 10
