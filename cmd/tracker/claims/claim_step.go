package claims

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// step is one verb that changes a claim. A tokenless one needs no fencing token.
type step struct {
	action    survey.ClaimAction
	short     string
	done      string
	reason    bool // takes --reason
	must      bool // --reason is required
	to        bool // takes --to
	tokenless bool
}

// steps lists the verbs in the order of the help.
var steps = []step{
	{action: survey.ActionContact, short: "Note that the company has been contacted", done: "Contacted."},
	{action: survey.ActionDecline, short: "Note that the company declines", done: "Declined; every region can see it.",
		reason: true, must: true},
	{action: survey.ActionUnreachable, short: "Note that the company cannot be reached", done: "Noted as unreachable.",
		reason: true},
	{action: survey.ActionIneligible, short: "Note that the company does not belong in the survey",
		done: "Noted as ineligible.", reason: true},
	{action: survey.ActionRelease, short: "Give a company back, so that another region can claim it", done: "Released.",
		reason: true},
	{action: survey.ActionReopen, short: "Reopen a claim that has ended", done: "Reopened.", reason: true},
	{action: survey.ActionRequest, short: "Ask the region that holds a company for it",
		done: "Asked; the holder can see it.", reason: true, tokenless: true},
	{action: survey.ActionOffer, short: "Offer a company to another region",
		done: "Offered. It is yours until they accept it.", to: true},
	{action: survey.ActionAccept, short: "Accept a company that was offered to this region",
		done: "Accepted: the company is now this region's."},
	{action: survey.ActionRefuse, short: "Refuse a company that was offered to this region",
		done: "Refused: it stays with its holder."},
	{action: survey.ActionWithdraw, short: "Take an offer back", done: "Withdrawn."},
}

// stepFlags holds the flags of one run of a step's verb.
type stepFlags struct {
	out          cli.Format
	cycle        survey.Cycle
	reason, file string
	to           survey.Region
	token        uint64
}

// NewStepCommands returns the verbs that take claims one step.
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

The step applies to the claim as it is now: the command first reads the claim's
fencing token from all regions. With --claim-token it applies to the claim as
you saw it, and is refused if the claim has changed since.

