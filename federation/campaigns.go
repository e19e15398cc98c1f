package federation

import (
	"context"
	"fmt"

	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/store/survey"
)

// campaignReader is what can be read of campaigns.
type campaignReader interface {
	Campaign(survey.Cycle) (survey.Campaign, error)
	Campaigns() []survey.Campaign
	Counts(survey.Cycle) (survey.CampaignCounts, error)
	EligibleSet(cycle survey.Cycle, after string, limit int) (page []survey.Eligible, next string)
}

// Campaigns are the yearly surveys and the companies that each means to ask.
// The steps return what the registry's method of the same name does, but a
// refusal as *survey.Refusal: proposed means that a second region has to
// consent, by the same step or by Endorse. Each leaves an entry in this node's
// own audit log, whatever came of it.
type Campaigns struct {
	campaignReader
	registry *registry.Registry
	audit    auditor
}

// step takes a step of one campaign.
func (c Campaigns) step(
	ctx context.Context, request survey.Request, action string, cycle survey.Cycle, words string,
	write func() (survey.Outcome, error),
) (survey.Outcome, error) {
	return c.audit.decide(ctx, command{request, "campaign." + action, string(cycle), words}, write)
}

// OpenCampaign opens the survey of one cycle for the nation.
func (c Campaigns) OpenCampaign(
	ctx context.Context, request survey.Request, terms survey.Campaign,
) (survey.Outcome, error) {
	return c.step(ctx, request, "open", terms.Cycle, "", func() (survey.Outcome, error) {
		return c.registry.OpenCampaign(ctx, request, terms)
	})
}

// CloseCampaign ends the cycle's campaign for the nation and opens the first
// revision of its figures.
func (c Campaigns) CloseCampaign(
	ctx context.Context, request survey.Request, cycle survey.Cycle,
) (survey.Outcome, error) {
	return c.step(ctx, request, "close", cycle, "", func() (survey.Outcome, error) {
		return c.registry.CloseCampaign(ctx, request, cycle)
	})
}

// CampaignDates changes the open campaign's days (YYYY-MM-DD); an empty one
// stays.
func (c Campaigns) CampaignDates(
	ctx context.Context, request survey.Request, cycle survey.Cycle, opens, closes string,
) (survey.Outcome, error) {
	words := fmt.Sprintf("from %q to %q", opens, closes)
	return c.step(ctx, request, "dates", cycle, words, func() (survey.Outcome, error) {
		return c.registry.CampaignDates(ctx, request, cycle, opens, closes)
	})
}

// CampaignPolicy changes the open campaign's disclosure policy, never to a laxer
// one than the federation was founded with.
func (c Campaigns) CampaignPolicy(
	ctx context.Context, request survey.Request, cycle survey.Cycle, policy string,
) (survey.Outcome, error) {
	return c.step(ctx, request, "policy", cycle, policy, func() (survey.Outcome, error) {
		return c.registry.CampaignPolicy(ctx, request, cycle, policy)
	})
}

// CampaignLapse changes after how many idle days a claim lapses; 0 is never.
func (c Campaigns) CampaignLapse(
	ctx context.Context, request survey.Request, cycle survey.Cycle, days int,
) (survey.Outcome, error) {
	return c.step(ctx, request, "lapse", cycle, fmt.Sprintf("%d days", days), func() (survey.Outcome, error) {
		return c.registry.CampaignLapse(ctx, request, cycle, days)
	})
}

// FreezeEligible fixes the cycle's eligible set.
func (c Campaigns) FreezeEligible(
	ctx context.Context, request survey.Request, cycle survey.Cycle,
) (survey.Outcome, error) {
	return c.step(ctx, request, "freeze", cycle, "", func() (survey.Outcome, error) {
		return c.registry.FreezeEligible(ctx, request, cycle)
	})
}

// RollForward puts what was eligible in an earlier cycle into the set.
func (c Campaigns) RollForward(
	ctx context.Context, request survey.Request, cycle, earlier survey.Cycle,
) (survey.Outcome, error) {
	return c.step(ctx, request, "roll", cycle, "from "+string(earlier), func() (survey.Outcome, error) {
		return c.registry.RollForward(ctx, request, cycle, earlier)
	})
}

// ImportEligible puts organisations into the eligible set, with an outcome for
// each.
func (c Campaigns) ImportEligible(
	ctx context.Context, request survey.Request, cycle survey.Cycle, ids []survey.Identifier,
) ([]survey.Outcome, error) {
	asked := command{request, "campaign.eligible", objectOf(cycle, ids), ""}
	return c.audit.decideEach(ctx, asked, func() ([]survey.Outcome, error) {
		return c.registry.ImportEligible(ctx, request, cycle, ids)
	})
}

// AddSupported records that this region supported the organisations in the
// cycle, with an outcome for each.
func (c Campaigns) AddSupported(
	ctx context.Context, request survey.Request, cycle survey.Cycle, ids []survey.Identifier,
) ([]survey.Outcome, error) {
	asked := command{request, "campaign.supported", objectOf(cycle, ids), ""}
	return c.audit.decideEach(ctx, asked, func() ([]survey.Outcome, error) {
		return c.registry.AddSupported(ctx, request, cycle, ids)
	})
}

// objectOf names the company of a list of one, otherwise the campaign.
func objectOf(cycle survey.Cycle, ids []survey.Identifier) string {
	if len(ids) == 1 {
		return about(cycle, ids[0])
	}
	return string(cycle)
}
