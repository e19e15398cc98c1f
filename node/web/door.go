package web

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ahsn-network/tracker/store"
)

// Bounds of a request.
const (
	maxPath      = 1 << 10
	maxQuery     = 4 << 10
	maxFormKeys  = 500
	bodyReadMost = 30 * time.Second
)

// contentPolicy allows what the pages need and nothing from elsewhere.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// door is what every request passes before a page sees it: headers, address,
// origin, session, role, size of the form. It serves its routes and nothing
// else.
type door struct {
	site   *Site
	mux    *http.ServeMux
	routes map[string]route // by the mux's pattern
	origin *http.CrossOriginProtection
	packs  *sync.Pool // of *gzip.Writer
	public bool       // only companies come in: no answer tells of the other pages
}

func (s *Site) newDoor(routes []route, public bool) *door {
	d := &door{site: s, public: public, mux: http.NewServeMux(), routes: map[string]route{}, origin: http.NewCrossOriginProtection(),
		packs: &sync.Pool{New: func() any { return gzip.NewWriter(nil) }}}
	for _, r := range routes {
		pattern := r.method + " " + r.path
		d.routes[pattern] = r
		d.mux.HandleFunc(pattern, r.handle)
	}
	return d
}

// secure sets the headers that every answer carries.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	h.Set("Strict-Transport-Security", "max-age=31536000")
	h.Set("Cache-Control", "no-store")
}

// ServeHTTP implements http.Handler.
func (d *door) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	secure(out.Header())
	if d.public || r.URL.Path == "/respond" || strings.HasPrefix(r.URL.Path, "/respond/") {
		r = r.WithContext(context.WithValue(r.Context(), companyKey{}, true))
	}
	w := &answer{ResponseWriter: out, head: r.Method == http.MethodHead}
	defer d.rescue(w, r)
	if !goodAddress(r.URL) {
		d.site.problem(w, r, http.StatusBadRequest, problemAddress)
		return
	}
	_, pattern := d.mux.Handler(r)
	to, known := d.routes[pattern]
	if !known {
		if allow := d.otherMethods(r); allow != "" {
			w.Header().Set("Allow", allow)
			d.site.problem(w, r, http.StatusMethodNotAllowed, problemMethod)
			return
		}
		d.site.notFound(w, r)
		return
	}
	if err := d.origin.Check(r); err != nil {
		d.site.problem(w, r, http.StatusForbidden, problemOrigin)
		return
	}
	if !to.public {
		w.packFor(r, d.packs)
		defer w.close(d.packs)
	}
	if to.public {
		d.serve(w, r, to)
		return
	}
	d.site.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.serve(w, r, to) })).ServeHTTP(w, r)
}

// serve checks who asks and what the form holds, and hands over to the page.
func (d *door) serve(w http.ResponseWriter, r *http.Request, to route) {
	s := d.site
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
	if r.Method == post {
		if p := readForm(w, r, to.form); p != nil {
			s.problem(w, r, p.status, p.problem)
			return
		}
	}
	d.mux.ServeHTTP(w, r)
}

type formProblem struct {
	status  int
	problem problem
}

// readForm reads the form within its limits. Values that are not UTF-8 or hold
// control characters, other than those of plain text, are refused here once.
func readForm(w http.ResponseWriter, r *http.Request, limit int64) *formProblem {
	controller := http.NewResponseController(w)
	_ = controller.SetReadDeadline(time.Now().Add(bodyReadMost)) // not every writer has one
	defer func() { _ = controller.SetReadDeadline(time.Time{}) }()
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") && limit == uploadForm {
		err = r.ParseMultipartForm(limit)
	} else {
		err = r.ParseForm()
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &formProblem{http.StatusRequestEntityTooLarge, problemTooLarge(limit)}
	case err != nil || len(r.PostForm) > maxFormKeys:
		return &formProblem{http.StatusBadRequest, problemForm}
	}
	for name, values := range r.PostForm {
		for _, text := range append([]string{name}, values...) {
			if !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool {
				return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t'
			}) {
				return &formProblem{http.StatusBadRequest, problemForm}
			}
		}
	}
	return nil
}

// goodAddress refuses paths and queries that two readers could understand
// differently.
func goodAddress(u *url.URL) bool {
	if len(u.EscapedPath()) > maxPath || len(u.RawQuery) > maxQuery || !strings.HasPrefix(u.Path, "/") || unclean(u.Path) {
		return false
	}
	for i, segment := range strings.Split(u.Path[1:], "/") {
		if segment == "." || segment == ".." || segment == "" && i > 0 && !strings.HasSuffix(u.Path, "/") || strings.Contains(u.Path, "//") {
			return false
		}
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return false
	}
	for name, values := range query {
		if unclean(name) || unclean(strings.Join(values, "")) {
			return false
		}
	}
	return true
}

func unclean(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl)
}

// otherMethods returns which methods the path takes, "" if there is no such
// path.
func (d *door) otherMethods(r *http.Request) string {
	var allow []string
	for _, method := range []string{get, post} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := d.mux.Handler(probe); d.routes[pattern].handle != nil {
			allow = append(allow, method)
		}
	}
	return strings.Join(allow, ", ")
}

// rescue turns a panic into a page when nothing was sent yet.
func (d *door) rescue(w *answer, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	d.site.log.Error("a page broke", "method", r.Method, "panic", fmt.Sprint(cause))
	if w.status == 0 {
		d.site.problem(w, r, http.StatusInternalServerError, problemInternal)
	}
}

// answer remembers whether an answer has begun, and compresses it.
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
