// Package api is the HTTP API of one node under /api/v1: JSON in and out,
// application/problem+json for every error, OpenAPI 3.1 at
// /api/v1/openapi.json and a page to read it at /api/v1/docs.
//
// Start from [New] and routes.go, which has the whole surface on one screen.
// The handlers decide nothing: they read the request, ask a room below through
// the small interfaces declared here, and show what came back. A client turns
// a problem back into the error behind it with [ErrorFromProblem].
package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/store/survey"
)

// Prefix is where the API lives on the people's port.
const Prefix = "/api/v1"

// Registry is what the API needs of the registry: *registry.Registry has it.
type Registry interface {
	Replica
	OrganisationReader
	OrganisationWriter
	CampaignReader
	CampaignWriter
	ClaimReader
	ClaimHistorian
	ClaimWriter
	ReceiptMaker
	OrganisationLife
	CampaignLife
	CampaignTerms
	Innovator
	Proposer
	ChangeReader
}

// Options are the rooms that the API speaks for. All are required but Users,
// Links, Companies, Workbook, Audit, Reports and Certifier, whose routes are left out without
// them, and Logger.
type Options struct {
	Region     survey.Region
	Version    string
	Registry   Registry
	Responses  Responses
	Totals     Totals
	Summaries  Summaries
	Federation Federation
	Tokens     Tokens
	Records    Checker
	Keeper     Keeper
	Imports    Imports
	Exporter   Exporter
	Eraser     Eraser
	Backups    Backups // its routes are left out without it
	Users      Users
	Links      SurveyLinks
	Companies  CompanyRegister
	Editions   *survey.Editions // what this node knows; nil: the software's
	Workbook   Workbook
	Audit      AuditReader
	Reports    Reports
	Certifier  Certifier
	Post       letters.Sender // required with Links
	RespondURL string         // public address of the companies' form, if it has one
	Logger     *slog.Logger
}

type server struct {
	region     survey.Region
	version    string
	registry   Registry
	responses  Responses
	totals     Totals
	summaries  Summaries
	federation Federation
	tokens     Tokens
	records    Checker
	keeper     Keeper
	imports    Imports
	exporter   Exporter
	eraser     Eraser
	backups    Backups
	users      Users
	links      SurveyLinks
	companies  CompanyRegister
	editions   *survey.Editions
	workbook   Workbook
	audit      AuditReader
	reports    Reports
	certifier  Certifier
	post       letters.Sender
	respondURL string
	log        *slog.Logger

	docs           documentation
	problemAnswers map[int]*huma.Response // by status, for the document
	mux            *http.ServeMux
	byPattern      map[string]route // by the mux's pattern: the one table of who may do what
	failures       *middleware.Failures

	listeners chan struct{} // held by each stream of changes
}

// New returns the handler of everything under Prefix. It answers 404 for paths
// outside. Answers are safe for any number of concurrent requests; the time
// limits of connections are the server's, except that a body must arrive
// within 30 s.
func New(o Options) (http.Handler, error) {
	for name, room := range map[string]any{"Registry": o.Registry, "Responses": o.Responses, "Totals": o.Totals,
		"Summaries": o.Summaries, "Federation": o.Federation, "Tokens": o.Tokens, "Records": o.Records, "Keeper": o.Keeper, "Imports": o.Imports, "Exporter": o.Exporter, "Eraser": o.Eraser} {
		if room == nil || reflect.ValueOf(room).Kind() == reflect.Pointer && reflect.ValueOf(room).IsNil() {
			return nil, fmt.Errorf("open the API: Options.%s is missing", name)
		}
	}
	if o.Region == "" {
		return nil, errors.New("open the API: Options.Region is missing")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &server{
		region: o.Region, version: o.Version, registry: o.Registry, responses: o.Responses, totals: o.Totals, summaries: o.Summaries,
		federation: o.Federation, tokens: o.Tokens, records: o.Records, keeper: o.Keeper, imports: o.Imports, exporter: o.Exporter,
		eraser: o.Eraser, backups: o.Backups, users: o.Users, links: o.Links, companies: o.Companies, editions: o.Editions, workbook: o.Workbook, audit: o.Audit, reports: o.Reports, certifier: o.Certifier,
		post: o.Post, respondURL: o.RespondURL, log: o.Logger,
		mux: http.NewServeMux(), problemAnswers: map[int]*huma.Response{}, byPattern: map[string]route{}, failures: middleware.NewFailures(failureBurst, failureInterval), listeners: make(chan struct{}, maxListeners),
	}
	surface := humago.NewWithPrefix(s.mux, Prefix, s.config())
	routes := s.routes()
	for _, r := range routes {
		pattern := r.method + " " + Prefix + r.path
		s.byPattern[pattern] = r
		if r.page != nil {
			s.mux.HandleFunc(pattern, r.page)
			continue
		}
		r.register(s, surface, s.operation(r))
	}
	if err := s.document(surface.OpenAPI(), routes); err != nil {
		return nil, fmt.Errorf("open the API: %w", err)
	}
	return s.front(), nil
}

// config is huma without its extras: no schema links built from the Host
// header, no documentation page from elsewhere, no query parameters that
// nobody declared.
func (s *server) config() huma.Config {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	lendVocabulary(schemas)
	format := jsonFormat()
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Innovation tracker", Version: s.version,
				Description: "One region's node of the national company survey: who surveys which company, this region's answers, and national totals.",
				License:     &huma.License{Name: "MIT", Identifier: "MIT"}},
			Components: &huma.Components{Schemas: schemas, SecuritySchemes: map[string]*huma.SecurityScheme{
				"token": {Type: "http", Scheme: "bearer", Description: "A token that an administrator of the region issued"},
			}},
		},
		Formats:                      map[string]huma.Format{"application/json": format, "json": format}, // the second is that of problem+json
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{s.transform},
	}
}
