package registry

import (
	"context"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// The write methods of steps that bind the nation. Each returns proposed (a
// second region must consent, by the same call or by Endorse; Number is the
// proposal's), updated (in effect), exists (it was so, or this region proposed
// it already) or refused, and blocks and fails as AddOrganisations.

// CampaignDates changes the days (YYYY-MM-DD) on which the open campaign opens
// and closes; an empty one stays. Refused with unknown-campaign,
// campaign-not-open or invalid.
func (r *Registry) CampaignDates(ctx context.Context, request survey.Request, cycle survey.Cycle, opens, closes string) (survey.Outcome, error) {
	return r.Propose(ctx, request, survey.NewProposal{Kind: survey.ProposeCampaignDates, Cycle: cycle, Opens: opens, Closes: closes})
}

// CampaignPolicy changes the open campaign's disclosure policy. Refused with
// unknown-campaign, campaign-not-open, or invalid if it is laxer than the one
// that the federation was founded with.
func (r *Registry) CampaignPolicy(ctx context.Context, request survey.Request, cycle survey.Cycle, policy string) (survey.Outcome, error) {
	return r.Propose(ctx, request, survey.NewProposal{Kind: survey.ProposeCampaignPolicy, Cycle: cycle, Policy: policy})
}

// ReleaseIdle takes the company from a holder that has not contacted it for 28
// days, if two other regions want it so. The outcome has the claim when it is
// free. Refused with not-claimed, not-in-this-state (not idle),
// second-region-needed (it is this region's own), unknown-organisation, unknown-campaign or campaign-not-open.
func (r *Registry) ReleaseIdle(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier) (survey.Outcome, error) {
	parsed, err := survey.ParseIdentifier(string(id))
	if err != nil {
		return survey.Outcome{}, fmt.Errorf("release an idle claim: %w", err)
	}
	return r.Propose(ctx, request, survey.NewProposal{Kind: survey.ProposeReleaseIdle, Cycle: cycle, Organisation: parsed})
}
