package page

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/store/survey"
)

// headers are those of every page beside the middleware's. The content policy
// allows what the pages need and nothing from elsewhere.
var headers = map[string]string{
	"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	"Cross-Origin-Opener-Policy": "same-origin",
	"Permissions-Policy":         "camera=(), geolocation=(), microphone=(), payment=()",
}

// Front puts the mux behind the middleware's checks, and words what they
// refuse. Serve answers what passed.
func (s *Shell) Front(mux *http.ServeMux, known func(pattern string) bool, serve func(w http.ResponseWriter, r *http.Request, pattern string)) http.Handler {
	return middleware.New(middleware.Options{Mux: mux, Known: known, Methods: []string{http.MethodGet, http.MethodPost}, Headers: headers,
		SameSite: http.NewCrossOriginProtection(), Serve: serve, Refuse: s.refuse, Log: s.Log})
}

// refuse answers what the middleware refuses.
func (s *Shell) refuse(w http.ResponseWriter, r *http.Request, why middleware.Refusal) {
	switch why {
	case middleware.NoRoute:
		s.NotFound(w, r)
	case middleware.MethodNotAllowed:
		s.Problem(w, r, http.StatusMethodNotAllowed, noMethod)
	case middleware.OtherSite:
		s.Problem(w, r, http.StatusForbidden, otherSite)
	case middleware.Broken:
		s.Problem(w, r, http.StatusInternalServerError, Internal)
	default:
		s.Problem(w, r, http.StatusBadRequest, noAddress)
	}
}

// ReadForm reads a form of at most limit bytes; false means that a page was
// answered instead.
func (s *Shell) ReadForm(w http.ResponseWriter, r *http.Request, limit int64, files bool) bool {
	err := middleware.ReadForm(w, r, limit, files)
	switch {
	case err == nil:
		return true
	case errors.Is(err, middleware.ErrFormTooLarge):
		s.Problem(w, r, http.StatusRequestEntityTooLarge, tooLarge(limit))
	default:
		s.Problem(w, r, http.StatusBadRequest, Unreadable)
	}
	return false
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
	return RequestOf(VisitorOf(r).Actor, r.URL.Path, key)
}

// RequestOf identifies what the actor sends from one place with one key.
func RequestOf(actor uint64, place, key string) survey.Request {
	return survey.Request{ID: middleware.RequestID("tracker-page/1", strconv.FormatUint(actor, 10), place, key), Actor: actor}
}
