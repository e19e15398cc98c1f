package main

import (
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

func newInitCommand(c *cli.Invocation) *cobra.Command {
	var region string
	var soloSteps bool
	cmd := &cobra.Command{
		Use:   "init --region R",
		Short: "Found a federation with this region as its first member",
		Long: `Make this region's node in --dir and found a federation with it. The other regions
join by invitation: run "tracker invite R" here and "tracker join TOKEN" there.

It asks no questions. The administrator's API token is written to DIR/admin.token.`,
		Example: "  tracker init --dir /var/lib/tracker --region otv --node-advertise tracker.otv.example:7443",
		Args:    cli.NoArguments,
	}
	flags := settingFlags(cmd, "node_listen", "node_advertise", "listen", "operator_listen", "policy", "log")
	cmd.Flags().StringVar(&region, "region", "", "code of this region, for example otv (required)")
	cmd.Flags().BoolVar(&soloSteps, "solo-steps", false,
		"for rehearsals: let every region open, change and close campaigns without a second one, for good")
	cli.Require(cmd, "region")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		parsed, err := cli.ParseRegion(cmd, region)
		if err != nil {
			return err
		}
		settings, address, err := newNode(c, cmd, flags(), parsed)
		if err != nil {
			return err
		}

		key, err := node.Create(settings)
		if err != nil {
			return fmt.Errorf("%w. Nothing was changed", err)
		}

		// From here on the directory holds the only copy of the region's key.
		peers, err := federation.Found(settings.Dir, key, parsed, address, settings.Policy, soloSteps)
		if err != nil {
			return err
		}

		c.Say("Founded federation %s with %s (%s).", peers.Federation, parsed, parsed.Name())
		c.Say("Node id %s", identity.NodeID(key.Public()))
		c.Say("Now run: tracker serve --dir %s", settings.Dir)
		return nil
	}
	return cmd
}

// newNode returns the settings of a node about to be made, and the address that other nodes are
// told.
func newNode(c *cli.Invocation, cmd *cobra.Command, flags config.Flags, region survey.Region) (
	settings config.Config, address string, err error) {
	dir := c.Dir()
	if dir == "" {
		return settings, "", cli.Usage(cmd, "name the node's directory with --dir")
	}

	// The settings outlive this command's working directory.
	if dir, err = filepath.Abs(dir); err != nil {
		return settings, "", err
	}

	flags["dir"], flags["region"] = dir, string(region)
	settings, _, err = config.Load(flags, c.Env)
	if err != nil {
		return settings, "", err
	}

	// The other regions are told this address, so it is checked before anything is made.
	address, err = settings.AdvertiseAddress()
	if err != nil {
		return settings, "", cli.Usage(cmd, "%v (--node-advertise)", err)
	}
	return settings, address, nil
}
