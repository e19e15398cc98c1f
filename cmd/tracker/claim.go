package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newClaimCommand(c *cli) *cobra.Command {
	var out format
	var cycleText, file, sponsored string
	var proposed bool
	cmd := &cobra.Command{
		Use:   "claim ID... --cycle CYCLE",
		Short: "Claim companies for this region's survey",
		Long: `Claim companies for this region's survey: at most one region holds a company
in a campaign. A claim that is this region's already is no error.

With --file the companies come from a list (CSV) with a column of company
numbers or identifiers. With --proposed they are the eligible companies that
this region leads; those that others hold or support too are named.

Exit code 4 says that another region holds one of the companies; it is named,
with the date. The other companies of the list are claimed all the same.`,
		Example: "  tracker claim GB-COH:07209813 --cycle 2022-23\n  tracker claim --file ours.csv --cycle 2022-23",
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			ids, err := parseIDs(cmd, args)
			if err != nil {
				return err
			}
			if file != "" {
				more, err := readIdentifiers(file)
				if err != nil {
					return err
				}
				ids = append(ids, more...)
			}
			if len(ids) == 0 && !proposed {
				return usage(cmd, "name at least one company, or a list with --file, or use --proposed")
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			if proposed {
				more, err := proposedClaims(c, cmd, cl, cycle)
				if err != nil {
					return err
				}
				if ids = append(ids, more...); len(ids) == 0 {
					c.say("Nothing was claimed: this region leads no eligible company that is free.")
					return nil
				}
			}
			if len(ids) == 1 && file == "" && !proposed {
				return claimOne(cmd.Context(), c, cl, out, cycle, ids[0], sponsored)
			}
			return claimMany(cmd.Context(), c, cl, out, cycle, ids, sponsored)
		},
	}
	out.flags(cmd, true)
	cycleFlag(cmd, &cycleText)
	cmd.Flags().StringVar(&file, "file", "", "list (CSV) of the companies")
	cmd.Flags().BoolVar(&proposed, "proposed", false, "the eligible companies that this region leads")
	cmd.Flags().StringVar(&sponsored, "for", "", "claim for a region that has no node of its own yet; they are its own when it joins")
	return cmd
}

func claimsPath(cycle survey.Cycle) string {
	return "/campaigns/" + url.PathEscape(string(cycle)) + "/claims"
}

func claimPath(cycle survey.Cycle, id survey.Identifier) string {
	return claimsPath(cycle) + "/" + url.PathEscape(string(id))
}

func claimOne(ctx context.Context, c *cli, cl *client, out format, cycle survey.Cycle, id survey.Identifier, sponsored string) error {
	r, err := cl.post(ctx, claimsPath(cycle), api.NewClaim{Organisation: string(id), Sponsoring: api.Sponsoring{For: sponsored}})
	if err != nil {
		return fmt.Errorf("claim %s in %s: %w", id, cycle, err)
	}
	if r.status == http.StatusCreated {
		c.say("Claimed.")
	} else {
		c.say("Claimed before: it is this region's already.")
	}
	return printClaim(c, out, r)
}

// printClaim shows one claim.
func printClaim(c *cli, out format, r reply) error {
	var claim survey.Claim
	if err := r.into(&claim); err != nil {
		return err
	}
	t := table{header: claimHeader}
	t.add(claimRow(out, claim)...)
	return c.print(out, r.body, t, "")
}

var claimHeader = []string{"COMPANY", "REGION", "STATE", "REASON", "TOKEN", "CLAIMED", "CHANGED", "OFFERED TO", "REQUESTED BY", "LAPSES"}

func claimRow(out format, claim survey.Claim) []string {
	return []string{string(claim.Organisation), string(claim.Region), string(claim.State), string(claim.Reason), fmt.Sprint(claim.Token),
		out.timeFor(claim.ClaimedAt), out.timeFor(claim.ChangedAt), string(claim.OfferedTo), joinIDs(claim.RequestedBy), out.timeFor(claim.LapsesAt)}
}

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

func newClaimStatusCommand(c *cli) *cobra.Command {
	var out format
	var cycleText string
	var local bool
	cmd := &cobra.Command{
		Use:   "claim-status ID --cycle CYCLE",
		Short: "Who holds a company, and in which state",
		Long: `Who holds a company in a campaign, and in which state.

It sees every change that was acknowledged anywhere before; that needs a
quorum. --local reads this node's own copy, which works alone and may be old.
Exit code 3: nobody holds it.`,
		Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			id, err := parseOneID(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := readClaim(cmd.Context(), cl, cycle, id, !local)
			if err != nil {
				return fmt.Errorf("%s in %s: %w", id, cycle, err)
			}
			if local {
				c.say("Read from this node's own copy (change %s, %s ms after the leader was last heard).", r.header.Get("Tracker-Index"), r.header.Get("Tracker-Age-Ms"))
			}
			return printClaim(c, out, r)
		},
	}
	out.flags(cmd, false)
	cycleFlag(cmd, &cycleText)
	cmd.Flags().BoolVar(&local, "local", false, "read this node's own copy, whatever its age")
	return cmd
}

// readClaim returns one claim; errors wrap survey.ErrNotFound when nobody
// holds the company.
func readClaim(ctx context.Context, cl *client, cycle survey.Cycle, id survey.Identifier, linearizable bool) (reply, error) {
	query := url.Values{}
	if linearizable {
		query.Set("consistency", "linearizable")
	}
	r, err := cl.get(ctx, claimPath(cycle, id), query)
	if linearizable && errors.Is(err, survey.ErrNoQuorum) {
		return r, fmt.Errorf("%w Or read this node's own copy with claim-status --local", err)
	}
	return r, err
}

func texts(ids []survey.Identifier) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}
