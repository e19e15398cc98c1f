package claims

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// step is one verb of a claim's life. tokenless steps need no fencing token.
type step struct {
	action    survey.ClaimAction
	short     string
	done      string
	reason    bool // takes --reason
	must      bool // needs it
	to        bool // takes --to
	tokenless bool
}

// steps are the verbs, in the order of the help.
var steps = []step{
	{action: survey.ActionContact, short: "Note that the company has been contacted", done: "Contacted."},
	{action: survey.ActionDecline, short: "Note that the company declines", done: "Declined; every region sees it.", reason: true, must: true},
	{action: survey.ActionUnreachable, short: "Note that the company cannot be reached", done: "Noted as unreachable.", reason: true},
	{action: survey.ActionIneligible, short: "Note that the company does not belong in the survey", done: "Noted as ineligible.", reason: true},
	{action: survey.ActionRelease, short: "Give a company back, so that others may claim it", done: "Released.", reason: true},
	{action: survey.ActionReopen, short: "Reopen a claim that has ended", done: "Reopened.", reason: true},
	{action: survey.ActionRequest, short: "Ask the region that holds a company for it", done: "Asked; the holder sees it.", reason: true, tokenless: true},
	{action: survey.ActionOffer, short: "Offer a company to another region", done: "Offered. It is yours until they accept.", to: true},
	{action: survey.ActionAccept, short: "Accept a company that was offered to this region", done: "Accepted: the company is this region's."},
	{action: survey.ActionRefuse, short: "Refuse a company that was offered to this region", done: "Refused: it stays with the holder."},
	{action: survey.ActionWithdraw, short: "Take an offer back", done: "Withdrawn."},
}

// stepFlags are what one invocation of a step was given.
type stepFlags struct {
	out               cli.Format
	cycle, reason, to string
	file              string
	token             uint64
}

// NewStepCommands are the verbs that take claims one step.
func NewStepCommands(c *cli.Invocation) []*cobra.Command {
	var verbs []*cobra.Command
	for _, s := range steps {
		verbs = append(verbs, newStepCommand(c, s))
	}
	return verbs
}

func newStepCommand(c *cli.Invocation, s step) *cobra.Command {
	var f stepFlags
	cmd := &cobra.Command{
		Use:   string(s.action) + " ID... --cycle CYCLE",
		Short: s.short,
		Long: s.short + `.

The step is bound to the claim as it is now: the verb reads the claim's fencing
token first, from all regions. With --claim-token it is bound to the claim as
you saw it, and refused if it has changed since.

Several companies, or a list (CSV) with --file, get a result per company; one that
is refused keeps no other back.`,
		RunE: func(cmd *cobra.Command, args []string) error { return takeStep(c, cmd, s, f, args) },
	}
	f.out.Flags(cmd, true)
	cli.CycleFlag(cmd, &f.cycle)
	cmd.Flags().StringVar(&f.file, "file", "", "list (CSV) of the companies")
	if !s.tokenless {
		cmd.Flags().Uint64Var(&f.token, "claim-token", 0, "the claim's fencing token as you saw it")
	}
	if s.reason {
		cmd.Flags().StringVar(&f.reason, "reason", "", "coded reason: "+cli.Join(survey.ReasonCodes()))
	}
	if s.to {
		cmd.Flags().StringVar(&f.to, "to", "", "code of the region that it is offered to (required)")
	}
	for flag, required := range map[string]bool{"reason": s.must, "to": s.to} {
		if required {
			if err := cmd.MarkFlagRequired(flag); err != nil {
				panic(err) // only if the flag above does not exist
			}
		}
	}
	return cmd
}

