package federation

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// organisationReader reads organisations. PreviewOrganisations evaluates a list
// on this node's copy and proposes nothing.
type organisationReader interface {
	Organisation(survey.Identifier) (survey.Organisation, error)
	Organisations(after string, limit int) (page []survey.Organisation, next string)
	SearchOrganisations(text string, limit int) []survey.OrganisationMatch
	OrganisationHistory(survey.Identifier) ([]survey.OrganisationEvent, error)
	DuplicatesOf(survey.Organisation) []survey.PossibleDuplicate
	PossibleDuplicates(limit int) []survey.DuplicatePair
	MergedOrganisations(after string, limit int) (page []survey.Organisation, next string)
	PreviewOrganisations(context.Context, []survey.NewOrganisation) ([]survey.Outcome, error)
}

// Organisations are the companies that the nation knows. Every change leaves an
// entry in this node's own audit log. The refusal of a single change is returned
// as *survey.Refusal; the refusals of a list are in its outcomes.
type Organisations struct {
	organisationReader
	door
}

// AddOrganisations adds organisations. It returns an outcome for each.
func (o Organisations) AddOrganisations(
	ctx context.Context, request survey.Request, items []survey.NewOrganisation,
) ([]survey.Outcome, error) {
	outcomes, err := o.registry.AddOrganisations(ctx, request, items)

	object := "organisations"
	switch {
	case len(outcomes) == 1 && outcomes[0].ID != "":
		object += "/" + string(outcomes[0].ID)
	case len(items) == 1 && len(items[0].Identifiers) > 0:
		object += "/" + string(items[0].Identifiers[0])
	}
	return o.asked(request, "organisation.add", object, "").decidedEach(outcomes, err)
}

// MergeOrganisations merges one organisation into another, for the nation.
func (o Organisations) MergeOrganisations(
	ctx context.Context, request survey.Request, one, into survey.Identifier, reason survey.MergeReason,
) (survey.Outcome, error) {
	words := "into " + string(into) + ", " + string(reason)
	asked := o.asked(request, "organisation.merge", "organisations/"+string(one), words)
	return asked.decided(o.registry.MergeOrganisations(ctx, request, one, into, reason))
}

// SplitOrganisation undoes a merge.
func (o Organisations) SplitOrganisation(
	ctx context.Context, request survey.Request, id survey.Identifier, reason survey.MergeReason,
) (survey.Outcome, error) {
	asked := o.asked(request, "organisation.split", "organisations/"+string(id), string(reason))
	return asked.decided(o.registry.SplitOrganisation(ctx, request, id, reason))
}

// LiftDoNotSurvey allows a company to be surveyed again that had asked not to be.
func (o Organisations) LiftDoNotSurvey(
	ctx context.Context, request survey.Request, id survey.Identifier,
) (survey.Outcome, error) {
	asked := o.asked(request, "organisation.lift", "organisations/"+string(id), "")
	return asked.decided(o.registry.LiftDoNotSurvey(ctx, request, id))
}
