package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/companieshouse"
	"github.com/ahsn-network/tracker/store/survey"
)

// CompanyRegister looks companies up in this node's own copy of the Companies
// House register: *companieshouse.Lookup has it.
type CompanyRegister interface {
	About() (about companieshouse.About, ok bool, err error)
	Company(survey.Identifier) (company companieshouse.Company, asOf string, ok bool, err error)
}

// compared is the most organisations that one page of differences looks at.
const compared = 5000

// RegisteredCompany is what the register says of a company on the day AsOf.
type RegisteredCompany struct {
	companieshouse.Company
	AsOf string `json:"as_of"`
}

// OutdatedOrganisation is an organisation of which the register says more, or
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

// companyRoutes are left out on a node without a look-up.
func (s *server) companyRoutes() []route {
	if s.companies == nil {
		return nil
	}
	return []route{
		on(get, "/companies-house/{number}", viewer, node, "What this node's copy of the Companies House register says of a company", s.getRegistered),
		on(get, "/organisations/outdated", viewer, node, "Organisations of which the register says something newer, with the update; a page can be shorter than its limit", s.listOutdated),
	}
}

// theRegister returns ErrNotFound if no register was imported.
func (s *server) theRegister() error {
	switch _, ok, err := s.companies.About(); {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("%w: no register was imported at this node: run tracker import companies-house", survey.ErrNotFound)
	}
	return nil
}

func (s *server) getRegistered(_ context.Context, in *oneRegistered) (*registeredRead, error) {
	number := in.Number
	if !strings.Contains(number, ":") {
		number = survey.SchemeCompany + ":" + number
	}
	id, err := parseIdentifier("path.number", number)
	if err != nil {
		return nil, err
	}
	if err := s.theRegister(); err != nil {
		return nil, err
	}
	company, asOf, ok, err := s.companies.Company(id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%w: %s is not in the register of live companies; it may be dissolved", survey.ErrNotFound, id)
	}
	return &registeredRead{Body: RegisteredCompany{company, asOf}}, nil
}

func (s *server) listOutdated(_ context.Context, in *listOutdated) (*outdatedPage, error) {
	after, err := decodeCursor("outdated", in.Cursor)
	if err != nil {
		return nil, err
	}
	var region survey.Region
	if in.Region != "" {
		if region, err = parseRegion("query.region", in.Region); err != nil {
			return nil, err
		}
	}
	if err := s.theRegister(); err != nil {
		return nil, err
	}
	var items []OutdatedOrganisation
	for looked := 0; ; {
		organisations, next := s.registry.Organisations(after, in.Limit-len(items))
		for _, o := range organisations {
			if region != "" && o.LeadRegion != region && !slices.Contains(o.SupportingRegions, region) {
				continue
			}
			found, err := s.outdated(o)
			if err != nil {
				return nil, err
			}
			items = append(items, found...)
		}
		looked, after = looked+len(organisations), next
		if after == "" || len(items) >= in.Limit || looked >= compared {
			return &outdatedPage{Body: page("outdated", items, after)}, nil
		}
	}
}

// outdated compares an organisation with each company that it has the number of.
func (s *server) outdated(o survey.Organisation) (found []OutdatedOrganisation, err error) {
	for _, id := range o.Identifiers {
		company, asOf, ok, err := s.companies.Company(id)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if update, what, ok := company.Update(o, asOf); ok {
			found = append(found, OutdatedOrganisation{Organisation: wholeOrganisation(o), Register: RegisteredCompany{company, asOf}, What: what,
				Update: NewOrganisation{Identifiers: []string{string(id)}, Name: update.Name, NameAsOf: update.NameAsOf, PreviousNames: update.PreviousNames,
					Status: update.Status, Postcode: update.Postcode}})
		}
	}
	return found, nil
}

// complete fills in from the register what was not said of a new company. What
// the register cannot say leaves the organisation as it was given.
func (s *server) complete(add survey.NewOrganisation) survey.NewOrganisation {
	if s.companies == nil {
		return add
	}
	for _, id := range add.Identifiers {
		company, asOf, ok, err := s.companies.Company(id)
		if err != nil {
			s.log.Warn("the Companies House look-up cannot be read", "reason", strings.TrimSpace(err.Error()))
			return add
		}
		if ok {
			return company.Complete(add, asOf)
		}
	}
	return add
}
