package main

import (
	"fmt"
	"strconv"

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

func newEndorseCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var words string
	cmd := &cobra.Command{
		Use: "endorse NUMBER", Short: "This region's consent to what another region proposed", Args: cli.Exactly("NUMBER"),
		Long: `This region's consent to what another region proposed; it takes effect by it. "tracker
region proposals" lists what waits.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil || number == 0 {
				return cli.Usage(cmd, "%q is not the number of a proposal", args[0])
			}
			r, err := c.Send(cmd.Context(), fmt.Sprintf("endorse proposal %d", number), "/federation/proposals/"+strconv.FormatUint(number, 10)+"/endorse", map[string]any{"words": words})
			if err != nil {
				return err
			}
			return showDecided(c, out, r, "proposal "+args[0])
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&words, "words", "", "why, for this node's own audit log")
	return cmd
}
