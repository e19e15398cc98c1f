// Package middleware stands before every handler of the node's surfaces: the
// API, the staff's pages and the companies' form. It sets the headers that
// every answer carries, refuses what no handler should see, finds the route,
// and turns a panic into an answer.
//
// Start from [New]. A surface says in [Options] how it words a refusal, and
// the steps after the checks: authentication, the body, the handler.
//
// Imports store/survey.
package middleware

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds that every surface has.
const (
	MaxPath         = 1 << 10 // bytes, as sent
	MaxQuery        = 4 << 10 // bytes, as sent
	BodyReadTimeout = 30 * time.Second

	maxLoggedMethod = 10  // characters
	maxLoggedPath   = 200 // characters
)

// Refusal says why a request did not reach its handler.
type Refusal string

// Refusals, in the order in which they are checked.
const (
	AddressTooLong   Refusal = "the address is too long"
	PathCharacters   Refusal = "the path holds characters that no path has"
	PathSegments     Refusal = "the path has an empty segment, or one of dots"
	QueryUnreadable  Refusal = "the query cannot be read"
	QueryCharacters  Refusal = "the query holds control characters"
	QueryTwice       Refusal = "a query parameter occurs twice"
	HeadersTooLarge  Refusal = "the headers are too large"
	NoRoute          Refusal = "there is no such route"
	MethodNotAllowed Refusal = "the route does not take the method" // the answer has the header Allow
	OtherSite        Refusal = "a page of another site sent it"
	Broken           Refusal = "the handler panicked" // the log says why
)

// Options describe one surface. Mux, Known, Serve, Refuse and Log are
// required.
type Options struct {
	// Mux has the surface's handlers. Of its patterns only those that are
	// known are served.
	Mux   *http.ServeMux
	Known func(pattern string) bool
	// Methods are those that any route takes, as the header Allow lists them.
	Methods []string
	// Headers are set on every answer beside [Headers]; handlers may replace
	// them.
	Headers map[string]string
	// TLSOnly leaves Strict-Transport-Security out of answers without TLS.
	TLSOnly bool
	Address AddressRules
	Header  HeaderRules
	// SameSite refuses what forms of other sites send; nil lets it pass.
	SameSite *http.CrossOriginProtection
	// Serve answers what passed the checks: usually it looks who asks and calls
	// Mux. Pattern is the route.
	Serve func(w http.ResponseWriter, r *http.Request, pattern string)
	// Refuse answers what did not. It is not called once an answer has begun.
	Refuse func(w http.ResponseWriter, r *http.Request, why Refusal)
	// LogPaths says that no path of the surface holds a secret.
	LogPaths bool
	Log      *slog.Logger
}

// Handler is one surface behind its checks. It is safe for concurrent use.
type Handler struct{ options Options }

// New returns the surface behind its checks.
func New(o Options) *Handler { return &Handler{options: o} }

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	o := h.options
	w := &response{ResponseWriter: out}
	started := time.Now()
	setHeaders(w.Header(), o.Headers, r.TLS != nil || !o.TLSOnly)
	defer h.rescue(w, r)

	pattern, why := h.check(w, r)
	if why != "" {
		o.Refuse(w, r, why)
	} else {
		o.Serve(w, r, pattern)
	}

	o.Log.LogAttrs(r.Context(), slog.LevelDebug, "answered",
		slog.String("method", survey.Clip(r.Method, maxLoggedMethod)), slog.String("route", pattern),
		slog.Int("status", w.status), slog.Duration("took", time.Since(started)))
}

// check returns the route of the request, or why it is refused.
func (h *Handler) check(w http.ResponseWriter, r *http.Request) (pattern string, why Refusal) {
	o := h.options
	if why := o.Address.Check(r.URL); why != "" {
		return "", why
	}
	if !o.Header.allow(r.Header) {
		return "", HeadersTooLarge
	}

	_, pattern = o.Mux.Handler(r)
	if !o.Known(pattern) {
		if allow := h.otherMethods(r); len(allow) > 0 {
			w.Header().Set("Allow", strings.Join(allow, ", "))
			return "", MethodNotAllowed
		}
		return "", NoRoute
	}

	if o.SameSite != nil && o.SameSite.Check(r) != nil {
		return pattern, OtherSite
	}
	return pattern, ""
}

// otherMethods returns which methods the path takes, none if there is no such
// path.
func (h *Handler) otherMethods(r *http.Request) (allow []string) {
	for _, method := range h.options.Methods {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := h.options.Mux.Handler(probe); h.options.Known(pattern) {
			allow = append(allow, method)
		}
	}
	return allow
}

// rescue turns a panic into a refusal if no answer has begun.
func (h *Handler) rescue(w *response, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler {
		panic(cause)
	}

	// The path of some surfaces is a secret.
	attributes := []any{"method", survey.Clip(r.Method, maxLoggedMethod)}
	if h.options.LogPaths {
		attributes = append(attributes, "path", survey.Clip(r.URL.EscapedPath(), maxLoggedPath))
	}
	h.options.Log.Error("a request broke", append(attributes, "panic", fmt.Sprint(cause))...)

	// It is too late for another answer once one has begun.
	if w.status == 0 {
		h.options.Refuse(w, r, Broken)
	}
}

// Begun reports whether an answer has begun: then it is too late for another
// one. The writer must be the one that Serve or Refuse got.
func Begun(w http.ResponseWriter) bool {
	begun, ok := w.(*response)
	return ok && begun.status != 0
}

// response remembers whether an answer has begun.
type response struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *response) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }
