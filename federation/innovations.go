package federation

import (
	"context"

	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/store/survey"
)

// innovationReader is what can be read of innovations.
type innovationReader interface {
	Innovation(survey.InnovationID) (survey.Innovation, error)
	Innovations(survey.Identifier) []survey.Innovation
	InnovationCounts() survey.InnovationCounts
}

// Innovations are those that the nation knows: whose, how far, adopted by whom.
// Each write returns what the registry's method of the same name does, but a
// refusal as *survey.Refusal, and leaves an entry in this node's own audit log.
type Innovations struct {
	innovationReader
	registry *registry.Registry
	audit    auditor
}

// RegisterInnovation registers an innovation of the organisation and returns its
// national id.
func (i Innovations) RegisterInnovation(
	ctx context.Context, request survey.Request, organisation survey.Identifier, stage string,
) (survey.InnovationID, survey.Outcome, error) {
	var id survey.InnovationID
	asked := command{request, "innovation.register", string(organisation), ""}
	outcome, err := i.audit.decideAbout(ctx, &asked, func() (outcome survey.Outcome, err error) {
		id, outcome, err = i.registry.RegisterInnovation(ctx, request, organisation, stage)
		asked.words = string(id)
		return outcome, err
	})
	return id, outcome, err
}

// SetInnovationStage says how far the innovation has come.
func (i Innovations) SetInnovationStage(
	ctx context.Context, request survey.Request, id survey.InnovationID, stage string,
) (survey.Outcome, error) {
	return i.audit.decide(ctx, command{request, "innovation.stage", string(id), stage}, func() (survey.Outcome, error) {
		return i.registry.SetInnovationStage(ctx, request, id, stage)
	})
}

// AdoptInnovation says that this region adopts the innovation.
func (i Innovations) AdoptInnovation(
	ctx context.Context, request survey.Request, id survey.InnovationID,
) (survey.Outcome, error) {
	return i.audit.decide(ctx, command{request, "innovation.adopt", string(id), ""}, func() (survey.Outcome, error) {
		return i.registry.AdoptInnovation(ctx, request, id)
	})
}

// WithdrawAdoption says that this region does not adopt it any more.
func (i Innovations) WithdrawAdoption(
	ctx context.Context, request survey.Request, id survey.InnovationID,
) (survey.Outcome, error) {
	return i.audit.decide(ctx, command{request, "innovation.withdraw", string(id), ""}, func() (survey.Outcome, error) {
		return i.registry.WithdrawAdoption(ctx, request, id)
	})
}
