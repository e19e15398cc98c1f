package main

import (
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/node"
)

func newRejoinCommand(c *cli.Invocation) *cobra.Command {
	return &cobra.Command{
		Use:   "rejoin",
		Short: "Let this stopped node join again with a fresh copy of the registry; its records stay",
		Long: `Remove the raft/ directory of the stopped node in --dir, and nothing else. At its next start
the node joins the federation under the next generation and receives the registry again;
that needs a majority of the regions. Use it when the registry's files are damaged, after
restoring a backup, or after the others recovered without this node.`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, _, err := offlineNode(c, cmd)
			if err != nil {
				return err
			}
			if err := node.Rejoin(settings.Dir); err != nil {
				return err
			}
			c.Say("The copy of the registry is gone; records and key are unchanged. Now run: tracker serve --dir %s",
				settings.Dir)
			return nil
		},
	}
}

// offlineNode loads the settings of the stopped node in --dir.
func offlineNode(c *cli.Invocation, cmd *cobra.Command) (config.Config, *slog.Logger, error) {
	if c.Dir() == "" {
		return config.Config{}, nil, cli.Usage(cmd, "name the node's directory with --dir")
	}
	return c.Settings(config.Flags{})
}
