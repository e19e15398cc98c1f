package api

import (
	"context"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Organisations reads organisations from this node's copy of the registry and
// adds organisations to the registry. Preview evaluates the same on this node's
// copy and proposes nothing.
type Organisations interface {
	organisationFinder
	Organisations(after string, limit int) (organisations []survey.Organisation, next string)
	SearchOrganisations(text string, limit int) []survey.OrganisationMatch
	AddOrganisations(context.Context, survey.Request, []survey.NewOrganisation) ([]survey.Outcome, error)
	PreviewOrganisations(context.Context, []survey.NewOrganisation) ([]survey.Outcome, error)
}

// OrganisationItem is an organisation in a list. Only a search sets Matched,
// the text that matched, and Score, how close it is, from 0 to 100.
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

	Minted string `json:"minted,omitempty" maxLength:"80" doc:"For lists that another federation exported: the AHSN number that it gave, kept instead of a new one"`
}

// OrganisationBatch is a list of organisations to be added. DryRun evaluates
// it on this node's copy of the registry and adds nothing.
type OrganisationBatch struct {
	Organisations []NewOrganisation `json:"organisations" nullable:"false" minItems:"1" maxItems:"5000"`
	DryRun        bool              `json:"dry_run,omitempty"`
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
		OrganisationPath
		Freshness
	}
	addOrganisation     struct{ Body NewOrganisation }
	organisationWritten struct {
		Status int
		Body   survey.Organisation
	}
	addOrganisations struct{ Body OrganisationBatch }
)

// organisationHandlers read and add organisations.
type organisationHandlers struct {
	replica       Replica
	organisations Organisations
	register      companyHandlers
}

func (h organisationHandlers) list(ctx context.Context, in *listOrganisations) (*organisationsPage, error) {
	if in.Q != "" && in.Cursor != "" {
		return nil, invalidField("query.cursor", "a search has one page")
	}

	after, err := decodeCursor("organisations", in.Cursor)
	if err != nil {
		return nil, err
	}
	headers, err := in.await(ctx, h.replica)
	if err != nil {
		return nil, err
	}

	var items []OrganisationItem

	// A search for spaces alone lists all organisations instead.
	if text := strings.TrimSpace(in.Q); text != "" {
		for _, m := range h.organisations.SearchOrganisations(text, in.Limit) {
			items = append(items, OrganisationItem{
				Organisation: wholeOrganisation(m.Organisation), Matched: m.Matched, Score: m.Score,
			})
		}
		// A search has no order that a cursor could name.
		after = ""
	} else {
		var found []survey.Organisation
		found, after = h.organisations.Organisations(after, in.Limit)
		for _, o := range found {
			items = append(items, OrganisationItem{Organisation: wholeOrganisation(o)})
		}
	}
	return &organisationsPage{ReadHeaders: headers, Body: page("organisations", items, after)}, nil
}

func (h organisationHandlers) get(ctx context.Context, in *oneOrganisation) (*registryRead[survey.Organisation], error) {
	id, err := parseIdentifier("path.id", in.ID)
	return readOne(ctx, err, in.Freshness, h.replica, func() (survey.Organisation, error) {
		o, err := h.organisations.Organisation(id)
		return wholeOrganisation(o), err
	})
}

func (h organisationHandlers) add(ctx context.Context, in *addOrganisation) (*organisationWritten, error) {
	add, err := in.Body.parse("body")
	if err != nil {
		return nil, err
	}

	added := []survey.NewOrganisation{h.register.complete(add)}
	outcome, err := only(h.organisations.AddOrganisations(ctx, request(ctx), added))
	if err != nil {
		return nil, err
	}

	// The outcome has the id alone; the copy here has applied the command by now.
	o, err := h.organisations.Organisation(outcome.ID)
	if err != nil {
		return nil, err
	}
	return &organisationWritten{Status: createdOrExisting(outcome), Body: wholeOrganisation(o)}, nil
}

func (h organisationHandlers) addMany(ctx context.Context, in *addOrganisations) (*batchDone, error) {
	rows := in.Body.Organisations
	return batch(len(rows),
		func(i int) (survey.NewOrganisation, error) {
			add, err := rows[i].parse(at("body.organisations", i))
			if err != nil {
				return add, err
			}
			return h.register.complete(add), nil
		},
		func(good []survey.NewOrganisation) ([]survey.Outcome, error) {
			if in.Body.DryRun {
				// A dry run has no request id: it leaves no outcome to be repeated.
				return h.organisations.PreviewOrganisations(ctx, good)
			}
			return h.organisations.AddOrganisations(ctx, request(ctx), good)
		})
}

// parse checks the rules that the schema cannot express.
func (n NewOrganisation) parse(field string) (survey.NewOrganisation, error) {
	out := survey.NewOrganisation{Name: n.Name, NameAsOf: n.NameAsOf, PreviousNames: n.PreviousNames, Kind: n.Kind,
		Status: n.Status, Sector: n.Sector, SizeBand: n.SizeBand, Postcode: n.Postcode, Match: n.Match}
	if len(n.Identifiers) == 0 && survey.CleanName(n.Name) == "" {
		return out, invalidField(field+".name", "an organisation without an identifier needs a name")
	}

	var err error
	if out.Identifiers, err = parseIdentifiers(field+".identifiers", n.Identifiers); err != nil {
		return out, err
	}
	if out.ConfirmNot, err = parseIdentifiers(field+".confirm_not", n.ConfirmNot); err != nil {
		return out, err
	}

	if out.Minted, err = optional(parseIdentifier, field+".minted", n.Minted); err != nil {
		return out, err
	}
	if out.Minted != "" && (!out.Minted.Minted() || len(out.Identifiers) > 0) {
		return out, invalidField(field+".minted", "it is an AHSN number, for an organisation without any other")
	}

	out.LeadRegion, err = optional(parseRegion, field+".lead_region", n.LeadRegion)
	return out, err
}

// wholeOrganisation makes an absent list of identifiers an empty one.
func wholeOrganisation(o survey.Organisation) survey.Organisation {
	if o.Identifiers == nil {
		o.Identifiers = []survey.Identifier{}
	}
	return o
}
