package node

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// certifier composes the steps towards a certified year: figures from the
// totals, decisions from the registry.
type certifier struct {
	federation *federation.Federation
	region     survey.Region
}

func (c certifier) steps() steps { return steps{c.federation} }

// revision finds the revision that is meant, the newest if none is named. It
// sees what other regions decided up to now: a step after a close is one.
func (c certifier) revision(ctx context.Context, cycle survey.Cycle, asked *int) (survey.Revision, error) {
	if _, err := c.federation.Registry().Await(ctx, survey.Consistency{Linearizable: true}); err != nil {
		return survey.Revision{}, err
	}
	all, err := c.federation.Revisions(cycle)
	if err != nil {
		return survey.Revision{}, err
	}
	if len(all) == 0 {
		campaign, err := c.federation.Registry().Campaign(cycle)
		if err != nil {
			return survey.Revision{}, err
		}
		return survey.Revision{}, &survey.Refusal{Code: survey.RefusedCampaignNotClosed, Detail: unopened(campaign)}
	}
	for _, r := range all {
		if asked != nil && r.Revision == *asked {
			return r, nil
		}
	}
	if asked != nil {
		return survey.Revision{}, &survey.Refusal{Code: survey.RefusedUnknownRevision,
			Detail: fmt.Sprintf("%s has the revisions 0 to %d", cycle, len(all)-1)}
	}
	return all[len(all)-1], nil
}

func unopened(c survey.Campaign) string {
	if c.State == survey.CampaignClosed || c.State == survey.CampaignCertified {
		return fmt.Sprintf("campaign %s was closed before there were revisions: open the first one", c.Cycle)
	}
	return fmt.Sprintf("figures become final after the campaign's close: campaign %s is %s", c.Cycle, c.State)
}

// SignOff makes this region's final summary and puts it into the registry.
func (c certifier) SignOff(ctx context.Context, request survey.Request, cycle survey.Cycle, asked *int) (api.CertificationStep, error) {
	r, err := c.revision(ctx, cycle, asked)
	if err != nil {
		return api.CertificationStep{}, err
	}
	if r.State == survey.RevisionCertified { // the registry refuses it in its own words
		outcome, err := c.federation.SignOff(ctx, request, cycle, r.Revision, nil)
		return c.stepped(cycle, r.Revision, outcome, [32]byte{}, err)
	}
	outcome, hash, err := c.steps().signOff(ctx, request, cycle, r.Revision)
	return c.stepped(cycle, r.Revision, outcome, hash, definite(err))
}

// CoSign derives the national table from the registry and co-signs it, if
// nothing speaks against it.
func (c certifier) CoSign(ctx context.Context, request survey.Request, cycle survey.Cycle, asked *int, table string) (api.CertificationStep, error) {
	r, err := c.revision(ctx, cycle, asked)
	if err != nil {
		return api.CertificationStep{}, err
	}
	if missing := missing(r); len(missing) > 0 {
		return api.CertificationStep{}, &survey.Refusal{Code: survey.RefusedNotSettled,
			Detail: fmt.Sprintf("the table is not complete: no sign-off of %s", list(missing))}
	}
	outcome, hash, err := c.steps().coSign(ctx, request, cycle, r.Revision, table)
	if errors.Is(err, errOtherTable) {
		err = &survey.Refusal{Code: survey.RefusedNoTable, Detail: fmt.Sprintf("you name the table %.16s, here follows %.16s: it is not co-signed", table, hexOf(hash))}
	}
	return c.stepped(cycle, r.Revision, outcome, hash, definite(err))
}

// LetStand proposes, or consents, that a region's last signed summary stands.
// The summary is the one that this node holds.
func (c certifier) LetStand(ctx context.Context, request survey.Request, cycle survey.Cycle, what api.OtherRegion) (api.CertificationStep, error) {
	r, err := c.revision(ctx, cycle, what.Revision)
	if err != nil {
		return api.CertificationStep{}, err
	}
	outcome, hash, err := c.steps().letStand(ctx, request, cycle, r.Revision, what.Region, what.Reason, what.Words)
	if errors.Is(err, errNothingStands) {
		err = &survey.Refusal{Code: survey.RefusedNotReporting, Detail: whyNothingStands(err, what.Region) + " (absent)"}
	}
	return c.stepped(cycle, r.Revision, outcome, hash, err)
}

// MarkAbsent proposes, or consents, to go on without a region's figures.
func (c certifier) MarkAbsent(ctx context.Context, request survey.Request, cycle survey.Cycle, what api.OtherRegion) (api.CertificationStep, error) {
	r, err := c.revision(ctx, cycle, what.Revision)
	if err != nil {
		return api.CertificationStep{}, err
	}
	outcome, err := c.federation.MarkAbsent(ctx, request, cycle, r.Revision, what.Region, what.Reason, what.Words)
	return c.stepped(cycle, r.Revision, outcome, [32]byte{}, err)
}

// OpenRevision proposes, or consents, to open the next edition.
func (c certifier) OpenRevision(ctx context.Context, request survey.Request, cycle survey.Cycle, reason survey.ReasonCode, words string) (api.CertificationStep, error) {
	outcome, err := c.federation.OpenRevision(ctx, request, cycle, reason, words)
	if err != nil {
		return api.CertificationStep{}, err
	}
	next := 0
	if all, err := c.federation.Revisions(cycle); err == nil && len(all) > 0 {
		next = all[len(all)-1].Revision
		if outcome.Decided == nil {
			next++ // it waits
		}
	}
	return c.stepped(cycle, next, outcome, [32]byte{}, nil)
}

// Published returns a certified revision as a file, the newest certified one if
// none is named.
func (c certifier) Published(ctx context.Context, cycle survey.Cycle, asked *int) ([]byte, error) {
	if asked == nil {
		newest, certified := c.federation.Certified(cycle)
		if !certified {
			return nil, fmt.Errorf("publish %s: nothing is certified for this cycle yet: %w", cycle, survey.ErrNotFound)
		}
		asked = &newest.Revision
	}
	file, err := c.federation.Published(ctx, cycle, *asked)
	return file, definite(err)
}

// stepped says what became of a step about the revision.
func (c certifier) stepped(cycle survey.Cycle, revision int, outcome survey.Outcome, hash [32]byte, err error) (api.CertificationStep, error) {
	if err != nil {
		return api.CertificationStep{}, err
	}
	step := api.CertificationStep{Outcome: outcome.Status, Number: outcome.Number, Revision: revision, Hash: hexOf(hash)}
	if p, open := openProposal(c.federation.Registry().Proposals(), outcome); open {
		step.Proposal, step.Lapses = p.Number, p.Lapses
	}
	if all, err := c.federation.Revisions(cycle); err == nil {
		for _, r := range all {
			if r.Revision == revision {
				step.State = r.State
			}
		}
	}
	return step, nil
}

// openProposal finds the proposal that the outcome is about, if it waits still.
// Asked for again, the registry answers exists for what waits and for what is
// done.
func openProposal(all []survey.Proposal, outcome survey.Outcome) (survey.Proposal, bool) {
	if outcome.Status == survey.OutcomeUpdated {
		return survey.Proposal{}, false
	}
	at := slices.IndexFunc(all, func(p survey.Proposal) bool { return p.Number == outcome.Number && p.State == survey.ProposalOpen })
	if at < 0 {
		return survey.Proposal{Number: outcome.Number}, outcome.Status == survey.OutcomeProposed
	}
	return all[at], true
}
