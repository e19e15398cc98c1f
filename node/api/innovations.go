package api

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// Innovator registers what the nation knows of innovations: whose, how far,
// adopted by whom. Their names and figures are the regions' own records.
type Innovator interface {
	RegisterInnovation(ctx context.Context, request survey.Request, organisation survey.Identifier, stage string) (survey.InnovationID, survey.Outcome, error)
	SetInnovationStage(ctx context.Context, request survey.Request, id survey.InnovationID, stage string) (survey.Outcome, error)
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
	innovationsPage struct {
		ReadHeaders
		Body Page[survey.Innovation]
	}
	innovationRead struct {
		ReadHeaders
		Body survey.Innovation
	}
	getInnovation struct {
		InnovationPath
		Freshness
	}
	countInnovations struct{ Freshness }
	innovationCounts struct {
		ReadHeaders
		Body survey.InnovationCounts
	}
	newInnovation struct{ Body NewInnovation }
	stageOf       struct {
		InnovationPath
		Body InnovationStage
	}
	innovationWritten struct {
		Status int
		Body   survey.Innovation
	}
)

// innovationRoutes are those of the nation's innovations. What a region records
// of them for itself is under /innovations.
func (s *server) innovationRoutes() []route {
	const one = "/national-innovations/{id}"
	return []route{
		on(get, "/national-innovations", viewer, reads, "The innovations of an organisation, as the nation counts them", s.listInnovations),
		on(post, "/national-innovations", adviser, binds, "Register an innovation of an organisation", s.registerInnovation, created, ok),
		on(get, "/national-innovations/counts", viewer, reads, "The nation's innovations, each counted once", s.countInnovations),
		on(get, one, viewer, reads, "One innovation", s.getInnovation),
		on(post, one+"/stage", adviser, binds, "Say how far the innovation has come", s.stageInnovation),
		on(post, one+"/adopt", adviser, binds, "This region adopts the innovation", s.stepInnovation(s.registry.AdoptInnovation)),
		on(post, one+"/withdraw", adviser, binds, "This region does not adopt it any more", s.stepInnovation(s.registry.WithdrawAdoption)),
	}
}

func (s *server) listInnovations(ctx context.Context, in *innovationsOf) (*innovationsPage, error) {
	id, err := parseIdentifier("query.organisation", in.Organisation)
	if err != nil {
		return nil, err
	}
	headers, err := s.await(ctx, in.Freshness)
	if err != nil {
		return nil, err
	}
	if _, err := s.registry.Organisation(id); err != nil {
		return nil, err
	}
	return &innovationsPage{ReadHeaders: headers, Body: page("innovations", s.registry.Innovations(id), "")}, nil
}

func (s *server) countInnovations(ctx context.Context, in *countInnovations) (*innovationCounts, error) {
	headers, err := s.await(ctx, in.Freshness)
	if err != nil {
		return nil, err
	}
	return &innovationCounts{ReadHeaders: headers, Body: s.registry.InnovationCounts()}, nil
}

func (s *server) getInnovation(ctx context.Context, in *getInnovation) (*innovationRead, error) {
	headers, err := s.await(ctx, in.Freshness)
	if err != nil {
		return nil, err
	}
	innovation, err := s.registry.Innovation(survey.InnovationID(in.ID))
	if err != nil {
		return nil, err
	}
	return &innovationRead{ReadHeaders: headers, Body: innovation}, nil
}

func (s *server) registerInnovation(ctx context.Context, in *newInnovation) (*innovationWritten, error) {
	organisation, err := parseIdentifier("body.organisation", in.Body.Organisation)
	if err != nil {
		return nil, err
	}
	id, outcome, err := s.registry.RegisterInnovation(ctx, request(ctx), organisation, in.Body.Stage)
	return s.innovationAfter(id, outcome, err)
}

func (s *server) stageInnovation(ctx context.Context, in *stageOf) (*innovationWritten, error) {
	id := survey.InnovationID(in.ID)
	outcome, err := s.registry.SetInnovationStage(ctx, request(ctx), id, in.Body.Stage)
	return s.innovationAfter(id, outcome, err)
}

func (s *server) stepInnovation(step func(context.Context, survey.Request, survey.InnovationID) (survey.Outcome, error)) func(context.Context, *InnovationPath) (*innovationWritten, error) {
	return func(ctx context.Context, in *InnovationPath) (*innovationWritten, error) {
		id := survey.InnovationID(in.ID)
		outcome, err := step(ctx, request(ctx), id)
		return s.innovationAfter(id, outcome, err)
	}
}

func (s *server) innovationAfter(id survey.InnovationID, outcome survey.Outcome, err error) (*innovationWritten, error) {
	if err == nil && outcome.Refusal != nil {
		err = outcome.Refusal
	}
	if err != nil {
		return nil, err
	}
	innovation, err := s.registry.Innovation(id)
	if err != nil {
		return nil, err
	}
	status := ok
	if outcome.Status == survey.OutcomeCreated {
		status = created
	}
	return &innovationWritten{Status: status, Body: innovation}, nil
}
