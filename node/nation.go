package node

import (
	"context"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/store/survey"
)

// nation is the registry as this region's people reach it: steps that bind the
// nation stand in the node's audit log.
type nation struct {
	*registry.Registry
	federation *federation.Federation
}

func (n *Node) nation() nation { return nation{n.federation.Registry(), n.federation} }

// OpenCampaign opens the survey of one cycle.
func (n nation) OpenCampaign(ctx context.Context, request survey.Request, c survey.Campaign) (survey.Outcome, error) {
	return n.federation.OpenCampaign(ctx, request, c)
}

// CloseCampaign ends it, and opens the first revision of its figures.
func (n nation) CloseCampaign(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
	return n.federation.CloseCampaign(ctx, request, cycle)
}

// CampaignDates changes its days.
func (n nation) CampaignDates(ctx context.Context, request survey.Request, cycle survey.Cycle, opens, closes string) (survey.Outcome, error) {
	return n.federation.CampaignDates(ctx, request, cycle, opens, closes)
}

// CampaignPolicy changes its disclosure policy.
func (n nation) CampaignPolicy(ctx context.Context, request survey.Request, cycle survey.Cycle, policy string) (survey.Outcome, error) {
	return n.federation.CampaignPolicy(ctx, request, cycle, policy)
}

// FreezeEligible fixes its eligible set.
func (n nation) FreezeEligible(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
	return n.federation.FreezeEligible(ctx, request, cycle)
}

// ReleaseIdle takes a company from a holder that does nothing.
func (n nation) ReleaseIdle(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier) (survey.Outcome, error) {
	return n.federation.ReleaseIdle(ctx, request, cycle, id)
}

// RegisterInnovation registers an innovation of an organisation.
func (n nation) RegisterInnovation(ctx context.Context, request survey.Request, organisation survey.Identifier, stage string) (survey.InnovationID, survey.Outcome, error) {
	return n.federation.RegisterInnovation(ctx, request, organisation, stage)
}

// SetInnovationStage says how far it has come.
func (n nation) SetInnovationStage(ctx context.Context, request survey.Request, id survey.InnovationID, stage string) (survey.Outcome, error) {
	return n.federation.SetInnovationStage(ctx, request, id, stage)
}

// AdoptInnovation says that this region adopts it.
func (n nation) AdoptInnovation(ctx context.Context, request survey.Request, id survey.InnovationID) (survey.Outcome, error) {
	return n.federation.AdoptInnovation(ctx, request, id)
}

// WithdrawAdoption says that it does not any more.
func (n nation) WithdrawAdoption(ctx context.Context, request survey.Request, id survey.InnovationID) (survey.Outcome, error) {
	return n.federation.WithdrawAdoption(ctx, request, id)
}
