package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// OrganisationReader reads organisations from this node's copy of the
// registry.
type OrganisationReader interface {
	Organisation(survey.Identifier) (survey.Organisation, error)
	Organisations(after string, limit int) (organisations []survey.Organisation, next string)
	SearchOrganisations(text string, limit int) []survey.OrganisationMatch
}

// OrganisationWriter adds organisations to the registry. Preview evaluates the
// same on this node's copy and proposes nothing.
type OrganisationWriter interface {
	AddOrganisations(context.Context, survey.Request, []survey.NewOrganisation) ([]survey.Outcome, error)
	PreviewOrganisations(context.Context, []survey.NewOrganisation) ([]survey.Outcome, error)
}

// OrganisationItem is an organisation in a list. Matched and Score are set by
// a search: what matched, and how closely, from 0 to 100.
type OrganisationItem struct {
	survey.Organisation
	Matched string `json:"matched,omitempty"`
	Score   int    `json:"score,omitempty"`
}

// NewOrganisation is an organisation to be added. Identifiers may be written
// in any usual way. Without any, the registry answers with possible duplicates
// until ConfirmNot names them all. Match, for lists, takes one with the same
// name as the same organisation instead of asking. A known organisation needs
// no name.
type NewOrganisation struct {
	Identifiers   []string                  `json:"identifiers,omitempty" maxItems:"20" maxLength:"80"`
	Name          string                    `json:"name,omitempty" maxLength:"200"`
	NameAsOf      string                    `json:"name_as_of,omitempty" format:"date"`
	PreviousNames []survey.NameSince        `json:"previous_names,omitempty" maxItems:"50"`
	Kind          survey.OrganisationKind   `json:"kind,omitempty"`
	LeadRegion    string                    `json:"lead_region,omitempty" maxLength:"16"`
	Status        survey.OrganisationStatus `json:"status,omitempty"`
	Sector        survey.Sector             `json:"sector,omitempty"`
	SizeBand      survey.SizeBand           `json:"size_band,omitempty"`
	Postcode      string                    `json:"postcode_district,omitempty" maxLength:"10" example:"OX4"`
	ConfirmNot    []string                  `json:"confirm_not,omitempty" maxItems:"100" maxLength:"80"`
	Match         bool                      `json:"match,omitempty"`
	Minted        string                    `json:"minted,omitempty" maxLength:"80" doc:"For lists that another federation exported: the AHSN number that it gave, kept instead of a new one"`
}

// OrganisationBatch is a list of organisations to be added. DryRun evaluates
// it on this node's copy of the registry and adds nothing.
type OrganisationBatch struct {
	Organisations []NewOrganisation `json:"organisations" nullable:"false" minItems:"1" maxItems:"5000"`
	DryRun        bool              `json:"dry_run,omitempty"`
}

// Batch is the answer to a list: one item a row, in the order of the list.
type Batch struct {
	Items []survey.Outcome `json:"items" nullable:"false"`
}

type (
	listOrganisations struct {
		Q string `query:"q" maxLength:"200" doc:"Searches names, previous names and identifiers, closest first, on one page"`
		Paging
		Freshness
	}
	organisationsPage struct {
		ReadHeaders
		Body Page[OrganisationItem]
	}
	oneOrganisation struct {
		ID string `path:"id" maxLength:"80" doc:"Any identifier or alias" example:"GB-COH:07209813"`
		Freshness
	}
	organisationRead struct {
		ReadHeaders
		Body survey.Organisation
	}
	addOrganisation     struct{ Body NewOrganisation }
	organisationWritten struct {
		Status int
		Body   survey.Organisation
	}
	addOrganisations struct{ Body OrganisationBatch }
	batchDone        struct{ Body Batch }
)

func (s *server) listOrganisations(ctx context.Context, in *listOrganisations) (*organisationsPage, error) {
	if in.Q != "" && in.Cursor != "" {
		return nil, invalidField("query.cursor", "a search has one page")
	}
	after, err := decodeCursor("organisations", in.Cursor)
	if err != nil {
		return nil, err
	}
	headers, err := s.await(ctx, in.Freshness)
	if err != nil {
		return nil, err
	}
	var items []OrganisationItem
	if text := strings.TrimSpace(in.Q); text != "" {
		for _, m := range s.registry.SearchOrganisations(text, in.Limit) {
			items = append(items, OrganisationItem{Organisation: wholeOrganisation(m.Organisation), Matched: m.Matched, Score: m.Score})
		}
		after = ""
	} else {
		var found []survey.Organisation
		found, after = s.registry.Organisations(after, in.Limit)
		for _, o := range found {
			items = append(items, OrganisationItem{Organisation: wholeOrganisation(o)})
		}
	}
	return &organisationsPage{ReadHeaders: headers, Body: page("organisations", items, after)}, nil
}

func (s *server) getOrganisation(ctx context.Context, in *oneOrganisation) (*organisationRead, error) {
	id, err := parseIdentifier("path.id", in.ID)
	if err != nil {
		return nil, err
	}
	headers, err := s.await(ctx, in.Freshness)
	if err != nil {
		return nil, err
	}
	o, err := s.registry.Organisation(id)
	if err != nil {
		return nil, err
	}
	return &organisationRead{ReadHeaders: headers, Body: wholeOrganisation(o)}, nil
}

