package api

import (
	"context"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// CampaignTerms changes what the regions agreed on when they opened a campaign,
// and takes idle claims from their holders. A refusal may come as the outcome's
// or as the error.
type CampaignTerms interface {
	CampaignDates(ctx context.Context, request survey.Request, cycle survey.Cycle, opens, closes string) (survey.Outcome, error)
	CampaignPolicy(ctx context.Context, request survey.Request, cycle survey.Cycle, policy string) (survey.Outcome, error)
	CampaignLapse(ctx context.Context, request survey.Request, cycle survey.Cycle, days int) (survey.Outcome, error)
	ReleaseIdle(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier) (survey.Outcome, error)
}

// Waiting says that a step binds the nation and waits: a second region consents
// by taking the same step, or by endorsing Proposal, until Lapses.
type Waiting struct {
	Proposal uint64    `json:"proposal,omitempty" doc:"Number that a second region endorses; absent when the step is in effect"`
	Lapses   time.Time `json:"lapses,omitzero"`
}

// CampaignStepped is a campaign after a step, as it is then.
type CampaignStepped struct {
	survey.Campaign
	Waiting
}

// ClaimFreed is a claim after other regions asked for it to be released.
type ClaimFreed struct {
	survey.Claim
	Waiting
}

// CampaignChange has one of: the open campaign's new days, its new policy, for
// how long a claim stands of which nothing happens.
type CampaignChange struct {
	Opens  string `json:"opens,omitempty" format:"date" doc:"Day in Europe/London; absent: stays"`
	Closes string `json:"closes,omitempty" format:"date" doc:"Last day, in Europe/London; absent: stays"`
	Policy string `json:"policy,omitempty" pattern:"^[a-z0-9-]{1,32}$" example:"standard"`
	Lapse  *int   `json:"lapse_days,omitempty" minimum:"0" maximum:"366" doc:"Days after which a claim of which nothing happens is free again, by the registry's clock; 0: never"`
}

type (
	changeCampaign struct {
		CyclePath
		Body CampaignChange
	}
	releaseIdle struct{ ClaimPath }
	claimFreed  struct {
		Status int
		Body   ClaimFreed
	}
)

func (s *server) changeCampaign(ctx context.Context, in *changeCampaign) (*campaignWritten, error) {
	dates, policy, lapse := in.Body.Opens != "" || in.Body.Closes != "", in.Body.Policy != "", in.Body.Lapse != nil
	switch {
	case dates && policy, dates && lapse, policy && lapse, !dates && !policy && !lapse:
		return nil, invalidField("body", "name new days (opens, closes), a new policy, or lapse_days: each is decided by itself")
	case lapse:
		return s.stepCampaign(ctx, in.CyclePath, func(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
			return s.registry.CampaignLapse(ctx, request, cycle, *in.Body.Lapse)
		})
	case dates:
		return s.stepCampaign(ctx, in.CyclePath, func(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
			return s.registry.CampaignDates(ctx, request, cycle, in.Body.Opens, in.Body.Closes)
		})
	}
	return s.stepCampaign(ctx, in.CyclePath, func(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
		return s.registry.CampaignPolicy(ctx, request, cycle, in.Body.Policy)
	})
}

func (s *server) releaseIdle(ctx context.Context, in *releaseIdle) (*claimFreed, error) {
	cycle, id, err := in.parse()
	if err != nil {
		return nil, err
	}
	outcome, err := s.registry.ReleaseIdle(ctx, request(ctx), cycle, id)
	if err == nil && outcome.Refusal != nil {
		err = outcome.Refusal
	}
	if err != nil {
		return nil, err
	}
	claim, err := s.claimAfter(outcome, cycle, id)
	if err != nil {
		return nil, err
	}
	out := &claimFreed{Status: ok, Body: ClaimFreed{Claim: claim}}
	if waiting, waits := s.waits(outcome); waits {
		out.Status, out.Body.Waiting = accepted, waiting
	}
	return out, nil
}

// campaignAfter answers a step with the campaign as it is then: done is the
// status of a step in effect.
func (s *server) campaignAfter(outcome survey.Outcome, cycle survey.Cycle, done int) (*campaignWritten, error) {
	if outcome.Refusal != nil {
		return nil, outcome.Refusal
	}
	campaign, err := s.registry.Campaign(cycle)
	if err != nil {
		return nil, err
	}
	out := &campaignWritten{Status: done, Body: CampaignStepped{Campaign: campaign}}
	if waiting, waits := s.waits(outcome); waits {
		out.Status, out.Body.Waiting = accepted, waiting
	}
	return out, nil
}

// waits reports whether the step waits for a second region. Asked for again,
// the registry answers that it exists: it waits if it is a proposal that is
// still open.
func (s *server) waits(outcome survey.Outcome) (Waiting, bool) {
	if outcome.Status != survey.OutcomeProposed && outcome.Status != survey.OutcomeExists {
		return Waiting{}, false
	}
	waiting := Waiting{Proposal: outcome.Number}
	proposals := s.federation.Decisions().Proposals
	at := slices.IndexFunc(proposals, func(p survey.Proposal) bool {
		return p.Number == outcome.Number && p.State == survey.ProposalOpen
	})
	if at >= 0 {
		waiting.Lapses = proposals[at].Lapses
	}
	return waiting, at >= 0 || outcome.Status == survey.OutcomeProposed
}
