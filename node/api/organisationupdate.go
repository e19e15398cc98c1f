package api

import (
	"context"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// OrganisationUpdate is what is newly known of an organisation. What is left out
// stays; nothing can be emptied. NameAsOf is the day from which all of it holds,
// today if absent: of two reports the one of the later day counts. A name that
// is replaced stays known as a previous one.
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

// today is the day from which a fact holds that comes without one.
func today() string { return time.Now().UTC().Format(time.DateOnly) }

type updateOrganisation struct {
	OrganisationPath
	Body OrganisationUpdate
}

// updateOrganisation adds to what is known of an organisation.
func (s *server) updateOrganisation(ctx context.Context, in *updateOrganisation) (*organisationChanged, error) {
	id, err := parseIdentifier("path.id", in.ID)
	if err != nil {
		return nil, err
	}
	known, err := s.registry.Organisation(id)
	if err != nil {
		return nil, err
	}
	u := in.Body
	add, err := NewOrganisation{Identifiers: []string{string(known.ID)}, Name: u.Name, NameAsOf: u.NameAsOf, PreviousNames: u.PreviousNames, Kind: u.Kind,
		LeadRegion: u.LeadRegion, Status: u.Status, Sector: u.Sector, SizeBand: u.SizeBand, Postcode: u.Postcode}.parse("body")
	if err != nil {
		return nil, err
	}
	if add.NameAsOf == "" {
		add.NameAsOf = today()
	}
	outcomes, err := s.registry.AddOrganisations(ctx, request(ctx), []survey.NewOrganisation{add})
	if err != nil {
		return nil, err
	}
	outcome, err := only(outcomes)
	if err != nil {
		return nil, err
	}
	return s.organisationAfter(outcome, nil, known.ID)
}
