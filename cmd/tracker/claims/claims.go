package claims

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewClaimsCommand lists the claims of a campaign.
func NewClaimsCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	var region survey.Region
	var state string
	var mine, idle bool
	cmd := &cobra.Command{
		Use:   "claims --cycle CYCLE",
		Short: "List the claims of a campaign",
		Example: "  tracker claims --cycle 2022-23 --mine --state contacted\n" +
			"  tracker claims --cycle 2022-23 --region wessex --csv",
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[survey.Claim]{
				Doing: fmt.Sprintf("claims of %s", cycle),
				Path:  cli.ClaimsPath(cycle),
				Query: cli.Query("region", string(region), "state", state, "mine", cli.True(mine), "idle",
					cli.True(idle)),
				Header: claimHeader,
				Row:    func(claim survey.Claim) []string { return claimRow(out, claim) },
				Empty: "There are no such claims. Claim a company with \"tracker claim ID --cycle " +
					string(cycle) + "\".",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycle)
	cmd.Flags().BoolVar(&idle, "idle", false, "only claims whose holder has not contacted the company for 28 days")
	cmd.Flags().BoolVar(&mine, "mine", false, "only claims of this node's region")
	cli.ParsedFlag(cmd, &region, survey.ParseRegion, "region", "only claims of this region")
	cmd.Flags().StringVar(&state, "state", "",
		"only claims in this state (claimed, contacted, responded, declined, unreachable, ineligible, transferring)")
	cmd.MarkFlagsMutuallyExclusive("mine", "region")
	return cmd
}

var claimHeader = []string{"COMPANY", "REGION", "STATE", "REASON", "TOKEN", "CLAIMED", "CHANGED",
	"OFFERED TO", "REQUESTED BY", "LAPSES"}

func claimRow(out cli.Format, claim survey.Claim) []string {
	return []string{string(claim.Organisation), string(claim.Region), string(claim.State), string(claim.Reason),
		fmt.Sprint(claim.Token), out.TimeFor(claim.ClaimedAt), out.TimeFor(claim.ChangedAt), string(claim.OfferedTo),
		survey.List(claim.RequestedBy), out.TimeFor(claim.LapsesAt)}
}

// NewClaimStatusCommand shows who holds a company.
func NewClaimStatusCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	var local bool
	cmd := &cobra.Command{
		Use:   "claim-status ID --cycle CYCLE",
		Short: "Show who holds a company, and the state of its claim",
		Long: `Show who holds a company in a campaign, and the state of its claim.

It sees every change that was acknowledged anywhere before, which needs a quorum.
--local reads this node's own copy, which works alone and may be out of date.

Exit code 3: nobody holds it.`,
		Args: cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.Connect()
			if err != nil {
				return err
			}

			r, err := readClaim(cmd.Context(), cl, cycle, id, !local)
			if err != nil {
				return fmt.Errorf("%s in %s: %w", id, cycle, err)
			}

			if local {
				c.Say("Read from this node's own copy (change %s, %s ms after it last heard the leader).",
					r.Header.Get("Tracker-Index"), r.Header.Get("Tracker-Age-Ms"))
			}
			return printClaim(c, out, r)
		},
	}
	out.Flags(cmd, false)
	cli.CycleFlag(cmd, &cycle)
	cmd.Flags().BoolVar(&local, "local", false, "read this node's own copy, however old it is")
	return cmd
}

// readClaim returns one claim, or an error wrapping survey.ErrNotFound if nobody holds the company.
func readClaim(ctx context.Context, cl *cli.Client, cycle survey.Cycle, id survey.Identifier, agreed bool) (
	cli.Reply, error) {
	// An agreed read needs a quorum; a read of this node's copy never fails for want of one.
	query := url.Values{}
	if agreed {
		query.Set("consistency", "linearizable")
	}
	r, err := cl.Get(ctx, cli.ClaimPath(cycle, id), query)
	if agreed && errors.Is(err, survey.ErrNoQuorum) {
		return r, fmt.Errorf("%w Or read this node's own copy with claim-status --local", err)
	}
	return r, err
}

// claimNow reads one claim as all regions agree on it.
func claimNow(ctx context.Context, cl *cli.Client, cycle survey.Cycle, id survey.Identifier) (survey.Claim, error) {
	claim, _, err := cli.Decoded[survey.Claim](readClaim(ctx, cl, cycle, id, true))
	return claim, err
}

// NewClaimHistoryCommand shows every change of a company's claim.
func NewClaimHistoryCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	cmd := &cobra.Command{
		Use:   "claim-history ID --cycle CYCLE",
		Short: "List every change of a company's claim: when, by which region, and its new state",
		Long: `List every change of a company's claim: when, by which region and which of its people (a
number that only that region can look up), the claim's new state, and the coded reason.`,
		Args: cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			return cli.List[survey.ClaimEvent]{
				Doing:  fmt.Sprintf("history of the claim on %s", id),
				Path:   cli.ClaimPath(cycle, id) + "/history",
				Header: []string{"NUMBER", "WHEN", "COMPANY", "BY", "ACTOR", "STATE", "HOLDER", "OFFERED TO", "REASON"},
				Row: func(e survey.ClaimEvent) []string {
					return []string{fmt.Sprint(e.Number), out.TimeFor(e.At), string(e.Organisation), string(e.Region),
						fmt.Sprint(e.Actor), string(e.State), string(e.Holder), string(e.OfferedTo), string(e.Reason)}
				},
				Empty: "Nobody has claimed it.",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycle)
	return cmd
}
