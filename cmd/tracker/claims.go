package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

func newClaimsCommand(c *cli) *cobra.Command {
	var out format
	var cycleText, region, state string
	var mine, idle bool
	cmd := &cobra.Command{
		Use:     "claims --cycle CYCLE",
		Short:   "List the claims of a campaign",
		Example: "  tracker claims --cycle 2022-23 --mine --state contacted\n  tracker claims --cycle 2022-23 --region wessex --csv",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			query := url.Values{}
			if region != "" {
				code, err := parseRegion(cmd, region)
				if err != nil {
					return err
				}
				query.Set("region", string(code))
			}
			if mine {
				query.Set("mine", "true")
			}
			if idle {
				query.Set("idle", "true")
			}
			if state != "" {
				query.Set("state", state)
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			found, raw, err := pages[survey.Claim](cmd.Context(), cl, claimsPath(cycle), query, 0)
			if err != nil {
				return fmt.Errorf("claims of %s: %w", cycle, err)
			}
			t := table{header: claimHeader}
			for _, claim := range found {
				t.add(claimRow(out, claim)...)
			}
			return c.print(out, itemsJSON(raw), t, "No such claims. Claim a company with \"tracker claim ID --cycle "+string(cycle)+"\".")
		},
	}
	out.flags(cmd, true)
	cycleFlag(cmd, &cycleText)
	cmd.Flags().BoolVar(&idle, "idle", false, "only those not contacted for 28 days")
	cmd.Flags().BoolVar(&mine, "mine", false, "only those of the node's own region")
	cmd.Flags().StringVar(&region, "region", "", "only those of this region")
	cmd.Flags().StringVar(&state, "state", "", "only those in this state (claimed, contacted, responded, declined, unreachable, ineligible, transferring)")
	cmd.MarkFlagsMutuallyExclusive("mine", "region")
	return cmd
}

var claimHeader = []string{"COMPANY", "REGION", "STATE", "REASON", "TOKEN", "CLAIMED", "CHANGED", "OFFERED TO", "REQUESTED BY", "LAPSES"}

func claimRow(out format, claim survey.Claim) []string {
	return []string{string(claim.Organisation), string(claim.Region), string(claim.State), string(claim.Reason), fmt.Sprint(claim.Token),
		out.timeFor(claim.ClaimedAt), out.timeFor(claim.ChangedAt), string(claim.OfferedTo), joinIDs(claim.RequestedBy), out.timeFor(claim.LapsesAt)}
}
