package api

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Bounds on what a request may hold.
const (
	maxBody         = 256 << 10 // bytes, one thing
	maxBatchBody    = 8 << 20   // bytes, a list
	maxUpload       = 65 << 20  // bytes, a file with what surrounds it
	maxPath         = 1 << 10   // bytes, as sent
	maxQuery        = 4 << 10   // bytes, as sent
	maxQueryValues  = 16
	maxHeaderBytes  = 32 << 10
	maxHeaderValues = 64
	maxKey          = 64 // characters of an Idempotency-Key
	bodyReadTimeout = 30 * time.Second
)

const idempotencyKey = "Idempotency-Key"

// ServeHTTP refuses what no handler should see, finds the route, checks who
// asks, and hands over to huma. All of it answers application/problem+json.
func (s *server) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w := &response{ResponseWriter: out}
	started := time.Now()
	secure(w.Header(), r.TLS != nil)
	defer s.rescue(w, r)
	admitted, pattern, p := s.admit(w, r)
	if p != nil {
		writeProblem(w, r, p)
	} else {
		s.mux.ServeHTTP(w, admitted)
	}
	s.log.LogAttrs(r.Context(), slog.LevelDebug, "answered", slog.String("method", clip(r.Method, 10)), slog.String("route", pattern),
		slog.Int("status", w.status), slog.Duration("took", time.Since(started)))
}

// admit returns the request with its caller and its key in the context, and
// its route, or the problem that refuses it.
func (s *server) admit(w *response, r *http.Request) (admitted *http.Request, pattern string, p *Problem) {
	if p := checkAddress(r.URL); p != nil {
		return nil, "", p
	}
	if p := checkHeaders(r.Header); p != nil {
		return nil, "", p
	}
	handler, pattern := s.mux.Handler(r)
	minimum, known := s.roles[pattern]
	if !known {
		return nil, "", noRoute(w, handler, r)
	}
	ctx := r.Context()
	if minimum != Anyone {
		caller, p := s.authenticate(r)
		if p != nil {
			return nil, pattern, p
		}
		if p := authorise(caller, minimum); p != nil {
			return nil, pattern, p
		}
		ctx = context.WithValue(ctx, callerKey{}, caller)
	}
	if slices.Contains(changing, r.Method) {
		key, p := requestKey(r.Header)
		if p != nil {
			return nil, pattern, p
		}
		w.Header().Set(idempotencyKey, key)
		ctx = context.WithValue(ctx, requestKeyKey{}, key)
		if p := checkBody(r, s.limits[pattern], s.uploads[pattern]); p != nil {
			return nil, pattern, p
		}
	}
	admitted = r.WithContext(ctx)
	admitted.Header.Del("Accept") // there is one format: no header chooses another
	admitted.Body = &timedBody{ReadCloser: r.Body, w: w}
	return admitted, pattern, nil
}

