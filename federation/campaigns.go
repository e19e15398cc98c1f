package federation

import (
	"context"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// The steps of a campaign, with the entry in this node's own audit log. Each
// returns what the registry's method of the same name does, but a refusal as
// *survey.Refusal: proposed means that a second region has to consent, by the
// same step or by Endorse.

// OpenCampaign opens the survey of one cycle for the nation.
func (f *Federation) OpenCampaign(ctx context.Context, request survey.Request, c survey.Campaign) (survey.Outcome, error) {
	outcome, err := f.registry.OpenCampaign(ctx, request, c)
	return f.decided(ctx, request, "campaign.open", string(c.Cycle), "", outcome, err)
}

// CloseCampaign ends the cycle's campaign for the nation and opens the first
// revision of its figures.
func (f *Federation) CloseCampaign(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
	outcome, err := f.registry.CloseCampaign(ctx, request, cycle)
	return f.decided(ctx, request, "campaign.close", string(cycle), "", outcome, err)
}

// CampaignDates changes the open campaign's days (YYYY-MM-DD); an empty one
// stays.
func (f *Federation) CampaignDates(ctx context.Context, request survey.Request, cycle survey.Cycle, opens, closes string) (survey.Outcome, error) {
	outcome, err := f.registry.CampaignDates(ctx, request, cycle, opens, closes)
	return f.decided(ctx, request, "campaign.dates", string(cycle), fmt.Sprintf("from %q to %q", opens, closes), outcome, err)
}

// CampaignPolicy changes the open campaign's disclosure policy, never to a laxer
// one than the federation was founded with.
func (f *Federation) CampaignPolicy(ctx context.Context, request survey.Request, cycle survey.Cycle, policy string) (survey.Outcome, error) {
	outcome, err := f.registry.CampaignPolicy(ctx, request, cycle, policy)
	return f.decided(ctx, request, "campaign.policy", string(cycle), policy, outcome, err)
}

// FreezeEligible fixes the cycle's eligible set.
func (f *Federation) FreezeEligible(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
	outcome, err := f.registry.FreezeEligible(ctx, request, cycle)
	return f.decided(ctx, request, "campaign.freeze", string(cycle), "", outcome, err)
}

// ReleaseIdle takes the company from a holder that has not contacted it for 28
// days.
func (f *Federation) ReleaseIdle(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier) (survey.Outcome, error) {
	outcome, err := f.registry.ReleaseIdle(ctx, request, cycle, id)
	return f.decided(ctx, request, "claim.release-idle", string(cycle)+" "+string(id), "", outcome, err)
}

// proposed says in words what a proposal is about.
func proposed(p survey.Proposal) string {
	text := "to " + string(p.Kind)
	for _, object := range []string{string(p.Cycle), string(p.Organisation), string(p.Region)} {
		if object != "" {
			text += " " + object
		}
	}
	if p.Reason != "" {
		text += fmt.Sprintf(" (%s)", p.Reason)
	}
	return text
}
