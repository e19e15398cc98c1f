package api

import (
	"context"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// OrganisationLife merges organisations and undoes merges, lets companies be
// surveyed again, and returns what happened to organisations.
type OrganisationLife interface {
	MergeOrganisations(
		ctx context.Context, request survey.Request, one, into survey.Identifier, reason survey.MergeReason,
	) (survey.Outcome, error)
	SplitOrganisation(
		ctx context.Context, request survey.Request, id survey.Identifier, reason survey.MergeReason,
	) (survey.Outcome, error)
	LiftDoNotSurvey(context.Context, survey.Request, survey.Identifier) (survey.Outcome, error)
	OrganisationHistory(survey.Identifier) ([]survey.OrganisationEvent, error)
	PossibleDuplicates(limit int) []survey.DuplicatePair
}

// OrganisationUpdate is new knowledge of an organisation. Absent fields stay as
// they are; none can be emptied. NameAsOf is the day from which all of it
// holds, today if absent: of two reports the one of the later day counts. A
// name that is replaced stays known as a previous one.
type OrganisationUpdate struct {
	Name          string                    `json:"name,omitempty" maxLength:"200"`
	NameAsOf      string                    `json:"name_as_of,omitempty" format:"date"`
	PreviousNames []survey.NameSince        `json:"previous_names,omitempty" maxItems:"50"`
	Kind          survey.OrganisationKind   `json:"kind,omitempty"`
	LeadRegion    string                    `json:"lead_region,omitempty" maxLength:"16"`
	Status        survey.OrganisationStatus `json:"status,omitempty"`
	Sector        survey.Sector             `json:"sector,omitempty"`
	SizeBand      survey.SizeBand           `json:"size_band,omitempty"`
	Postcode      string                    `json:"postcode_district,omitempty" maxLength:"10" example:"OX4"`
}

// Merge merges an organisation into another; both stay known by all their
// identifiers.
type Merge struct {
	Into string `json:"into" maxLength:"80" example:"GB-COH:07209813" doc:"Any identifier of the one that remains"`

	Reason mergeReason `json:"reason"`
}

// Split undoes a merge.
type Split struct {
	Reason mergeReason `json:"reason,omitempty"`
}

type (
	updateOrganisation struct {
		OrganisationPath
		Body OrganisationUpdate
	}
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
	listDuplicates struct {
		Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100"`
		Freshness
	}
)

// organisationLifeHandlers change organisations that the registry knows.
type organisationLifeHandlers struct {
	replica       Replica
	organisations Organisations
	life          OrganisationLife
}

// today returns the day from which a fact holds that comes without one.
func today() string { return time.Now().UTC().Format(time.DateOnly) }

func (h organisationLifeHandlers) update(ctx context.Context, in *updateOrganisation) (*organisationChanged, error) {
	id, err := parseIdentifier("path.id", in.ID)
	if err != nil {
		return nil, err
	}

	// The command names the main identifier: after a split an alias can belong to another one.
	known, err := h.organisations.Organisation(id)
	if err != nil {
		return nil, err
	}

	u := in.Body
	add, err := NewOrganisation{Identifiers: []string{string(known.ID)}, Name: u.Name, NameAsOf: u.NameAsOf,
		PreviousNames: u.PreviousNames, Kind: u.Kind, LeadRegion: u.LeadRegion, Status: u.Status, Sector: u.Sector,
		SizeBand: u.SizeBand, Postcode: u.Postcode}.parse("body")
	if err != nil {
		return nil, err
	}

	if add.NameAsOf == "" {
		add.NameAsOf = today()
	}

	outcome, err := only(h.organisations.AddOrganisations(ctx, request(ctx), []survey.NewOrganisation{add}))
	return h.after(outcome, err, known.ID)
}

func (h organisationLifeHandlers) merge(ctx context.Context, in *mergeOrganisation) (*organisationChanged, error) {
	id, err := parseIdentifier("path.id", in.ID)
	if err != nil {
		return nil, err
	}
	into, err := parseIdentifier("body.into", in.Body.Into)
	if err != nil {
		return nil, err
	}

	outcome, err := h.life.MergeOrganisations(ctx, request(ctx), id, into, survey.MergeReason(in.Body.Reason))
	return h.after(outcome, err, into)
}

func (h organisationLifeHandlers) split(ctx context.Context, in *splitOrganisation) (*organisationChanged, error) {
	id, err := parseIdentifier("path.id", in.ID)
	if err != nil {
		return nil, err
	}

	reason := survey.MergeReason(in.Body.Reason)
	if reason == "" {
		reason = survey.MergeMistake
	}

	outcome, err := h.life.SplitOrganisation(ctx, request(ctx), id, reason)
	return h.after(outcome, err, id)
}

func (h organisationLifeHandlers) lift(ctx context.Context, in *OrganisationPath) (*organisationChanged, error) {
	id, err := parseIdentifier("path.id", in.ID)
	if err != nil {
		return nil, err
	}

	outcome, err := h.life.LiftDoNotSurvey(ctx, request(ctx), id)
	return h.after(outcome, err, id)
}

// after returns the organisation as it is after the command.
func (h organisationLifeHandlers) after(
	outcome survey.Outcome, err error, id survey.Identifier,
) (*organisationChanged, error) {
	if err := refusedOr(err, outcome); err != nil {
		return nil, err
	}

	o, err := h.organisations.Organisation(id)
	if err != nil {
		return nil, err
	}
	return &organisationChanged{Body: wholeOrganisation(o)}, nil
}

func (h organisationLifeHandlers) history(
	ctx context.Context, in *organisationHistory,
) (*registryRead[Page[survey.OrganisationEvent]], error) {
	id, err := parseIdentifier("path.id", in.ID)
	return readOne(ctx, err, in.Freshness, h.replica, func() (Page[survey.OrganisationEvent], error) {
		events, err := h.life.OrganisationHistory(id)
		return page("history", events, ""), err
	})
}

func (h organisationLifeHandlers) duplicates(
	ctx context.Context, in *listDuplicates,
) (*registryRead[Page[survey.DuplicatePair]], error) {
	return readOne(ctx, nil, in.Freshness, h.replica, func() (Page[survey.DuplicatePair], error) {
		return page("duplicates", h.life.PossibleDuplicates(in.Limit), ""), nil
	})
}
