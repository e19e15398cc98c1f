package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/store"
)

// touches says what a route reads or writes. It decides which errors are
// documented, and whether a request that ran out of time may have changed
// something.
type touches int

const (
	node           touches = iota // this node's own state, in memory or on disk
	reads                         // the registry's copy here
	binds                         // the registry of the nation
	records                       // this region's own records
	nationalTotals                // summaries of all regions
)

// route is one row of the surface: a method and a path, the least role that
// may use it, and its handler.
type route struct {
	method, path string
	role         store.Permission
	touches      touches
	summary      string
	statuses     []int // of success; the first is the usual one
	list         bool  // takes a list of up to maxBatch rows
	upload       bool  // takes a file
	register     func(*server, huma.API, huma.Operation)
	page         http.HandlerFunc // instead of register, for the documentation
}

// on makes a route from a handler.
func on[I, O any](method, path string, role store.Permission, t touches, summary string, handler func(context.Context, *I) (*O, error), statuses ...int) route {
	if len(statuses) == 0 {
		statuses = []int{http.StatusOK}
	}
	r := route{method: method, path: path, role: role, touches: t, summary: summary, statuses: statuses,
		list: strings.Contains(path, ":") || strings.HasSuffix(path, "/supported")}
	r.register = func(s *server, surface huma.API, op huma.Operation) {
		huma.Register(surface, op, func(ctx context.Context, in *I) (*O, error) {
			out, err := handler(ctx, in)
			if err != nil {
				return nil, s.fail(ctx, r, err)
			}
			return out, nil
		})
	}
	return r
}

// pageOf makes a route of the documentation, which anyone may read.
func pageOf(path, summary string, page http.HandlerFunc) route {
	return route{method: http.MethodGet, path: path, role: Anyone, summary: summary, statuses: []int{http.StatusOK}, page: page}
}

// fail turns what a room below answered into a problem, and logs what only an
// operator can mend.
func (s *server) fail(ctx context.Context, r route, err error) *Problem {
	p := problemOf(err, r.writes())
	switch p.Code {
	case codeNoQuorum:
		q := s.federation.FederationStatus().Quorum
		p = newProblem(codeNoQuorum, q.Shortage())
	case codeInternal:
		if s.federation.NodeStatus().Registry.NeedsUpgrade {
			return newProblem(codeNeedsUpgrade, "")
		}
		s.log.ErrorContext(ctx, "request failed", "route", r.method+" "+r.path, "error", err)
	}
	return p
}

func (r route) limit() int64 {
	switch {
	case r.upload:
		return maxUpload
	case r.list:
		return maxBatchBody
	}
	return maxBody
}

func (r route) writes() bool { return r.method != http.MethodGet }

// operation describes the route to huma.
func (s *server) operation(r route) huma.Operation {
	op := huma.Operation{
		OperationID:     operationID(r),
		Method:          r.method,
		Path:            r.path,
		Summary:         r.summary,
		Description:     fmt.Sprintf("Least role: %s.", r.role),
		DefaultStatus:   r.statuses[0],
		MaxBodyBytes:    r.limit() + 1, // huma refuses at its limit, not beyond
		BodyReadTimeout: middleware.BodyReadTimeout,
		Responses:       map[string]*huma.Response{},
		Security:        []map[string][]string{{"token": {}}},
		Extensions:      map[string]any{"x-least-role": string(r.role)},
		Tags:            []string{strings.Split(strings.Trim(r.path, "/:"), "/")[0]},
	}
	op.Tags[0], _, _ = strings.Cut(op.Tags[0], ":")
	if r.writes() {
		most := maxKey
		op.Parameters = append(op.Parameters, &huma.Param{Name: idempotencyKey, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &most},
			Description: "Names the request for retries: the same key gives the same answer once. Made when absent, and returned."})
	}
	for _, status := range errorStatuses(r) {
		op.Responses[strconv.Itoa(status)] = s.problemAnswer(status)
	}
	return op
}

// problemAnswer describes the problems with a status: one description for all
// routes, since a hundred routes with a dozen each were a quarter of an idle
// node's memory.
func (s *server) problemAnswer(status int) *huma.Response {
	answer := s.problemAnswers[status]
	if answer == nil {
		answer = &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{
			problemContent: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}},
		}}
		s.problemAnswers[status] = answer
	}
	return answer
}

