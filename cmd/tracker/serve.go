package main

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/node"
)

// serveGC is the garbage collector's target, in per cent of the memory in use. A node's working set
// is small and it is idle most of the day: collecting more often costs less than the memory (it
// saved 25 of 85 MB).
const serveGC = 50

func newServeCommand(c *cli.Invocation) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run this region's node",
		Long: `Run the node in --dir until it is told to stop (Ctrl-C or SIGTERM). It then hands over
leadership, leaves the federation's gossip and closes its files.

The settings are in tracker.yaml in the directory; see "tracker config show --origin".
Exit code 78: the settings are wrong, and starting again will not help.`,
		Example: "  tracker serve --dir /var/lib/tracker",
		Args:    cli.NoArguments,
	}
	flags := settingFlags(cmd, "node_listen", "node_advertise", "listen", "operator_listen", "log")
	untilInputEnds := c.UntilInputEnds(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, stop := untilInputEnds(cmd.Context())
		defer stop()

		if c.Getenv("GOGC") == "" {
			debug.SetGCPercent(serveGC)
		}

		return serve(ctx, c, flags())
	}
	return cmd
}

// serve runs the node until ctx ends or a port fails. It opens the node again when its region gets
// a new key or is let in again.
func serve(ctx context.Context, c *cli.Invocation, flags config.Flags) error {
	settings, logger, err := c.Settings(flags)
	if err != nil {
		return &cli.SettingsError{Err: err}
	}

	for {
		n, err := node.Open(node.Options{Config: settings, Version: cli.Version(), Logger: logger})
		if err != nil {
			return err
		}

		// What opening needed is a third of what an idle node has, and would otherwise stay for minutes.
		debug.FreeOSMemory()
		c.Say("region %s: people https://%s, nodes %s, operator http://%s",
			settings.Region, n.Addr(node.PeoplePort), n.Addr(node.NodePort), n.Addr(node.OperatorPort))

		select {
		case <-ctx.Done():
		case err = <-n.Failed():
		}

		if errors.Is(err, node.ErrKeyChanged) || errors.Is(err, node.ErrLetIn) {
			c.Say("region %s: %v: starting again", settings.Region, err)
			if err := n.Close(); err != nil {
				return err
			}
			continue
		}

		// Closing would wait for the disk, so the process ends without it.
		if errors.Is(err, node.ErrDiskHangs) {
			return err
		}

		c.Say("region %s: stopping", settings.Region)
		return errors.Join(err, n.Close())
	}
}

// settingFlags gives a verb one flag per setting. The function returned has those that were set, by
// the setting's key.
func settingFlags(cmd *cobra.Command, keys ...string) func() config.Flags {
	values := map[string]*string{}
	for _, key := range keys {
		values[key] = cmd.Flags().String(strings.ReplaceAll(key, "_", "-"), "",
			"overrides "+key+" in the settings file")
	}
	return func() config.Flags {
		set := config.Flags{}
		for _, key := range keys {
			// An empty value is a value too, so only Changed tells whether the flag was given.
			if cmd.Flags().Changed(strings.ReplaceAll(key, "_", "-")) {
				set[key] = *values[key]
			}
		}
		return set
	}
}
