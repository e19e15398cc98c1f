package page

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/store/survey"
)

// headers are those of every page beside the middleware's. The content policy
// allows the pages' own files and nothing from elsewhere.
var headers = map[string]string{
	"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	"Cross-Origin-Opener-Policy": "same-origin",
	"Permissions-Policy":         "camera=(), geolocation=(), microphone=(), payment=()",
}

// Front puts the mux behind the middleware's checks, with a page for each
// refusal. Serve answers the requests that pass.
func (s *Shell) Front(mux *http.ServeMux, known func(pattern string) bool,
	serve func(w http.ResponseWriter, r *http.Request, pattern string)) http.Handler {
	return middleware.New(middleware.Options{Mux: mux, Known: known, Methods: []string{http.MethodGet, http.MethodPost},
		Headers: headers, SameSite: http.NewCrossOriginProtection(), Serve: serve, Refuse: s.refuse, Log: s.Log})
}

// Redirect leads the browser to another page. It returns nil, as the last step of a handler.
func Redirect(w http.ResponseWriter, r *http.Request, address string) error {
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// refusedPages are the pages of the middleware's refusals; noAddress is that of the others.
var refusedPages = map[middleware.Refusal]Problem{middleware.NoRoute: noPage, middleware.MethodNotAllowed: noMethod,
	middleware.OtherSite: otherSite, middleware.Broken: internal}

func (s *Shell) refuse(w http.ResponseWriter, r *http.Request, why middleware.Refusal) {
	p, known := refusedPages[why]
	if !known {
		p = noAddress
	}
	s.Problem(w, r, p)
}

// ReadForm reads a form of at most limit bytes. It returns a Problem if that
// cannot be done.
func ReadForm(w http.ResponseWriter, r *http.Request, limit int64, files bool) error {
	err := middleware.ReadForm(w, r, limit, files)
	switch {
	case errors.Is(err, middleware.ErrFormTooLarge):
		return Problem{Status: http.StatusRequestEntityTooLarge, Title: "That is too large",
			Text: fmt.Sprintf("A form here can have at most %d kB. Nothing was recorded.", limit>>10),
			Next: "Split the list into smaller ones."}
	case err != nil:
		return Unreadable
	}
	return nil
}

const maxKey = 64 // characters of a form's key

// Request identifies one form for the registry: the same form sent twice, by
// the back button or an impatient finger, has one outcome. Who sends it is
// mixed in, so that nobody gets another's outcome.
func Request(r *http.Request) survey.Request {
	key := r.PostForm.Get("key")
	if key == "" || len(key) > maxKey {
		key = NewKey()
	}

	// Who sends it is part of the id, so that nobody gets another person's outcome.
	return RequestOf(VisitorOf(r).Actor, r.URL.Path, key)
}

// RequestOf identifies a form that the actor sends from one place with one key.
func RequestOf(actor uint64, place, key string) survey.Request {
	return survey.Request{ID: middleware.RequestID("tracker-page/1", strconv.FormatUint(actor, 10), place, key),
		Actor: actor}
}