func takeStep(c *cli.Invocation, cmd *cobra.Command, s step, f stepFlags, args []string) error {
	cycle, err := cli.ParseCycle(cmd, f.cycle)
	if err != nil {
		return err
	}
	ids, err := cli.ParseIDs(cmd, args)
	if err != nil {
		return err
	}
	if f.file != "" {
		more, err := readIdentifiers(f.file)
		if err != nil {
			return err
		}
		ids = append(ids, more...)
	}
	if len(ids) == 0 {
		return cli.Usage(cmd, "name at least one company, or a list with --file")
	}
	body := api.ClaimStep{Token: f.token, Reason: survey.ReasonCode(f.reason)}
	if f.reason != "" && !slices.Contains(survey.ReasonCodes(), body.Reason) {
		return cli.Usage(cmd, "unknown reason %q: use one of %s", f.reason, cli.Join(survey.ReasonCodes()))
	}
	if s.to {
		region, err := cli.ParseRegion(cmd, f.to)
		if err != nil {
			return err
		}
		body.To = string(region)
	}
	if len(ids) > 1 || f.file != "" {
		return stepMany(c, cmd, s, f, ids, body, cycle)
	}
	return stepOne(cmd.Context(), c, s, f, ids[0], body, cycle)
}

// stepOne takes one claim one step.
func stepOne(ctx context.Context, c *cli.Invocation, s step, f stepFlags, id survey.Identifier, body api.ClaimStep, cycle survey.Cycle) error {
	cl, err := c.Connect()
	if err != nil {
		return err
	}
	if body.Token == 0 && !s.tokenless {
		claim, err := claimNow(ctx, cl, cycle, id)
		if err != nil {
			return fmt.Errorf("%s %s: read its claim: %w", s.action, id, err)
		}
		body.Token = claim.Token
	}
	r, err := cl.Post(ctx, cli.ClaimPath(cycle, id)+"/"+string(s.action), body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", s.action, id, err)
	}
	c.Say("%s", s.done)
	return printClaim(c, f.out, r)
}

// stepMany takes many claims one step each, bound to their tokens as all regions
// know them now.
func stepMany(c *cli.Invocation, cmd *cobra.Command, s step, f stepFlags, ids []survey.Identifier, body api.ClaimStep, cycle survey.Cycle) error {
	if f.token != 0 {
		return cli.Usage(cmd, "--claim-token goes with one company, not with a list")
	}
	cl, err := c.Connect()
	if err != nil {
		return err
	}
	query := url.Values{"consistency": {"linearizable"}}
	claims, _, err := cli.Pages[survey.Claim](cmd.Context(), cl, cli.ClaimsPath(cycle), query, 0)
	if err != nil {
		return fmt.Errorf("%s: read the claims: %w", s.action, err)
	}
	tokens := map[survey.Identifier]uint64{}
	for _, claim := range claims {
		tokens[claim.Organisation] = claim.Token
	}
	var known []survey.Identifier
	unknown := 0
	for _, id := range ids {
		if tokens[id] == 0 && !s.tokenless {
			claim, err := claimNow(cmd.Context(), cl, cycle, id) // it may be known under another identifier
			if errors.Is(err, survey.ErrNotFound) {
				c.Say("%s: nobody holds it in %s", id, cycle)
				unknown++
				continue
			}
			if err != nil {
				return fmt.Errorf("%s: read the claim of %s: %w", s.action, id, err)
			}
			tokens[id] = claim.Token
		}
		known = append(known, id)
	}
	items, failed := inBatches(known, func(part []survey.Identifier) (cli.Reply, error) {
		changes := api.ClaimChanges{}
		for _, id := range part {
			change := survey.ClaimChange{Organisation: id, Action: s.action, Reason: body.Reason, OfferTo: survey.Region(body.To)}
			if !s.tokenless {
				change.Token = tokens[id]
			}
			changes.Changes = append(changes.Changes, change)
		}
		return cl.Post(cmd.Context(), cli.ClaimsPath(cycle)+":change", changes)
	})
	if failed != nil {
		failed = fmt.Errorf("%s: %w", s.action, failed)
	}
	counts, err := printOutcomes(c, f.out, known, items, "Nothing was changed.")
	if counts != nil {
		c.Say("%d changed, %d so already, %d refused, %d held by nobody.", counts[survey.OutcomeChanged], counts[survey.OutcomeUnchanged], counts[survey.OutcomeRefused], unknown)
	}
	switch {
	case failed != nil:
		return failed
	case err != nil:
		return err
	case unknown > 0:
		return &cli.Silent{Code: cli.ExitNotFound}
	}
	return nil
}
