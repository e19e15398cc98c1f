// Package api is the HTTP API of one node under /api/v1: JSON in and out,
// application/problem+json for every error, OpenAPI 3.1 at
// /api/v1/openapi.json and a page to read it at /api/v1/docs.
//
// Start from [New] and routes.go, which lists the whole surface. The handlers
// decide nothing: they read the request, ask a room below through the small
// interfaces declared here, and return its answer. A client turns a problem
// back into the error behind it with [ErrorFromProblem].
//
// Imports node/letters, node/middleware, store, store/boltfile, store/companieshouse, store/sheet,
// store/survey.
package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/store/survey"
)

// Prefix is the path of the API on the people's port.
const Prefix = "/api/v1"

// Options are the rooms that the API speaks for, by noun. All are required but
// those at the end.
type Options struct {
	Region  survey.Region
	Version string

	// The registry of the nation.
	Replica          Replica
	Organisations    Organisations
	OrganisationLife OrganisationLife
	Campaigns        Campaigns
	EligibleSets     EligibleSets
	Claims           Claims
	Receipts         Receipts
	Innovations      Innovations
	Changes          Changes

	// The federation and its figures.
	Status       Status
	Governor     Governor
	Totals       Totals
	PublicTables PublicTables
	Summaries    Summaries
	SummaryHeads SummaryHeads
	Takeovers    Takeovers

	// This region's own records.
	Responses Responses
	Records   Records
	Areas     AreaReader
	Imports   Imports
	Lists     Lists
	Uploads   Uploads
	Exporter  Exporter
	Eraser    Eraser
	Checker   Checker
	Tokens    Tokens

	// The routes of these are left out if they are nil.
	Backups   Backups
	Users     Users
	Links     SurveyLinks
	Mailer    letters.Sender // required with Links
	Companies CompanyRegister
	Workbook  Workbook
	Audit     AuditReader
	Reports   Reports
	Certifier Certifier

	Editions   *survey.Editions // known to this node; nil: the software's
	RespondURL string           // public address of the companies' form, if it has one
	Logger     *slog.Logger     // nil: nothing is logged
}

// optionalRooms are the fields of Options that New does not demand.
var optionalRooms = []string{
	"Backups", "Users", "Links", "Mailer", "Companies", "Workbook", "Audit", "Reports", "Certifier",
}

// check returns an error that names the first missing room.
func (o Options) check() error {
	if o.Region == "" {
		return errors.New("open the API: Options.Region is missing")
	}

	// Otherwise a missing room would be noticed at its first request only.
	fields := reflect.TypeFor[Options]()
	for i := range fields.NumField() {
		room := reflect.ValueOf(o).Field(i)
		if room.Kind() != reflect.Interface || slices.Contains(optionalRooms, fields.Field(i).Name) {
			continue
		}
		if room.IsNil() || room.Elem().Kind() == reflect.Pointer && room.Elem().IsNil() {
			return fmt.Errorf("open the API: Options.%s is missing", fields.Field(i).Name)
		}
	}
	return nil
}

// New returns the handler of all paths under Prefix. It answers 404 for paths
// outside. It is safe for any number of concurrent requests. The time limits of
// connections are the server's, except that a body must arrive within
// [middleware.BodyReadTimeout] and a file within 5 minutes.
func New(o Options) (http.Handler, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &server{
		log: o.Logger, status: o.Status, tokens: o.Tokens,
		mux: http.NewServeMux(), byPattern: map[string]route{},
		failures:         middleware.NewFailures(failureBurst, failureInterval),
		problemResponses: map[int]*huma.Response{},
	}

	surface := humago.NewWithPrefix(s.mux, Prefix, s.config(o.Version))
	routes := s.routes(o)

	for _, r := range routes {
		pattern := r.method + " " + Prefix + r.path
		s.byPattern[pattern] = r
		if r.page != nil {
			// The document describes the API, not the pages about it.
			s.mux.HandleFunc(pattern, r.page)
			continue
		}
		r.register(s, surface, s.operation(r))
	}

	// The document is finished last: it needs every route's schema.
	if err := s.document(surface.OpenAPI(), routes); err != nil {
		return nil, fmt.Errorf("open the API: %w", err)
	}
	return s.front(), nil
}
