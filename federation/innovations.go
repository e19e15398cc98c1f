package federation

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// innovationReader reads innovations.
type innovationReader interface {
	Innovation(survey.InnovationID) (survey.Innovation, error)
	Innovations(survey.Identifier) []survey.Innovation
	InnovationCounts() survey.InnovationCounts
}

// Innovations are those that the nation knows: of which company, how far
// developed, adopted by which regions. Each write returns the outcome of the
// registry's method of the same name, and a refusal as *survey.Refusal. It leaves
// an entry in this node's own audit log.
type Innovations struct {
	innovationReader
	door
}

// RegisterInnovation registers an innovation of the organisation and returns its
// national id.
func (i Innovations) RegisterInnovation(
	ctx context.Context, request survey.Request, organisation survey.Identifier, stage string,
) (survey.InnovationID, survey.Outcome, error) {
	id, outcome, err := i.registry.RegisterInnovation(ctx, request, organisation, stage)
	outcome, err = i.asked(request, "innovation.register", string(organisation), string(id)).decided(outcome, err)
	return id, outcome, err
}

// SetInnovationStage says how far the innovation has come.
func (i Innovations) SetInnovationStage(
	ctx context.Context, request survey.Request, id survey.InnovationID, stage string,
) (survey.Outcome, error) {
	asked := i.asked(request, "innovation.stage", string(id), stage)
	return asked.decided(i.registry.SetInnovationStage(ctx, request, id, stage))
}

// AdoptInnovation says that this region adopts the innovation.
func (i Innovations) AdoptInnovation(
	ctx context.Context, request survey.Request, id survey.InnovationID,
) (survey.Outcome, error) {
	asked := i.asked(request, "innovation.adopt", string(id), "")
	return asked.decided(i.registry.AdoptInnovation(ctx, request, id))
}

// WithdrawAdoption says that this region does not adopt it any more.
func (i Innovations) WithdrawAdoption(
	ctx context.Context, request survey.Request, id survey.InnovationID,
) (survey.Outcome, error) {
	asked := i.asked(request, "innovation.withdraw", string(id), "")
	return asked.decided(i.registry.WithdrawAdoption(ctx, request, id))
}