// secure sets the headers that every answer carries. Handlers may replace the
// policy for caches and for content.
func secure(h http.Header, tls bool) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if tls {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// rescue turns a panic into a problem when nothing was sent yet.
func (s *server) rescue(w *response, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	s.log.Error("request broke", "method", clip(r.Method, 10), "path", clip(r.URL.EscapedPath(), 200), "panic", fmt.Sprint(cause))
	if w.status == 0 {
		writeProblem(w, r, newProblem(codeInternal, ""))
	}
}

// checkAddress refuses paths and queries that two readers could understand
// differently: control characters, dots and empty segments, encoded or not,
// and parameters that occur twice.
func checkAddress(u *url.URL) *Problem {
	if len(u.EscapedPath()) > maxPath || len(u.RawQuery) > maxQuery {
		return newProblem(codeURITooLong, "")
	}
	if !strings.HasPrefix(u.Path, "/") || unclean(u.Path) {
		return newProblem(codeBadRequest, "The path holds characters that no path of this API has")
	}
	segments := strings.Split(u.Path[1:], "/")
	for i, segment := range segments {
		last := i == len(segments)-1
		if segment == "." || segment == ".." || segment == "" && !last {
			return newProblem(codeBadRequest, "The path has an empty segment, or one of dots")
		}
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || len(query) > maxQueryValues {
		return newProblem(codeBadRequest, "The query cannot be read")
	}
	for name, values := range query {
		if unclean(name) || unclean(values[0]) {
			return newProblem(codeBadRequest, "The query holds control characters")
		}
		if len(values) > 1 {
			return newProblem(codeBadRequest, "A query parameter occurs twice")
		}
	}
	return nil
}

func unclean(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl)
}

func checkHeaders(h http.Header) *Problem {
	size, count := 0, 0
	for name, values := range h {
		for _, v := range values {
			size += len(name) + len(v)
			count++
		}
	}
	if size > maxHeaderBytes || count > maxHeaderValues {
		return newProblem(codeHeaders, "")
	}
	return nil
}

// noRoute tells an unknown path from a known one with another method. The mux
// answers both in plain text, so only its status and Allow header are taken.
func noRoute(w *response, mux http.Handler, r *http.Request) *Problem {
	probe := &probe{header: http.Header{}}
	mux.ServeHTTP(probe, r)
	if probe.status != http.StatusMethodNotAllowed {
		return newProblem(codeNoRoute, "")
	}
	w.Header().Set("Allow", probe.header.Get("Allow"))
	return newProblem(codeMethod, "")
}

// changing are the methods whose requests have an Idempotency-Key.
var changing = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// requestKey returns the caller's Idempotency-Key, or a new one (UUID version
// 7) when there is none.
func requestKey(h http.Header) (string, *Problem) {
	values := h.Values(idempotencyKey)
	switch {
	case len(values) == 0:
		id, err := uuid.NewV7()
		if err != nil {
			return "", newProblem(codeInternal, "")
		}
		return id.String(), nil
	case len(values) > 1:
		return "", newProblem(codeBadRequest, "There is more than one Idempotency-Key")
	}
	key := values[0]
	printable := !strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c > '~' })
	if len(key) < 1 || len(key) > maxKey || !printable {
		return "", newProblem(codeBadRequest, fmt.Sprintf("An Idempotency-Key has 1 to %d printable ASCII characters", maxKey))
	}
	return key, nil
}

// checkBody refuses bodies by what their headers say; huma stops reading at
// the same limit when they don't say.
func checkBody(r *http.Request, limit int64, upload bool) *Problem {
	if r.ContentLength == 0 {
		return nil
	}
	if r.ContentLength > limit {
		return newProblem(codeTooLarge, fmt.Sprintf("The body is larger than %d bytes", limit))
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return newProblem(codeMediaType, "")
	}
	content := r.Header.Get("Content-Type")
	if content == "" {
		return nil
	}
	kind, params, err := mime.ParseMediaType(content)
	if upload {
		if err != nil || kind != "multipart/form-data" {
			return newProblem(codeNotForm, "")
		}
		return nil
	}
	if charset := params["charset"]; err != nil || kind != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return newProblem(codeMediaType, "")
	}
	return nil
}

// response remembers whether an answer has begun.
type response struct {
	http.ResponseWriter
	status int
}

func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// timedBody takes the read deadline that huma sets for the body off the
// connection when the body is closed. Otherwise it would strike net/http's
// background read and cancel a claim that waits for a new leader.
type timedBody struct {
	io.ReadCloser
	w http.ResponseWriter
}

func (b *timedBody) Close() error {
	err := b.ReadCloser.Close()
	_ = http.NewResponseController(b.w).SetReadDeadline(time.Time{}) // not every writer has one
	return err
}

// probe takes a status and headers and drops the rest.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
func (p *probe) WriteHeader(status int) {
	if p.status == 0 {
		p.status = status
	}
}
