package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionProposals(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: "proposals", Short: "What regions proposed about regions and campaigns, newest first", Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[survey.Proposal]{
				Path:   "/federation/proposals",
				Header: []string{"NUMBER", "WHAT", "REGION", "CYCLE", "REASON", "BY", "STATE", "ENDORSED BY", "LAPSES"},
				Row: func(p survey.Proposal) []string {
					return []string{fmt.Sprint(p.Number), string(p.Kind), string(p.Region), string(p.Cycle), string(p.Reason), string(p.By), string(p.State), string(p.EndorsedBy), out.TimeFor(p.Lapses)}
				},
				Empty: "Nothing was proposed.",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}
