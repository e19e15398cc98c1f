package api

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// Innovations registers the nation's innovations: whose they are, their stage,
// and the regions that adopted them. Their names and figures are the regions'
// own records. A refusal may be in the outcome or be the error.
type Innovations interface {
	RegisterInnovation(
		ctx context.Context, request survey.Request, organisation survey.Identifier, stage string,
	) (survey.InnovationID, survey.Outcome, error)
	SetInnovationStage(
		ctx context.Context, request survey.Request, id survey.InnovationID, stage string,
	) (survey.Outcome, error)
	AdoptInnovation(ctx context.Context, request survey.Request, id survey.InnovationID) (survey.Outcome, error)
	WithdrawAdoption(ctx context.Context, request survey.Request, id survey.InnovationID) (survey.Outcome, error)
	Innovation(id survey.InnovationID) (survey.Innovation, error)
	Innovations(organisation survey.Identifier) []survey.Innovation
	InnovationCounts() survey.InnovationCounts
}

// NewInnovation registers an innovation of an organisation.
type NewInnovation struct {
	Organisation string `json:"organisation" maxLength:"80" example:"GB-COH:07209813"`
	Stage        string `json:"stage,omitempty" maxLength:"32"`
}

// InnovationStage says how far an innovation has come.
type InnovationStage struct {
	Stage string `json:"stage" minLength:"1" maxLength:"32"`
}

// InnovationPath is an innovation in a path.
type InnovationPath struct {
	ID string `path:"id" maxLength:"30" example:"INN:01J8ZZZZZZZZZZZZZZZZZZZZZZ"`
}

type (
	innovationsOf struct {
		Organisation string `query:"organisation" maxLength:"80" required:"true" doc:"Any identifier or alias"`
		Freshness
	}
	getInnovation struct {
		InnovationPath
		Freshness
	}
	countInnovations struct{ Freshness }
	newInnovation    struct{ Body NewInnovation }
	stageOf          struct {
		InnovationPath
		Body InnovationStage
	}
	innovationWritten struct {
		Status int
		Body   survey.Innovation
	}
)

// innovationHandlers read and register the nation's innovations. The records
// that a region keeps of them for itself are under /innovations.
type innovationHandlers struct {
	replica       Replica
	organisations organisationFinder
	innovations   Innovations
}

func (h innovationHandlers) list(
	ctx context.Context, in *innovationsOf,
) (*registryRead[Page[survey.Innovation]], error) {
	id, err := parseIdentifier("query.organisation", in.Organisation)
	return readOne(ctx, err, in.Freshness, h.replica, func() (Page[survey.Innovation], error) {
		// Without this, an unknown organisation would look like one without innovations.
		if _, err := h.organisations.Organisation(id); err != nil {
			return Page[survey.Innovation]{}, err
		}
		return page("innovations", h.innovations.Innovations(id), ""), nil
	})
}

func (h innovationHandlers) count(
	ctx context.Context, in *countInnovations,
) (*registryRead[survey.InnovationCounts], error) {
	return readOne(ctx, nil, in.Freshness, h.replica, func() (survey.InnovationCounts, error) {
		return h.innovations.InnovationCounts(), nil
	})
}

func (h innovationHandlers) get(ctx context.Context, in *getInnovation) (*registryRead[survey.Innovation], error) {
	return readOne(ctx, nil, in.Freshness, h.replica, func() (survey.Innovation, error) {
		return h.innovations.Innovation(survey.InnovationID(in.ID))
	})
}

func (h innovationHandlers) register(ctx context.Context, in *newInnovation) (*innovationWritten, error) {
	organisation, err := parseIdentifier("body.organisation", in.Body.Organisation)
	if err != nil {
		return nil, err
	}

	id, outcome, err := h.innovations.RegisterInnovation(ctx, request(ctx), organisation, in.Body.Stage)
	return h.after(id, outcome, err)
}

func (h innovationHandlers) stage(ctx context.Context, in *stageOf) (*innovationWritten, error) {
	id := survey.InnovationID(in.ID)
	outcome, err := h.innovations.SetInnovationStage(ctx, request(ctx), id, in.Body.Stage)
	return h.after(id, outcome, err)
}

func (h innovationHandlers) adopt(ctx context.Context, in *InnovationPath) (*innovationWritten, error) {
	id := survey.InnovationID(in.ID)
	outcome, err := h.innovations.AdoptInnovation(ctx, request(ctx), id)
	return h.after(id, outcome, err)
}

func (h innovationHandlers) withdraw(ctx context.Context, in *InnovationPath) (*innovationWritten, error) {
	id := survey.InnovationID(in.ID)
	outcome, err := h.innovations.WithdrawAdoption(ctx, request(ctx), id)
	return h.after(id, outcome, err)
}

// after returns the innovation as it is after the command.
func (h innovationHandlers) after(
	id survey.InnovationID, outcome survey.Outcome, err error,
) (*innovationWritten, error) {
	if err := refusedOr(err, outcome); err != nil {
		return nil, err
	}

	innovation, err := h.innovations.Innovation(id)
	if err != nil {
		return nil, err
	}
	return &innovationWritten{Status: createdOrExisting(outcome), Body: innovation}, nil
}
