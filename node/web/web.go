// Package web is the pages of one node: HTML on the people's port, made by the
// server, usable without JavaScript. Start from routes.go, which has every
// address with the least role that may see it.
//
// Pages decide nothing. They read what the rooms below say, in people's words,
// and hand back what people enter; the API and the command line are faces of
// the same rooms.
package web

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"reflect"
	"time"
	_ "time/tzdata" // pages show London's time on machines without the zones

	"github.com/alexedwards/scs/v2"

	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// Options are the rooms that the pages speak for. All are required but
// RespondURL, Now and Logger.
type Options struct {
	Region    survey.Region
	Registry  Registry
	Campaigns Campaigns
	Responses Responses
	Records   Records
	Sharing   Sharing
	Takeovers Takeovers
	Forms     Forms
	Totals    Totals
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

//go:embed templates
var templateFiles embed.FS

// Site is the pages. It is an http.Handler, safe for concurrent use.
type Site struct {
	*page.Shell
	options  Options
	sessions *scs.SessionManager
	signIns  *middleware.Failures // by remote network and by name
	hashing  chan struct{}
	mux      *http.ServeMux
	routes   map[string]route // by the mux's pattern
	front    http.Handler
}

// New returns the pages. It parses every template and fails if one is faulty.
func New(o Options) (*Site, error) {
	for name, room := range map[string]any{"Registry": o.Registry, "Campaigns": o.Campaigns, "Responses": o.Responses, "Records": o.Records, "Sharing": o.Sharing, "Takeovers": o.Takeovers,
		"Forms": o.Forms, "Totals": o.Totals, "Certification": o.Certification, "Proposals": o.Proposals, "Reports": o.Reports,
		"Federation": o.Federation, "People": o.People, "Links": o.Links, "Post": o.Post, "Imports": o.Imports, "Sessions": o.Sessions, "Respond": o.Respond} {
		if room == nil || reflect.ValueOf(room).Kind() == reflect.Pointer && reflect.ValueOf(room).IsNil() {
			return nil, fmt.Errorf("open the pages: Options.%s is missing", name)
		}
	}
	if o.Region == "" {
		return nil, errors.New("open the pages: Options.Region is missing")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	templates, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return nil, fmt.Errorf("open the pages: %w", err)
	}
	s := &Site{options: o, signIns: middleware.NewFailures(signInBurst, signInEvery), hashing: make(chan struct{}, hashesAtOnce)}
	s.Shell, err = page.New(page.Options{Region: o.Region, Quorum: func() survey.Quorum { return o.Federation.FederationStatus().Quorum },
		Templates: templates, Functions: s.functions(), Sections: sections, Now: o.Now, Log: o.Logger.With("component", "web")})
	if err != nil {
		return nil, fmt.Errorf("open the pages: %w", err)
	}
	s.sessions = newSessionManager(o.Sessions, s.sessionFailed)
	s.open()
	return s, nil
}

// sections says to which part of the navigation a page belongs, by the first
// segment of its path.
var sections = map[string]string{"national": "national", "campaigns": "national", "region": "region", "companies": "companies", "claims": "claims", "links": "links", "returned": "links"}

// functions are what the templates call beside those of every page.
func (s *Site) functions() template.FuncMap {
	return template.FuncMap{
		"policy": policyWords, "current": currentTerms, "open": s.openWords, "lapses": s.lapseWords, "term": termWords, "delivery": deliveryTag,
		"state": stateOf, "reason": reasonWords, "sector": func(x survey.Sector) string { return labelOf(survey.BySector, string(x)) },
		"size": func(x survey.SizeBand) string { return labelOf(survey.BySize, string(x)) }, "kind": kindWords,
	}
}

// Patterns returns the method and path of every route, in no order.
func (s *Site) Patterns() []string {
	patterns := make([]string, 0, len(s.routes))
	for pattern := range s.routes {
		patterns = append(patterns, pattern)
	}
	return patterns
}
