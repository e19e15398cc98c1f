package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newRegionSucceed(c *cli.Invocation) *cobra.Command {
	return newRegionDecision(c, "succeed", &cobra.Command{
		Use: "succeed OLD NEW --reason CODE", Short: "NEW takes the open claims of OLD over, and OLD is removed", Args: cli.Exactly("OLD", "NEW"),
	}, func(cmd *cobra.Command, args []string, body map[string]any) error {
		to, err := cli.ParseRegion(cmd, args[1])
		body["to"] = to
		return err
	})
}
