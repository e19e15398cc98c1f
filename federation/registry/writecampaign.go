package registry

import (
	"context"
	"fmt"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// CloseCampaign ends the cycle's campaign for the nation: proposed (a second
// region must consent, by the same or by Endorse), updated (it is closed), exists
// (this region proposed it already; Number is the proposal's), or refused with
// unknown-campaign or campaign-not-open. Blocks and fails as
// AddOrganisations; so do the methods below.
func (w *Writer) CloseCampaign(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome,
	error) {
	return w.write(ctx, request, state.CloseCampaign(cycle))
}

// FreezeEligible fixes the cycle's eligible set: proposed, updated, exists, or
// refused as CloseCampaign. Support and claims add to it still; that is shown as late.
func (w *Writer) FreezeEligible(ctx context.Context, request survey.Request,
	cycle survey.Cycle) (survey.Outcome, error) {
	return w.write(ctx, request, state.FreezeEligible(cycle))
}

// ImportEligible puts the organisations into the cycle's eligible set. Outcomes
// in the order of ids: created, exists, or refused with unknown-organisation,
// unknown-campaign, campaign-not-open, duplicate-in-list or invalid (also when
// the set is frozen).
func (w *Writer) ImportEligible(ctx context.Context, request survey.Request, cycle survey.Cycle,
	ids []survey.Identifier) ([]survey.Outcome, error) {
	return w.writeIdentifiers(ctx, request, cycle, ids, state.ImportEligible)
}

// RollForward adds the eligible set of the earlier cycle to this one's: updated, or refused with
// unknown-campaign, campaign-not-open or invalid. Doing it again adds only missing organisations.
func (w *Writer) RollForward(ctx context.Context, request survey.Request, cycle,
	earlier survey.Cycle) (survey.Outcome, error) {
	return w.write(ctx, request, state.RollForward(cycle, earlier))
}

// LiftDoNotSurvey lifts a company's wish not to be surveyed: updated, exists (it had none), or
// refused with unknown-organisation.
func (w *Writer) LiftDoNotSurvey(ctx context.Context, request survey.Request,
	id survey.Identifier) (survey.Outcome, error) {
	parsed, err := survey.ParseIdentifier(string(id))
	if err != nil {
		return survey.Outcome{}, fmt.Errorf("lift do-not-survey: %w", err)
	}
	return w.write(ctx, request, state.LiftDoNotSurvey(parsed))
}

// CampaignLapse sets after how many days without a step a claim of the open campaign lapses; 0
// turns it off. Refused with unknown-campaign, campaign-not-open, invalid, or needs-upgrade.
func (w *Writer) CampaignLapse(ctx context.Context, request survey.Request, cycle survey.Cycle,
	days int) (survey.Outcome, error) {
	return w.Propose(ctx, request, survey.NewProposal{Kind: survey.ProposeCampaignLapse, Cycle: cycle, LapseDays: days})
}

// LapseClaims notes that the time of the claims is over. Outcomes as those of
// ChangeClaims; also refused with not-in-this-state where it is not.
func (w *Writer) LapseClaims(ctx context.Context, request survey.Request, cycle survey.Cycle,
	due []survey.ClaimChange) ([]survey.Outcome, error) {
	l, cycle, err := w.newCycleList(request, cycle, len(due))
	if err != nil {
		return nil, fmt.Errorf("let claims lapse: %w", err)
	}
	for range due {
		l.expect()
	}
	return w.writeList(ctx, l, state.LapseClaims(cycle, due))
}

// The write methods of steps that bind the nation. Each returns proposed (a
// second region must consent, by the same call or by Endorse; Number is the
// proposal's), updated (in effect), exists (it was so, or this region proposed
// it already) or refused, and blocks and fails as AddOrganisations.

// CampaignDates changes the days (YYYY-MM-DD) on which the open campaign opens
// and closes; an empty one stays. Refused with unknown-campaign,
// campaign-not-open or invalid.
func (w *Writer) CampaignDates(ctx context.Context, request survey.Request, cycle survey.Cycle, opens,
	closes string) (survey.Outcome, error) {
	return w.Propose(ctx, request, survey.NewProposal{Kind: survey.ProposeCampaignDates, Cycle: cycle,
		Opens: opens, Closes: closes})
}

// CampaignPolicy changes the open campaign's disclosure policy. Refused with
// unknown-campaign, campaign-not-open, or invalid if it is laxer than the one
// that the federation was founded with.
func (w *Writer) CampaignPolicy(ctx context.Context, request survey.Request, cycle survey.Cycle,
	policy string) (survey.Outcome, error) {
	return w.Propose(ctx, request, survey.NewProposal{Kind: survey.ProposeCampaignPolicy, Cycle: cycle, Policy: policy})
}

// ReleaseIdle takes the company from a holder that has not contacted it for 28 days, if two other
// regions agree. The outcome has the claim once it is free. Refused with not-claimed,
// not-in-this-state (not idle), second-region-needed (it is this region's own),
// unknown-organisation, unknown-campaign or campaign-not-open.
func (w *Writer) ReleaseIdle(ctx context.Context, request survey.Request, cycle survey.Cycle,
	id survey.Identifier) (survey.Outcome, error) {
	parsed, err := survey.ParseIdentifier(string(id))
	if err != nil {
		return survey.Outcome{}, fmt.Errorf("release an idle claim: %w", err)
	}
	return w.Propose(ctx, request, survey.NewProposal{Kind: survey.ProposeReleaseIdle, Cycle: cycle,
		Organisation: parsed})
}
