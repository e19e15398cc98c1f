package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ahsn-network/tracker/store/survey"
)

// OrganisationLife merges organisations and undoes it, and tells what happened
// to them.
type OrganisationLife interface {
	MergeOrganisations(ctx context.Context, request survey.Request, one, into survey.Identifier, reason survey.MergeReason) (survey.Outcome, error)
	SplitOrganisation(ctx context.Context, request survey.Request, id survey.Identifier, reason survey.MergeReason) (survey.Outcome, error)
	OrganisationHistory(survey.Identifier) ([]survey.OrganisationEvent, error)
	PossibleDuplicates(limit int) []survey.DuplicatePair
}

// Merge merges an organisation into another; both stay known by all their
// identifiers.
type Merge struct {
	Into   string      `json:"into" maxLength:"80" example:"GB-COH:07209813" doc:"Any identifier of the one that remains"`
	Reason mergeReason `json:"reason"`
}

// Split undoes a merge.
type Split struct {
	Reason mergeReason `json:"reason,omitempty"`
}

// mergeReason lends the vocabulary's list to the schema.
type mergeReason string

// Schema lists the reasons of a merge.
func (mergeReason) Schema(huma.Registry) *huma.Schema { return enum(survey.MergeReasons()...) }

// OrganisationPath is an organisation in a path.
type OrganisationPath struct {
	ID string `path:"id" maxLength:"80" doc:"Any identifier or alias" example:"GB-COH:07209813"`
}

type (
	mergeOrganisation struct {
		OrganisationPath
		Body Merge
	}
	splitOrganisation struct {
		OrganisationPath
		Body Split
	}
	organisationChanged struct{ Body survey.Organisation }
	organisationHistory struct {
		OrganisationPath
		Freshness
	}
	historyRead struct {
		ReadHeaders
		Body Page[survey.OrganisationEvent]
	}
	listDuplicates struct {
		Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100"`
		Freshness
	}
	duplicatesRead struct {
		ReadHeaders
		Body Page[survey.DuplicatePair]
	}
)

func (s *server) mergeOrganisation(ctx context.Context, in *mergeOrganisation) (*organisationChanged, error) {
	id, err := parseIdentifier("path.id", in.ID)
	if err != nil {
		return nil, err
	}
	into, err := parseIdentifier("body.into", in.Body.Into)
	if err != nil {
		return nil, err
	}
	outcome, err := s.registry.MergeOrganisations(ctx, request(ctx), id, into, survey.MergeReason(in.Body.Reason))
	return s.organisationAfter(outcome, err, into)
}

func (s *server) splitOrganisation(ctx context.Context, in *splitOrganisation) (*organisationChanged, error) {
	id, err := parseIdentifier("path.id", in.ID)
	if err != nil {
		return nil, err
	}
	reason := survey.MergeReason(in.Body.Reason)
	if reason == "" {
		reason = survey.MergeMistake
	}
	outcome, err := s.registry.SplitOrganisation(ctx, request(ctx), id, reason)
	return s.organisationAfter(outcome, err, id)
}

// organisationAfter returns the organisation as it is after the command.
func (s *server) organisationAfter(outcome survey.Outcome, err error, id survey.Identifier) (*organisationChanged, error) {
	if err != nil {
		return nil, err
	}
	if outcome.Refusal != nil {
		return nil, outcome.Refusal
	}
	o, err := s.registry.Organisation(id)
	if err != nil {
		return nil, err
	}
	return &organisationChanged{Body: wholeOrganisation(o)}, nil
}

func (s *server) organisationHistory(ctx context.Context, in *organisationHistory) (*historyRead, error) {
	id, err := parseIdentifier("path.id", in.ID)
	if err != nil {
		return nil, err
	}
	headers, err := s.await(ctx, in.Freshness)
	if err != nil {
		return nil, err
	}
	events, err := s.registry.OrganisationHistory(id)
	if err != nil {
		return nil, err
	}
	return &historyRead{ReadHeaders: headers, Body: page("history", events, "")}, nil
}

func (s *server) listDuplicates(ctx context.Context, in *listDuplicates) (*duplicatesRead, error) {
	headers, err := s.await(ctx, in.Freshness)
	if err != nil {
		return nil, err
	}
	return &duplicatesRead{ReadHeaders: headers, Body: page("duplicates", s.registry.PossibleDuplicates(in.Limit), "")}, nil
}
