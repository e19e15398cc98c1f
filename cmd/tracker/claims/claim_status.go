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

// NewClaimStatusCommand shows who holds a company.
func NewClaimStatusCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycleText string
	var local bool
	cmd := &cobra.Command{
		Use:   "claim-status ID --cycle CYCLE",
		Short: "Who holds a company, and in which state",
		Long: `Who holds a company in a campaign, and in which state.

It sees every change that was acknowledged anywhere before; that needs a
quorum. --local reads this node's own copy, which works alone and may be old.
Exit code 3: nobody holds it.`,
		Args: cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, id, err := cli.ParseCycleAndID(cmd, cycleText, args[0])
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
				c.Say("Read from this node's own copy (change %s, %s ms after the leader was last heard).", r.Header.Get("Tracker-Index"), r.Header.Get("Tracker-Age-Ms"))
			}
			return printClaim(c, out, r)
		},
	}
	out.Flags(cmd, false)
	cli.CycleFlag(cmd, &cycleText)
	cmd.Flags().BoolVar(&local, "local", false, "read this node's own copy, whatever its age")
	return cmd
}

// readClaim returns one claim; errors wrap survey.ErrNotFound when nobody
// holds the company.
func readClaim(ctx context.Context, cl *cli.Client, cycle survey.Cycle, id survey.Identifier, linearizable bool) (cli.Reply, error) {
	query := url.Values{}
	if linearizable {
		query.Set("consistency", "linearizable")
	}
	r, err := cl.Get(ctx, cli.ClaimPath(cycle, id), query)
	if linearizable && errors.Is(err, survey.ErrNoQuorum) {
		return r, fmt.Errorf("%w Or read this node's own copy with claim-status --local", err)
	}
	return r, err
}

// claimNow reads one claim from all regions.
func claimNow(ctx context.Context, cl *cli.Client, cycle survey.Cycle, id survey.Identifier) (survey.Claim, error) {
	r, err := readClaim(ctx, cl, cycle, id, true)
	if err != nil {
		return survey.Claim{}, err
	}
	var claim survey.Claim
	return claim, r.Into(&claim)
}