Several companies, or a list (CSV) with --file, get one result each. A refusal of one
does not hold back the others.`,
		RunE: func(cmd *cobra.Command, args []string) error { return takeStep(c, cmd, s, f, args) },
	}
	f.out.Flags(cmd, true)
	cli.CycleFlag(cmd, &f.cycle)
	cmd.Flags().StringVar(&f.file, "file", "", "list (CSV) of the companies")
	if !s.tokenless {
		cmd.Flags().Uint64Var(&f.token, "claim-token", 0, "fencing token of the claim as you saw it")
	}
	if s.reason {
		cmd.Flags().StringVar(&f.reason, "reason", "", "coded reason: "+survey.List(survey.ReasonCodes()))
	}
	if s.to {
		cli.ParsedFlag(cmd, &f.to, survey.ParseRegion, "to", "code of the region to offer it to (required)")
	}
	if s.must {
		cli.Require(cmd, "reason")
	}
	if s.to {
		cli.Require(cmd, "to")
	}
	return cmd
}

// stepRun is one run of a step's verb, after its command line has been read.
type stepRun struct {
	*cli.Invocation
	step  step
	out   cli.Format
	cl    *cli.Client
	cycle survey.Cycle
	body  api.ClaimStep // for one company; a token of 0 means that the claim's own is read first
}

func takeStep(c *cli.Invocation, cmd *cobra.Command, s step, f stepFlags, args []string) error {
	ids, err := namedCompanies(cmd, args, f.file)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return cli.Usage(cmd, "name at least one company, or a list with --file")
	}

	// Checked before anything is sent, so that wrong usage changes nothing.
	body, err := stepBody(cmd, s, f)
	if err != nil {
		return err
	}

	many := len(ids) > 1 || f.file != ""
	if many && f.token != 0 {
		return cli.Usage(cmd, "--claim-token goes with one company, not with a list")
	}

	cl, err := c.Connect()
	if err != nil {
		return err
	}
	r := stepRun{Invocation: c, step: s, out: f.out, cl: cl, cycle: f.cycle, body: body}
	if many {
		return r.many(cmd.Context(), ids)
	}
	return r.one(cmd.Context(), ids[0])
}

// stepBody makes the request from the flags.
func stepBody(cmd *cobra.Command, s step, f stepFlags) (api.ClaimStep, error) {
	body := api.ClaimStep{Token: f.token, Reason: survey.ReasonCode(f.reason), To: string(f.to)}
	if f.reason != "" && !slices.Contains(survey.ReasonCodes(), body.Reason) {
		return body, cli.Usage(cmd, "unknown reason %q: use one of %s", f.reason, survey.List(survey.ReasonCodes()))
	}
	return body, nil
}

// one takes one claim one step.
func (r stepRun) one(ctx context.Context, id survey.Identifier) error {
	// Bound to the claim that every region agrees on now: this node's copy may be behind.
	if r.body.Token == 0 && !r.step.tokenless {
		claim, err := claimNow(ctx, r.cl, r.cycle, id)
		if err != nil {
			return fmt.Errorf("%s %s: read its claim: %w", r.step.action, id, err)
		}
		r.body.Token = claim.Token
	}

	answer, err := r.cl.Post(ctx, cli.ClaimPath(r.cycle, id)+"/"+string(r.step.action), r.body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.step.action, id, err)
	}
	r.Say("%s", r.step.done)
	return printClaim(r.Invocation, r.out, answer)
}

// many takes many claims one step each, bound to the tokens that all regions agree on now. It
// prints the earlier batches even when a later one fails.
func (r stepRun) many(ctx context.Context, ids []survey.Identifier) error {
	held, tokens, err := r.tokens(ctx, ids)
	if err != nil {
		return err
	}

	items, failed := inBatches(held, func(part []survey.Identifier) (cli.Reply, error) {
		return r.cl.Post(ctx, cli.ClaimsPath(r.cycle)+":change", r.changes(part, tokens))
	})
	if failed != nil {
		failed = fmt.Errorf("%s: %w", r.step.action, failed)
	}

	// Steps that were taken are reported even if a later batch failed.
	counts, err := printOutcomes(r.Invocation, r.out, held, items, "Nothing was changed.")
	unheld := len(ids) - len(held)
	if counts != nil {
		r.Say("%d changed, %d unchanged, %d refused, %d held by nobody.", counts[survey.OutcomeChanged],
			counts[survey.OutcomeUnchanged], counts[survey.OutcomeRefused], unheld)
	}

	switch {
	case failed != nil:
		return failed
	case err != nil:
		return err
	case unheld > 0:
		return &cli.Silent{Code: cli.ExitNotFound}
	}
	return nil
}

// tokens returns the companies that some region holds, with their claims' tokens, and names the
// others. A tokenless step returns all companies.
func (r stepRun) tokens(ctx context.Context, ids []survey.Identifier) (
	held []survey.Identifier, tokens map[survey.Identifier]uint64, err error) {
	query := cli.Query("consistency", "linearizable")
	claims, _, err := cli.Pages[survey.Claim](ctx, r.cl, cli.ClaimsPath(r.cycle), query, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: read the claims: %w", r.step.action, err)
	}
	tokens = map[survey.Identifier]uint64{}
	for _, claim := range claims {
		tokens[claim.Organisation] = claim.Token
	}

	for _, id := range ids {
		if tokens[id] == 0 && !r.step.tokenless {
			// The list of claims has each company under one identifier only; this may be another of
			// its own.
			claim, err := claimNow(ctx, r.cl, r.cycle, id)
			if errors.Is(err, survey.ErrNotFound) {
				r.Say("%s: nobody holds it in %s", id, r.cycle)
				continue
			}
			if err != nil {
				return nil, nil, fmt.Errorf("%s: read the claim of %s: %w", r.step.action, id, err)
			}
			tokens[id] = claim.Token
		}
		held = append(held, id)
	}
	return held, tokens, nil
}

// changes returns the step for each of the companies.
func (r stepRun) changes(ids []survey.Identifier, tokens map[survey.Identifier]uint64) api.ClaimChanges {
	var changes api.ClaimChanges
	for _, id := range ids {
		change := survey.ClaimChange{Organisation: id, Action: r.step.action,
			Reason: r.body.Reason, OfferTo: survey.Region(r.body.To)}
		if !r.step.tokenless {
			change.Token = tokens[id]
		}
		changes.Changes = append(changes.Changes, change)
	}
	return changes
}
