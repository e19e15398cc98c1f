package federation

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// Innovations as the nation knows them: whose, how far, adopted by whom. Each
// write returns what the registry's method of the same name does, but a refusal
// as *survey.Refusal.

// RegisterInnovation registers an innovation of the organisation and returns its
// national id.
func (f *Federation) RegisterInnovation(ctx context.Context, request survey.Request, organisation survey.Identifier, stage string) (survey.InnovationID, survey.Outcome, error) {
	id, outcome, err := f.registry.RegisterInnovation(ctx, request, organisation, stage)
	outcome, err = f.decided(ctx, request, "innovation.register", string(organisation), string(id), outcome, err)
	return id, outcome, err
}

// SetInnovationStage says how far the innovation has come.
func (f *Federation) SetInnovationStage(ctx context.Context, request survey.Request, id survey.InnovationID, stage string) (survey.Outcome, error) {
	outcome, err := f.registry.SetInnovationStage(ctx, request, id, stage)
	return f.decided(ctx, request, "innovation.stage", string(id), stage, outcome, err)
}

// AdoptInnovation says that this region adopts the innovation.
func (f *Federation) AdoptInnovation(ctx context.Context, request survey.Request, id survey.InnovationID) (survey.Outcome, error) {
	outcome, err := f.registry.AdoptInnovation(ctx, request, id)
	return f.decided(ctx, request, "innovation.adopt", string(id), "", outcome, err)
}

// WithdrawAdoption says that this region does not adopt it any more.
func (f *Federation) WithdrawAdoption(ctx context.Context, request survey.Request, id survey.InnovationID) (survey.Outcome, error) {
	outcome, err := f.registry.WithdrawAdoption(ctx, request, id)
	return f.decided(ctx, request, "innovation.withdraw", string(id), "", outcome, err)
}