func (s *server) addOrganisation(ctx context.Context, in *addOrganisation) (*organisationWritten, error) {
	add, err := in.Body.parse("body")
	if err != nil {
		return nil, err
	}
	outcomes, err := s.registry.AddOrganisations(ctx, request(ctx), []survey.NewOrganisation{s.complete(add)})
	if err != nil {
		return nil, err
	}
	outcome, err := only(outcomes)
	if err != nil {
		return nil, err
	}
	o, err := s.registry.Organisation(outcome.ID)
	if err != nil {
		return nil, err
	}
	return &organisationWritten{Status: createdOrExisting(outcome), Body: wholeOrganisation(o)}, nil
}

func (s *server) addOrganisations(ctx context.Context, in *addOrganisations) (*batchDone, error) {
	rows := in.Body.Organisations
	return batch(len(rows),
		func(i int) (survey.NewOrganisation, error) {
			add, err := rows[i].parse(at("body.organisations", i))
			return s.complete(add), err
		},
		func(good []survey.NewOrganisation) ([]survey.Outcome, error) {
			if in.Body.DryRun {
				return s.registry.PreviewOrganisations(ctx, good)
			}
			return s.registry.AddOrganisations(ctx, request(ctx), good)
		})
}

// parse checks what the schema cannot say.
func (n NewOrganisation) parse(field string) (survey.NewOrganisation, error) {
	out := survey.NewOrganisation{Name: n.Name, NameAsOf: n.NameAsOf, PreviousNames: n.PreviousNames, Kind: n.Kind, Status: n.Status,
		Sector: n.Sector, SizeBand: n.SizeBand, Postcode: n.Postcode, Match: n.Match}
	if len(n.Identifiers) == 0 && survey.CleanName(n.Name) == "" {
		return out, invalidField(field+".name", "an organisation without an identifier needs a name")
	}
	for i, text := range n.Identifiers {
		id, err := parseIdentifier(at(field+".identifiers", i), text)
		if err != nil {
			return out, err
		}
		out.Identifiers = append(out.Identifiers, id)
	}
	for i, text := range n.ConfirmNot {
		id, err := parseIdentifier(at(field+".confirm_not", i), text)
		if err != nil {
			return out, err
		}
		out.ConfirmNot = append(out.ConfirmNot, id)
	}
	if n.Minted != "" {
		id, err := parseIdentifier(field+".minted", n.Minted)
		if err != nil {
			return out, err
		}
		if !id.Minted() || len(out.Identifiers) > 0 {
			return out, invalidField(field+".minted", "it is an AHSN number, for an organisation without any other")
		}
		out.Minted = id
	}
	if n.LeadRegion != "" {
		region, err := parseRegion(field+".lead_region", n.LeadRegion)
		if err != nil {
			return out, err
		}
		out.LeadRegion = region
	}
	return out, nil
}

// batch parses each row, sends the good ones, and puts their outcomes and the
// refusals of the others into the order of the list. A faulty row never keeps
// the others back.
func batch[T any](rows int, parse func(i int) (T, error), send func([]T) ([]survey.Outcome, error)) (*batchDone, error) {
	items := make([]survey.Outcome, rows)
	good, places := make([]T, 0, rows), make([]int, 0, rows)
	for i := range items {
		row, err := parse(i)
		if err != nil {
			items[i] = survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedInvalid, Detail: rowDetail(err)}}
			continue
		}
		good, places = append(good, row), append(places, i)
	}
	if len(good) > 0 {
		outcomes, err := send(good)
		if err != nil {
			return nil, err
		}
		if len(outcomes) != len(good) {
			return nil, errOutcomes
		}
		for k, outcome := range outcomes {
			items[places[k]] = outcome
		}
	}
	return &batchDone{Body: Batch{Items: items}}, nil
}

var errOutcomes = errors.New("the registry answered with another number of outcomes than rows")

func rowDetail(err error) string {
	var p *Problem
	if errors.As(err, &p) && len(p.Errors) > 0 {
		return p.Errors[0].Field + ": " + p.Errors[0].Message
	}
	return scrubbed(err)
}

// only returns the one outcome of a command about one thing, or its refusal.
func only(outcomes []survey.Outcome) (survey.Outcome, error) {
	if len(outcomes) != 1 {
		return survey.Outcome{}, errOutcomes
	}
	if outcomes[0].Refusal != nil {
		return survey.Outcome{}, outcomes[0].Refusal
	}
	return outcomes[0], nil
}

func createdOrExisting(o survey.Outcome) int {
	if o.Status == survey.OutcomeCreated || o.Status == survey.OutcomeGranted {
		return http.StatusCreated
	}
	return http.StatusOK
}

func wholeOrganisation(o survey.Organisation) survey.Organisation {
	if o.Identifiers == nil {
		o.Identifiers = []survey.Identifier{}
	}
	return o
}
