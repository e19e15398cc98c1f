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
		Short: "Found a federation with this region as its first",
		Long: `Makes this region's node in --dir and founds a federation with it. The other
regions come in by invitation: "tracker invite R" here, "tracker join TOKEN" there.

It asks nothing. The administrator's API token is written to DIR/admin.token.`,
		Example: "  tracker init --dir /var/lib/tracker --region otv --node-advertise tracker.otv.example:7443",
		Args:    cli.NoArguments,
	}
	flags := settingFlags(cmd, "node_listen", "node_advertise", "listen", "operator_listen", "policy", "log")
	cmd.Flags().StringVar(&region, "region", "", "code of this region, for example otv (required)")
	cmd.Flags().BoolVar(&soloSteps, "solo-steps", false, "let every region open, change and close campaigns alone, for ever: for rehearsals")
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

// newNode returns the settings of a node that is about to be made, and the
// address that other nodes are told.
func newNode(c *cli.Invocation, cmd *cobra.Command, flags config.Flags, region survey.Region) (config.Config, string, error) {
	dir := c.Dir()
	if dir == "" {
		return config.Config{}, "", cli.Usage(cmd, "name the node's directory with --dir")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return config.Config{}, "", err
	}
	flags["dir"], flags["region"] = dir, string(region)
	settings, _, err := config.Load(flags, c.Env)
	if err != nil {
		return settings, "", err
	}
	address, err := settings.AdvertiseAddress()
	if err != nil {
		return settings, "", cli.Usage(cmd, "%v (--node-advertise)", err)
	}
	return settings, address, nil
}
