package api

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/companieshouse"
	"github.com/ahsn-network/tracker/store/survey"
)

// CompanyRegister looks companies up in this node's own copy of the Companies
// House register: *companieshouse.Lookup has it. The results ok are false if no
// register was imported, and if it does not have the company.
type CompanyRegister interface {
	About() (about companieshouse.About, ok bool, err error)
	Company(survey.Identifier) (company companieshouse.Company, asOf string, ok bool, err error)
}

// maxCompared bounds the organisations that one page of differences looks at.
const maxCompared = 5000

// RegisteredCompany is a company as the register had it on the day AsOf.
type RegisteredCompany struct {
	companieshouse.Company
	AsOf string `json:"as_of"`
}

// OutdatedOrganisation is an organisation of which the register knows more, or
// something newer. Update adds exactly that when it is posted to
// /organisations:batch. What names the fields.
type OutdatedOrganisation struct {
	Organisation survey.Organisation `json:"organisation"`
	Register     RegisteredCompany   `json:"register"`
	What         []string            `json:"what" nullable:"false"`
	Update       NewOrganisation     `json:"update"`
}

type (
	oneRegistered struct {
		Number string `path:"number" maxLength:"80" doc:"A company number, in any usual way of writing it" example:"07209813"`
	}
	registeredRead struct{ Body RegisteredCompany }
	listOutdated   struct {
		Region string `query:"region" maxLength:"16" doc:"Only organisations that this region leads or supports"`
		Paging
	}
	outdatedPage struct{ Body Page[OutdatedOrganisation] }
)

// companyHandlers look companies up. Without an imported register, or with
// companies nil, new organisations stay as they were given.
type companyHandlers struct {
	companies     CompanyRegister
	organisations interface {
		Organisations(after string, limit int) (organisations []survey.Organisation, next string)
	}
	log *slog.Logger
}

// imported returns an error that wraps survey.ErrNotFound if no register was
// imported.
func (h companyHandlers) imported() error {
	switch _, ok, err := h.companies.About(); {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("%w: no register was imported at this node: run tracker import companies-house",
			survey.ErrNotFound)
	}
	return nil
}

func (h companyHandlers) get(_ context.Context, in *oneRegistered) (*registeredRead, error) {
	number := in.Number
	if !strings.Contains(number, ":") {
		number = survey.SchemeCompany + ":" + number
	}

	id, err := parseIdentifier("path.number", number)
	if err != nil {
		return nil, err
	}
	if err := h.imported(); err != nil {
		return nil, err
	}

	company, asOf, ok, err := h.companies.Company(id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%w: %s is not in the register of live companies; it may be dissolved",
			survey.ErrNotFound, id)
	}
	return &registeredRead{Body: RegisteredCompany{company, asOf}}, nil
}

func (h companyHandlers) listOutdated(_ context.Context, in *listOutdated) (*outdatedPage, error) {
	after, err := decodeCursor("outdated", in.Cursor)
	if err != nil {
		return nil, err
	}

	region, err := optional(parseRegion, "query.region", in.Region)
	if err != nil {
		return nil, err
	}
	if err := h.imported(); err != nil {
		return nil, err
	}

	var items []OutdatedOrganisation
	for compared := 0; ; {
		organisations, next := h.organisations.Organisations(after, in.Limit-len(items))
		for _, o := range organisations {
			if region != "" && o.LeadRegion != region && !slices.Contains(o.SupportingRegions, region) {
				continue
			}
			found, err := h.outdated(o)
			if err != nil {
				return nil, err
			}
			items = append(items, found...)
		}

		// A page may be short, so that one request does not compare the whole registry.
		compared, after = compared+len(organisations), next
		if after == "" || len(items) >= in.Limit || compared >= maxCompared {
			return &outdatedPage{Body: page("outdated", items, after)}, nil
		}
	}
}

// outdated compares an organisation with the companies of its identifiers.
func (h companyHandlers) outdated(o survey.Organisation) (found []OutdatedOrganisation, err error) {
	for _, id := range o.Identifiers {
		company, asOf, ok, err := h.companies.Company(id)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}

		update, fields, ok := company.Update(o, asOf)
		if !ok {
			continue
		}
		found = append(found, OutdatedOrganisation{
			Organisation: wholeOrganisation(o), Register: RegisteredCompany{company, asOf}, What: fields,
			Update: NewOrganisation{
				Identifiers: []string{string(id)}, Name: update.Name, NameAsOf: update.NameAsOf,
				PreviousNames: update.PreviousNames, Status: update.Status, Postcode: update.Postcode,
			},
		})
	}
	return found, nil
}

// complete fills in the absent fields of a new company from the register. A
// register that cannot be read leaves the organisation as it was given.
func (h companyHandlers) complete(add survey.NewOrganisation) survey.NewOrganisation {
	if h.companies == nil {
		return add
	}
	for _, id := range add.Identifiers {
		company, asOf, ok, err := h.companies.Company(id)
		if err != nil {
			// Adding a company does not depend on the register, so the fault stays here.
			h.log.Warn("the Companies House look-up cannot be read", "reason", strings.TrimSpace(err.Error()))
			return add
		}
		if ok {
			return company.Complete(add, asOf)
		}
	}
	return add
}
