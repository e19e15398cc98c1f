package registry

import (
	"context"
	"fmt"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// RegisterInnovation registers an innovation of the organisation, at the stage if one is named. The
// outcome is created, with the id that this node minted in Outcome.ID, or refused with
// unknown-organisation or invalid; the same request gives the same id. The innovation's name stays
// on this node. Blocks and fails as AddOrganisations; so do the methods below.
func (w *Writer) RegisterInnovation(ctx context.Context, request survey.Request, organisation survey.Identifier,
	stage string) (survey.InnovationID, survey.Outcome, error) {
	parsed, err := survey.ParseIdentifier(string(organisation))
	if err != nil {
		return "", survey.Outcome{}, fmt.Errorf("register an innovation: %w", err)
	}
	id, command := state.RegisterInnovation(w.options.Key, request.ID, parsed, stage)
	outcome, err := w.changeInnovation(ctx, request, id, command)
	return id, outcome, err
}

// SetInnovationStage says how far the innovation has come: updated, exists, or
// refused with unknown-innovation or invalid.
func (w *Writer) SetInnovationStage(ctx context.Context, request survey.Request, id survey.InnovationID,
	stage string) (survey.Outcome, error) {
	return w.changeInnovation(ctx, request, id, state.SetInnovationStage(id, stage))
}

// AdoptInnovation says that this region adopts the innovation: updated, exists,
// or refused with unknown-innovation.
func (w *Writer) AdoptInnovation(ctx context.Context, request survey.Request,
	id survey.InnovationID) (survey.Outcome, error) {
	return w.changeInnovation(ctx, request, id, state.AdoptInnovation(id))
}

// WithdrawAdoption says that this region does not adopt the innovation any more:
// updated, exists, or refused with unknown-innovation.
func (w *Writer) WithdrawAdoption(ctx context.Context, request survey.Request,
	id survey.InnovationID) (survey.Outcome, error) {
	return w.changeInnovation(ctx, request, id, state.WithdrawAdoption(id))
}

func (w *Writer) changeInnovation(ctx context.Context, request survey.Request, id survey.InnovationID,
	c state.Command) (survey.Outcome, error) {
	return w.writeAs(ctx, request, c, "innovation %s", id)
}
