// Package web is the pages of one node: HTML on the people's port, made by the
// server, usable without JavaScript. Start from routes.go, which has every
// address with the least role that may see it.
//
// Pages decide nothing. They read what the rooms below say, in people's words,
// and hand back what people enter; the API and the command line are faces of
// the same rooms.
package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"time"
	_ "time/tzdata" // pages show London's time on machines without the zones

	"github.com/alexedwards/scs/v2"

	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/node/middleware"
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
	// RespondURL is the public address of the companies' form, such as
	// https://survey.example.org; empty: that of the page on which a link is
	// made.
	RespondURL string
	// Now is the clock that pages show and count days with; nil means
	// time.Now. Canned pages have a clock of their own.
	Now    func() time.Time
	Logger *slog.Logger
}

// Site is the pages. It is an http.Handler, safe for concurrent use.
type Site struct {
	options  Options
	region   survey.Region
	log      *slog.Logger
	pages    *pages
	static   *static
	sessions *scs.SessionManager
	signIns  *middleware.Failures // failed ones, by remote network and by name
	guesses  *middleware.Failures // of survey links, by remote network
	hashing  chan struct{}
	london   *time.Location
	process  string // random: proves to this process alone what it said itself
	staff    *front // every page
	public   *front // the companies' form alone
}

// New returns the pages. It parses every template and fails if one is faulty.
func New(o Options) (*Site, error) {
	for name, room := range map[string]any{"Registry": o.Registry, "Campaigns": o.Campaigns, "Responses": o.Responses, "Records": o.Records, "Sharing": o.Sharing, "Takeovers": o.Takeovers,
		"Forms": o.Forms, "Totals": o.Totals, "Certification": o.Certification, "Proposals": o.Proposals, "Reports": o.Reports,
		"Federation": o.Federation, "People": o.People, "Links": o.Links, "Post": o.Post, "Imports": o.Imports, "Sessions": o.Sessions} {
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
	if o.Now == nil {
		o.Now = time.Now
	}
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		return nil, fmt.Errorf("open the pages: %w", err)
	}
	s := &Site{
		options: o, region: o.Region, log: o.Logger.With("room", "web"), london: london,
		signIns: middleware.NewFailures(signInBurst, signInEvery), guesses: middleware.NewFailures(guessBurst, guessEvery), hashing: make(chan struct{}, hashesAtOnce), process: newKey(),
	}
	if s.static, err = newStatic(); err != nil {
		return nil, fmt.Errorf("open the pages: %w", err)
	}
	if s.pages, err = newPages(s); err != nil {
		return nil, fmt.Errorf("open the pages: %w", err)
	}
	s.sessions = newSessionManager(o.Sessions, s.sessionFailed)
	s.staff = s.newFront(append(s.routes(), s.respondRoutes()...), false)
	s.public = s.newFront(s.respondRoutes(), true)
	return s, nil
}

// ServeHTTP serves every page.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.staff.ServeHTTP(w, r) }

// Respond returns the companies' form alone, for a listener of its own that
// the public can reach: no page of it knows of the others.
func (s *Site) Respond() http.Handler { return s.public }

func (s *Site) now() time.Time { return s.options.Now() }

// Patterns returns the method and path of every route, in no order.
func (s *Site) Patterns() []string {
	patterns := make([]string, 0, len(s.staff.routes))
	for pattern := range s.staff.routes {
		patterns = append(patterns, pattern)
	}
	return patterns
}
