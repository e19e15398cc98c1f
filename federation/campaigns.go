package federation

import (
	"context"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// campaignReader reads campaigns.
type campaignReader interface {
	Campaign(survey.Cycle) (survey.Campaign, error)
	Campaigns() []survey.Campaign
	Counts(survey.Cycle) (survey.CampaignCounts, error)
	EligibleSet(cycle survey.Cycle, after string, limit int) (page []survey.Eligible, next string)
}

// Campaigns are the yearly surveys and the companies that each means to ask. Each
// step returns the outcome of the registry's method of the same name, and a
// refusal as *survey.Refusal. The outcome "proposed" means that a second region
// has to consent, by the same step or by Endorse. Every step leaves an entry in
// this node's own audit log.
type Campaigns struct {
	campaignReader
	door
}

// OpenCampaign opens the survey of one cycle for the nation.
func (c Campaigns) OpenCampaign(
	ctx context.Context, request survey.Request, terms survey.Campaign,
) (survey.Outcome, error) {
	asked := c.asked(request, "campaign.open", string(terms.Cycle), "")
	return asked.decided(c.registry.OpenCampaign(ctx, request, terms))
}

// CloseCampaign ends the cycle's campaign for the nation and opens the first
// revision of its figures.
func (c Campaigns) CloseCampaign(
	ctx context.Context, request survey.Request, cycle survey.Cycle,
) (survey.Outcome, error) {
	asked := c.asked(request, "campaign.close", string(cycle), "")
	return asked.decided(c.registry.CloseCampaign(ctx, request, cycle))
}

// CampaignDates changes the open campaign's days (YYYY-MM-DD). An empty day stays
// as it is.
func (c Campaigns) CampaignDates(
	ctx context.Context, request survey.Request, cycle survey.Cycle, opens, closes string,
) (survey.Outcome, error) {
	asked := c.asked(request, "campaign.dates", string(cycle), fmt.Sprintf("from %q to %q", opens, closes))
	return asked.decided(c.registry.CampaignDates(ctx, request, cycle, opens, closes))
}

// CampaignPolicy changes the open campaign's disclosure policy, never to a laxer
// one than the federation was founded with.
func (c Campaigns) CampaignPolicy(
	ctx context.Context, request survey.Request, cycle survey.Cycle, policy string,
) (survey.Outcome, error) {
	asked := c.asked(request, "campaign.policy", string(cycle), policy)
	return asked.decided(c.registry.CampaignPolicy(ctx, request, cycle, policy))
}

// CampaignLapse changes after how many idle days a claim lapses; 0 is never.
func (c Campaigns) CampaignLapse(
	ctx context.Context, request survey.Request, cycle survey.Cycle, days int,
) (survey.Outcome, error) {
	asked := c.asked(request, "campaign.lapse", string(cycle), fmt.Sprintf("%d days", days))
	return asked.decided(c.registry.CampaignLapse(ctx, request, cycle, days))
}

// FreezeEligible fixes the cycle's eligible set.
func (c Campaigns) FreezeEligible(
	ctx context.Context, request survey.Request, cycle survey.Cycle,
) (survey.Outcome, error) {
	asked := c.asked(request, "campaign.freeze", string(cycle), "")
	return asked.decided(c.registry.FreezeEligible(ctx, request, cycle))
}

// RollForward adds the eligible companies of an earlier cycle to the cycle's set.
func (c Campaigns) RollForward(
	ctx context.Context, request survey.Request, cycle, earlier survey.Cycle,
) (survey.Outcome, error) {
	asked := c.asked(request, "campaign.roll", string(cycle), "from "+string(earlier))
	return asked.decided(c.registry.RollForward(ctx, request, cycle, earlier))
}

// ImportEligible adds organisations to the eligible set. It returns an outcome
// for each.
func (c Campaigns) ImportEligible(
	ctx context.Context, request survey.Request, cycle survey.Cycle, ids []survey.Identifier,
) ([]survey.Outcome, error) {
	asked := c.asked(request, "campaign.eligible", objectOf(cycle, ids), "")
	return asked.decidedEach(c.registry.ImportEligible(ctx, request, cycle, ids))
}

// AddSupported records that this region supported the organisations in the
// cycle. It returns an outcome for each.
func (c Campaigns) AddSupported(
	ctx context.Context, request survey.Request, cycle survey.Cycle, ids []survey.Identifier,
) ([]survey.Outcome, error) {
	asked := c.asked(request, "campaign.supported", objectOf(cycle, ids), "")
	return asked.decidedEach(c.registry.AddSupported(ctx, request, cycle, ids))
}

// objectOf names the company of a list of one, otherwise the campaign.
func objectOf(cycle survey.Cycle, ids []survey.Identifier) string {
	if len(ids) == 1 {
		return about(cycle, ids[0])
	}
	return string(cycle)
}
