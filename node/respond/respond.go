// Package respond is the companies' own form: one question a page, reached by
// a link that is the key. It is a handler of its own, so that a listener of
// its own can serve it and nothing else; the staff's pages hand its paths to
// it too.
//
// Start from [New], which has every address.
//
// Imports node/middleware, node/page, store, store/survey.
package respond

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Options are the rooms that the form speaks for. All are required but
// Editions, Now and Logger.
type Options struct {
	Region        survey.Region
	Organisations Organisations
	Campaigns     Campaigns
	Responses     Responses
	Sharing       Sharing
	Links         Links
	Federation    Federation
	// Editions are the questionnaires that this node knows; nil: the software's.
	Editions *survey.Editions
	// Now is the clock that the form shows and that copies end by; nil means
	// time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

// Organisations has the companies of the registry.
type Organisations interface {
	Organisation(survey.Identifier) (survey.Organisation, error)
}

// Campaigns are the yearly surveys.
type Campaigns interface {
	Campaigns() []survey.Campaign
}

// Responses are this region's own answers, recorded by way of the federation,
// which knows the holder.
type Responses interface {
	RecordResponse(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier,
		answers []byte) (survey.ResponseResult, error)
	Response(context.Context, survey.Cycle, survey.Identifier) (survey.Response, error)
}

// Sharing records whether the AHSNs that a company named may see its answers, and
// gives them copies or takes those back.
type Sharing interface {
	SetSharing(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier,
		sharing survey.Sharing) error
}

// Links are the links that companies were sent, with what they have entered so
// far: store.Links.
type Links interface {
	SurveyLinkBySecret(secret string) (store.SurveyLink, error)
	MarkSurveyLink(ctx context.Context, id string, stage store.LinkStage, consent bool) error
	SurveyDraft(id string) (store.SurveyDraft, error)
	SaveSurveyDraft(ctx context.Context, id, question string, fields map[string][]string) error
	DropSurveyDraft(ctx context.Context, id string) error
}

// Federation says how the AHSNs' nodes are, without waiting for anybody.
type Federation interface {
	FederationStatus() survey.FederationStatus
}

const (
	maxForm = 64 << 10 // bytes
	// How often an unknown link may be opened at once, and then one by one.
	guessBurst = 20
	guessEvery = time.Second
)

//go:embed templates
var templateFiles embed.FS

// Form is the companies' form. It is an http.Handler, safe for concurrent use.
type Form struct {
	*page.Shell
	options Options
	guesses *middleware.Failures // of links, by remote network
	process string               // random: proves to this process alone what it said itself
	mux     *http.ServeMux
	known   map[string]bool // the mux's patterns
	front   http.Handler
}

// New returns the form. It parses every template and fails if one is faulty.
func New(o Options) (*Form, error) {
	for name, missing := range map[string]bool{"Region": o.Region == "", "Organisations": o.Organisations == nil,
		"Campaigns": o.Campaigns == nil, "Responses": o.Responses == nil, "Sharing": o.Sharing == nil,
		"Links": o.Links == nil, "Federation": o.Federation == nil} {
		if missing {
			return nil, fmt.Errorf("open the companies' form: Options.%s is missing", name)
		}
	}

	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	templates, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return nil, fmt.Errorf("open the companies' form: %w", err)
	}

	f := &Form{options: o, guesses: middleware.NewFailures(guessBurst, guessEvery), process: page.NewKey(),
		mux: http.NewServeMux(), known: map[string]bool{}}
	f.Shell, err = page.New(page.Options{Region: o.Region, Templates: templates, Company: true, Now: o.Now,
		Quorum: func() survey.Quorum { return o.Federation.FederationStatus().Quorum },
		Log:    o.Logger.With("component", "respond")})
	if err != nil {
		return nil, fmt.Errorf("open the companies' form: %w", err)
	}
	f.open()
	return f, nil
}

// open puts the pages behind the checks that every request passes.
func (f *Form) open() {
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET " + page.StaticPrefix:                  f.ServeStatic,
		"GET /respond":                              f.withoutLink,
		"GET /respond/{link}":                       f.start,
		"GET /respond/{link}/check":                 f.check,
		"POST /respond/{link}/send":                 f.send,
		"GET /respond/{link}/done":                  f.done,
		"GET /respond/{link}/copy.txt":              f.copy,
		"GET /respond/{link}/saved":                 f.saved,
		"GET /respond/{link}/questions/{question}":  f.question,
		"POST /respond/{link}/questions/{question}": f.answer,
	} {
		f.known[pattern] = true
		f.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			err := handle(w, r)
			var answered answeredError
			switch {
			case errors.As(err, &answered):
				http.Redirect(w, r, string(answered), http.StatusSeeOther)
			case err != nil:
				f.Fail(w, r, err)
			}
		})
	}

	f.front = f.Front(f.mux, func(pattern string) bool { return f.known[pattern] }, f.serve)
}

// ServeHTTP serves the form and the static files of its pages. No answer tells
// of other pages, and none is compressed, since the addresses are secret.
func (f *Form) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.front.ServeHTTP(w, r) }

// Patterns returns the method and path of every route, in no order.
func (f *Form) Patterns() []string { return slices.Collect(maps.Keys(f.known)) }

// serve reads the form that was sent, if any, and hands over to the page.
func (f *Form) serve(w http.ResponseWriter, r *http.Request, _ string) {
	if r.Method == http.MethodPost {
		if err := page.ReadForm(w, r, maxForm, false); err != nil {
			f.Fail(w, r, err)
			return
		}
	}
	f.mux.ServeHTTP(w, r)
}