// errorStatuses are the statuses of the problems that a route can answer with.
func errorStatuses(r route) []int {
	out := []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestURITooLong,
		http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusRequestHeaderFieldsTooLarge, http.StatusInternalServerError}
	if strings.Contains(r.path, "{") || r.touches == nationalTotals {
		out = append(out, http.StatusNotFound)
	}
	if r.writes() {
		out = append(out, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusInsufficientStorage)
	}
	switch r.touches {
	case reads:
		out = append(out, http.StatusServiceUnavailable, http.StatusGatewayTimeout)
	case binds:
		out = append(out, http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable, http.StatusGatewayTimeout)
	case records:
		out = append(out, http.StatusConflict, http.StatusGatewayTimeout)
	case nationalTotals:
		out = append(out, http.StatusConflict, http.StatusGatewayTimeout)
	}
	return out
}

// operationID is the method and the path in words: post-campaigns-claims.
func operationID(r route) string {
	id := strings.ToLower(r.method) + strings.NewReplacer("/", "-", ":", "-", "{", "", "}", "").Replace(r.path)
	return id
}

// transform turns the problems that huma finds itself into ours: same shape,
// and without the values that were sent, which huma repeats.
func (s *server) transform(ctx huma.Context, _ string, v any) (any, error) {
	address := ctx.URL()
	switch found := v.(type) {
	case *huma.ErrorModel:
		p := fromHuma(found, ctx.Operation().MaxBodyBytes-1)
		p.Instance = address.EscapedPath()
		return p, nil
	case *Problem:
		own := *found
		own.Instance = address.EscapedPath()
		return &own, nil
	}
	return v, nil
}

// humaCodes are the codes of the statuses that huma refuses requests with.
var humaCodes = map[int]string{
	http.StatusBadRequest:            codeBadRequest,
	http.StatusRequestTimeout:        codeSlowBody,
	http.StatusRequestEntityTooLarge: codeTooLarge,
	http.StatusUnsupportedMediaType:  codeMediaType,
	http.StatusUnprocessableEntity:   codeInvalid,
}

// fromHuma keeps the status that huma has already chosen, the places and the
// expectations, and drops the values.
func fromHuma(m *huma.ErrorModel, limit int64) *Problem {
	code, known := humaCodes[m.Status]
	if !known {
		code = codeInternal
	}
	happened := ""
	switch {
	case code == codeTooLarge:
		happened = fmt.Sprintf("The body is larger than %d bytes", limit)
	case code == codeBadRequest && len(m.Errors) == 0:
		happened = "The request has no body"
	case code == codeBadRequest:
		happened = "The body cannot be read: " + m.Errors[0].Message
	case code == codeInvalid && len(m.Errors) > maxFieldErrors:
		happened = fmt.Sprintf("%d fields are wrong, of which the first %d are named", len(m.Errors), maxFieldErrors)
	}
	p := newProblem(code, happened)
	p.Status = m.Status
	if code == codeInvalid || code == codeBadRequest {
		for _, e := range m.Errors {
			p.with(FieldError{Field: e.Location, Message: e.Message})
		}
	}
	return p
}

// document finishes the OpenAPI document, keeps it as the bytes that are
// served, and makes the page that shows it.
func (s *server) document(doc *huma.OpenAPI, routes []route) error {
	schemas := doc.Components.Schemas
	schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} { // huma's own shape of errors
		delete(schemas.Map(), unused)
	}
	for _, r := range routes {
		if r.page == nil {
			documentSuccess(operationOf(doc, r), r)
		}
	}
	describeSummary(schemas, doc.Paths["/summaries/{region}/{cycle}"].Get)
	text, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	s.docs, err = makePages(doc, text, routes)
	return err
}

// documentSuccess adds the other statuses of success, with the same answer,
// and the headers that the middleware sets.
func documentSuccess(op *huma.Operation, r route) {
	usual := op.Responses[strconv.Itoa(r.statuses[0])]
	if r.writes() {
		if usual.Headers == nil {
			usual.Headers = map[string]*huma.Param{}
		}
		usual.Headers[idempotencyKey] = &huma.Header{Description: "The request's key", Schema: &huma.Schema{Type: huma.TypeString}}
	}
	for _, status := range r.statuses[1:] {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Headers: usual.Headers, Content: usual.Content}
	}
}
