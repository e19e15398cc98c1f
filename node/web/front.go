package web

import (
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/store"
)

// headers are those of every page beside the middleware's. The content policy
// allows what the pages need and nothing from elsewhere.
var headers = map[string]string{
	"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	"Cross-Origin-Opener-Policy": "same-origin",
	"Permissions-Policy":         "camera=(), geolocation=(), microphone=(), payment=()",
}

// front is what every request passes before a page sees it: the middleware's
// checks, session, role, size of the form. It serves its routes and nothing
// else.
type front struct {
	site    *Site
	mux     *http.ServeMux
	routes  map[string]route // by the mux's pattern
	checked http.Handler
	packs   *sync.Pool // of *gzip.Writer
	public  bool       // only companies come in: no answer tells of the other pages
}

func (s *Site) newFront(routes []route, public bool) *front {
	f := &front{site: s, public: public, mux: http.NewServeMux(), routes: map[string]route{},
		packs: &sync.Pool{New: func() any { return gzip.NewWriter(nil) }}}
	for _, r := range routes {
		pattern := r.method + " " + r.path
		f.routes[pattern] = r
		f.mux.HandleFunc(pattern, r.handle)
	}
	f.checked = middleware.New(middleware.Options{Mux: f.mux, Known: func(pattern string) bool { return f.routes[pattern].handle != nil },
		Methods: []string{get, post}, Headers: headers, SameSite: http.NewCrossOriginProtection(), Serve: f.serve, Refuse: s.refuse, Log: s.log})
	return f
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.public || r.URL.Path == "/respond" || strings.HasPrefix(r.URL.Path, "/respond/") {
		r = r.WithContext(context.WithValue(r.Context(), companyKey{}, true))
	}
	f.checked.ServeHTTP(w, r)
}

// refuse answers what the middleware refuses.
func (s *Site) refuse(w http.ResponseWriter, r *http.Request, why middleware.Refusal) {
	switch why {
	case middleware.NoRoute:
		s.notFound(w, r)
	case middleware.MethodNotAllowed:
		s.problem(w, r, http.StatusMethodNotAllowed, problemMethod)
	case middleware.OtherSite:
		s.problem(w, r, http.StatusForbidden, problemOrigin)
	case middleware.Broken:
		s.problem(w, r, http.StatusInternalServerError, problemInternal)
	default:
		s.problem(w, r, http.StatusBadRequest, problemAddress)
	}
}

// serve compresses what is not secret and begins the session.
func (f *front) serve(w http.ResponseWriter, r *http.Request, pattern string) {
	to := f.routes[pattern]
	if to.public {
		f.hand(w, r, to)
		return
	}
	packed := &answer{ResponseWriter: w, head: r.Method == http.MethodHead}
	packed.packFor(r, f.packs)
	defer packed.close(f.packs)
	f.site.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.hand(w, r, to) })).ServeHTTP(packed, r)
}

// hand checks who asks and what the form holds, and hands over to the page.
func (f *front) hand(w http.ResponseWriter, r *http.Request, to route) {
	s := f.site
	if !to.public {
		visitor, signedIn := s.visitor(r)
		ctx := context.WithValue(r.Context(), visitorKey{}, visitor)
		r = r.WithContext(ctx)
		if to.role != anyone && !signedIn {
			s.askToSignIn(w, r, to)
			return
		}
		if to.role != anyone && !visitor.Role.Includes(to.role) {
			s.problem(w, r, http.StatusForbidden, problemRole(to.role, visitor.Role))
			return
		}
	}
	if r.Method == post && !s.readForm(w, r, to.form) {
		return
	}
	f.mux.ServeHTTP(w, r)
}

// readForm reads the form; false means that a page was answered instead.
func (s *Site) readForm(w http.ResponseWriter, r *http.Request, limit int64) bool {
	err := middleware.ReadForm(w, r, limit, limit == uploadForm)
	switch {
	case err == nil:
		return true
	case errors.Is(err, middleware.ErrFormTooLarge):
		s.problem(w, r, http.StatusRequestEntityTooLarge, problemTooLarge(limit))
	default:
		s.problem(w, r, http.StatusBadRequest, problemForm)
	}
	return false
}

// goodAddress reports whether the address is one that a page can have.
func goodAddress(u *url.URL) bool { return middleware.AddressRules{}.Check(u) == "" }

// answer compresses what is written, once a page begins.
type answer struct {
	http.ResponseWriter
	status int
	head   bool
	packer *gzip.Writer
}

// packFor compresses what is written from now on, if the browser takes it.
func (w *answer) packFor(r *http.Request, pool *sync.Pool) {
	w.Header().Add("Vary", "Accept-Encoding")
	if acceptsGzip(r) && !w.head {
		w.packer = pool.Get().(*gzip.Writer)
		w.packer.Reset(w.ResponseWriter)
	}
}

// close ends the compressed answer.
func (w *answer) close(pool *sync.Pool) {
	if w.packer == nil {
		return
	}
	if w.Header().Get("Content-Encoding") == "gzip" {
		_ = w.packer.Close() // the browser is gone if this fails
	}
	pool.Put(w.packer)
	w.packer = nil
}

// WriteHeader implements http.ResponseWriter.
func (w *answer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		bodiless := status == http.StatusNoContent || status == http.StatusNotModified || status >= 300 && status < 400
		if w.packer != nil && !bodiless && w.Header().Get("Content-Encoding") == "" {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Del("Content-Length")
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *answer) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if w.packer != nil && w.Header().Get("Content-Encoding") == "gzip" {
		return w.packer.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *answer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// companyKey marks requests of companies, who are told of their form alone.
type companyKey struct{}

func ofCompany(r *http.Request) bool {
	marked, _ := r.Context().Value(companyKey{}).(bool)
	return marked
}

type visitorKey struct{}

// visitor is who asks.
type visitor struct {
	Name  string
	Role  store.Permission
	Actor uint64
}

func visitorOf(r *http.Request) visitor {
	v, _ := r.Context().Value(visitorKey{}).(visitor)
	return v
}

// May reports whether the visitor has at least the role.
func (v visitor) May(role store.Permission) bool { return v.Role.Includes(role) }
