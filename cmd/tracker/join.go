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
		Short: "Enter a federation with an invitation",
		Long: `Makes this region's node in --dir and shows the invitation to the sponsor's node,
which admits it for all nodes at once. TOKEN is what "tracker invite" printed there; "-"
reads it from standard input, so that it shows in no list of processes.

It asks nothing, and can be run again if the answer got lost.`,
		Example: "  tracker join - --dir /var/lib/tracker --node-advertise tracker.wessex.example:7443 < token",
		Args:    cli.Exactly("TOKEN"),
	}
	flags := settingFlags(cmd, "node_listen", "node_advertise", "listen", "operator_listen", "log")
	cmd.Flags().StringVar(&region, "region", "", "refuse an invitation for another region than this")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		token := args[0]
		if token == "-" {
			text, err := c.ReadInput("-", maxArgument)
			if err != nil {
				return fmt.Errorf("read standard input: %w", err)
			}
			token = string(text)
		}
		invite, err := identity.ParseInvite(token)
		if err != nil {
			return cli.Usage(cmd, "%v", err)
		}
		invited, err := cli.ParseRegion(cmd, invite.Region)
		if err != nil {
			return err
		}
		if region != "" && region != string(invited) {
			return cli.Usage(cmd, "the invitation is for %s, not for %s", invited, region)
		}
		settings, address, err := newNode(c, cmd, flags(), invited)
		if err != nil {
			return err
		}
		key, err := createOrResume(c, settings)
		if err != nil {
			return err
		}
		peers, err := federation.Join(cmd.Context(), federation.Joining{Dir: settings.Dir, Key: key, Region: invited, Address: address, Invite: invite})
		if err != nil {
			if errors.Is(err, survey.ErrUnknownOutcome) {
				return err
			}
			return fmt.Errorf("%w. The node in %s was made and keeps its key: run join again with a good invitation", err, settings.Dir)
		}
		c.Say("%s (%s) is in federation %s with %d regions.", invited, invited.Name(), peers.Federation, len(peers.Members))
		c.Say("Node id %s", identity.NodeID(key.Public()))
		c.Say("Now run: tracker serve --dir %s", settings.Dir)
		return nil
	}
	return cmd
}

// createOrResume makes the node, or takes the one that an earlier join made
// before it was admitted.
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
