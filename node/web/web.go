// Package web is the pages of one node: HTML on the people's port, made by the
// server, usable without JavaScript. Start from routes.go, which has every
// address with the least role that may see it.
//
// Pages decide nothing. They read what the rooms below say, in people's words,
// and hand back what people enter; the API and the command line are faces of
// the same rooms.
//
// Imports node/letters, node/middleware, node/page, store, store/sheet, store/survey.
package web

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// Options are the rooms that the pages speak for. All are required but
// Editions, RespondURL, Now and Logger.
type Options struct {
	Region             survey.Region
	Organisations      Organisations
	OrganisationWriter OrganisationWriter
	Campaigns          Campaigns
	CampaignWriter     CampaignWriter
	EligibleWriter     EligibleWriter
	Claims             Claims
	ClaimWriter        ClaimWriter
	Responses          Responses
	Records            Records
	Sharing            Sharing
	Takeovers          Takeovers
	Forms              Forms
	Totals             Totals
	// Certification makes years final, Proposals wait for a second region.
	Certification Certification
	Proposals     Proposals
	Reports       Reports
	Federation    Federation
	People        People
	Links         Links
	Post          letters.Sender
	Imports       Imports
	Sessions      Sessions
	// Editions are the questionnaires and definitions that this node knows;
	// nil: the software's.
	Editions *survey.Editions
	// Respond answers the paths of the companies' form: *respond.Form does.
	Respond http.Handler
	// RespondURL is the public address of the companies' form, such as
	// https://survey.example.org; empty: that of the page on which a link is
	// made.
	RespondURL string
	// Now is the clock that pages show and count days with; nil means
	// time.Now. Canned pages have a clock of their own.
	Now    func() time.Time
	Logger *slog.Logger
}

// check names the first room that is missing.
func (o Options) check() error {
	fields := reflect.ValueOf(o)
	for i := range fields.NumField() {
		name, room := fields.Type().Field(i).Name, fields.Field(i)
		if room.Kind() != reflect.Interface {
			continue
		}
		if room.IsNil() || room.Elem().Kind() == reflect.Pointer && room.Elem().IsNil() {
			return fmt.Errorf("the option %s is missing", name)
		}
	}

	if o.Region == "" {
		return errors.New("the option Region is missing")
	}
	return nil
}

//go:embed templates
var templateFiles embed.FS

// Site is the pages behind their checks. It is an http.Handler, safe for
// concurrent use.
type Site struct {
	groups
	base    base
	respond http.Handler
	mux     *http.ServeMux
	routes  map[string]route // by the mux's pattern
	checked http.Handler
}

// groups are the pages by noun. Each has what it needs of the rooms.
type groups struct {
	home          *homePages
	nation        *nationPages
	certification *certificationPages
	campaigns     *campaignPages
	eligible      *eligiblePages
	region        *regionPages
	companies     *companyPages
	claims        *claimPages
	answers       *answerPages
	links         *linkPages
	returned      *returnedPages
	signIn        *signInPages
}

// New returns the pages. It parses every template and fails if one is faulty.
func New(o Options) (*Site, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("open the pages: %w", err)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	templates, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return nil, fmt.Errorf("open the pages: %w", err)
	}

	shell, err := page.New(page.Options{Region: o.Region, Templates: templates, Functions: functions,
		Sections: sections, Quorum: func() survey.Quorum { return o.Federation.FederationStatus().Quorum },
		Now: o.Now, Log: o.Logger.With("component", "web")})
	if err != nil {
		return nil, fmt.Errorf("open the pages: %w", err)
	}

	s := &Site{base: base{Shell: shell, organisations: o.Organisations, campaigns: o.Campaigns}, respond: o.Respond}
	s.groups = compose(o, s.base)
	// The sign-in leads back to a page, so it has to know the routes.
	s.signIn.route = s.routeOf
	s.open()
	return s, nil
}

// compose gives each group of pages the rooms that it uses.
func compose(o Options, b base) groups {
	companies := &companyPages{base: b, writer: o.OrganisationWriter, claims: o.Claims, responses: o.Responses,
		records: o.Records, sharing: o.Sharing, takeovers: o.Takeovers, links: o.Links, proposals: o.Proposals,
		federation: o.Federation, post: o.Post, editions: o.Editions}

	return groups{
		home: &homePages{base: b, claims: o.Claims, proposals: o.Proposals, certification: o.Certification,
			federation: o.Federation},
		nation: &nationPages{base: b, totals: o.Totals, certification: o.Certification, reports: o.Reports,
			federation: o.Federation, editions: o.Editions},
		certification: &certificationPages{base: b, certification: o.Certification, totals: o.Totals,
			proposals: o.Proposals, editions: o.Editions},
		campaigns: &campaignPages{base: b, writer: o.CampaignWriter, eligible: o.EligibleWriter,
			proposals: o.Proposals},
		eligible:  &eligiblePages{base: b, writer: o.EligibleWriter, claims: o.Claims},
		region:    &regionPages{base: b, totals: o.Totals, links: o.Links, claims: o.Claims, editions: o.Editions},
		companies: companies,
		claims: &claimPages{base: b, claims: o.Claims, writer: o.ClaimWriter, links: o.Links, takeovers: o.Takeovers,
			proposals: o.Proposals, federation: o.Federation, companies: companies},
		answers: &answerPages{base: b, responses: o.Responses, sharing: o.Sharing, claims: o.Claims, forms: o.Forms,
			editions: o.Editions},
		links: &linkPages{base: b, links: o.Links, post: o.Post, claims: o.Claims, companies: companies,
			respondURL: o.RespondURL},
		returned: &returnedPages{base: b, imports: o.Imports, forms: o.Forms},
		signIn:   newSignInPages(b, o.People, o.Sessions),
	}
}

// sections says to which part of the navigation a page belongs, by the first
// segment of its path.
var sections = map[string]string{"national": "national", "campaigns": "national", "region": "region",
	"companies": "companies", "claims": "claims", "links": "links", "returned": "links"}

// functions are those that the templates call beside the functions of every page.
func functions(clock page.Clock) template.FuncMap {
	return template.FuncMap{
		"policy": policyWords, "current": currentTerms, "term": termWords, "delivery": deliveryTag, "state": stateOf,
		"reason": reasonWords, "kind": kindWords,
		"open":   func(c survey.Campaign) string { return openWords(clock, c) },
		"lapses": func(c survey.Claim) string { return lapseWords(clock, c) },
		"sector": func(x survey.Sector) string { return labelOf(survey.BySector, string(x)) },
		"size":   func(x survey.SizeBand) string { return labelOf(survey.BySize, string(x)) },
	}
}

// Patterns returns the method and path of every route, in no order.
func (s *Site) Patterns() []string { return slices.Collect(maps.Keys(s.routes)) }
