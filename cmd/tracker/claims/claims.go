package claims

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewClaimsCommand lists the claims of a campaign.
func NewClaimsCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycleText, region, state string
	var mine, idle bool
	cmd := &cobra.Command{
		Use:     "claims --cycle CYCLE",
		Short:   "List the claims of a campaign",
		Example: "  tracker claims --cycle 2022-23 --mine --state contacted\n  tracker claims --cycle 2022-23 --region wessex --csv",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := cli.ParseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			query := url.Values{}
			if region != "" {
				code, err := cli.ParseRegion(cmd, region)
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
			return cli.List[survey.Claim]{
				Doing:  fmt.Sprintf("claims of %s", cycle),
				Path:   cli.ClaimsPath(cycle),
				Query:  query,
				Header: claimHeader,
				Row:    func(claim survey.Claim) []string { return claimRow(out, claim) },
				Empty:  "No such claims. Claim a company with \"tracker claim ID --cycle " + string(cycle) + "\".",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycleText)
	cmd.Flags().BoolVar(&idle, "idle", false, "only those not contacted for 28 days")
	cmd.Flags().BoolVar(&mine, "mine", false, "only those of the node's own region")
	cmd.Flags().StringVar(&region, "region", "", "only those of this region")
	cmd.Flags().StringVar(&state, "state", "", "only those in this state (claimed, contacted, responded, declined, unreachable, ineligible, transferring)")
	cmd.MarkFlagsMutuallyExclusive("mine", "region")
	return cmd
}

var claimHeader = []string{"COMPANY", "REGION", "STATE", "REASON", "TOKEN", "CLAIMED", "CHANGED", "OFFERED TO", "REQUESTED BY", "LAPSES"}

func claimRow(out cli.Format, claim survey.Claim) []string {
	return []string{string(claim.Organisation), string(claim.Region), string(claim.State), string(claim.Reason), fmt.Sprint(claim.Token),
		out.TimeFor(claim.ClaimedAt), out.TimeFor(claim.ChangedAt), string(claim.OfferedTo), cli.Join(claim.RequestedBy), out.TimeFor(claim.LapsesAt)}
}
