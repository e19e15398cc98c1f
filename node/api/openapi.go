package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ahsn-network/tracker/node/middleware"
)

// config returns huma's settings without its extras: no schema links built from
// the Host header, no documentation page from elsewhere, no undeclared query
// parameters.
func (s *server) config(version string) huma.Config {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	useVocabulary(schemas)
	format := jsonFormat()
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Innovation tracker", Version: version,
				Description: "One region's node of the national company survey: who surveys which company, " +
					"this region's answers, and national totals.",
				License: &huma.License{Name: "MIT", Identifier: "MIT"}},
			Components: &huma.Components{Schemas: schemas, SecuritySchemes: map[string]*huma.SecurityScheme{
				"token": {Type: "http", Scheme: "bearer",
					Description: "A token that an administrator of the region issued"},
			}},
		},
		// huma looks problem+json up by the second name.
		Formats:                      map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{transform},
	}
}

// operation describes the route to huma.
func (s *server) operation(r route) huma.Operation {
	tag, _, _ := strings.Cut(strings.Split(strings.Trim(r.path, "/:"), "/")[0], ":")
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
		Tags:            []string{tag},
	}

	if r.writes() {
		maxLength := maxKey
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: idempotencyKey, In: "header",
			Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &maxLength},
			Description: "Names the request for retries: the same key gives the same answer once. " +
				"Made when absent, and returned.",
		})
	}
	for _, status := range errorStatuses(r) {
		op.Responses[strconv.Itoa(status)] = s.problemResponse(status)
	}
	return op
}

// problemResponse describes the problems with a status. All routes share one
// description: a hundred routes with a dozen each took a quarter of an idle
// node's memory.
func (s *server) problemResponse(status int) *huma.Response {
	response := s.problemResponses[status]
	if response == nil {
		response = &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{
			problemContent: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}},
		}}
		s.problemResponses[status] = response
	}
	return response
}

// errorStatuses returns the statuses of the problems that a route can answer
// with.
func errorStatuses(r route) []int {
	out := []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestURITooLong,
		http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusRequestHeaderFieldsTooLarge,
		http.StatusInternalServerError}
	if strings.Contains(r.path, "{") || r.touches == nationalTotals {
		out = append(out, http.StatusNotFound)
	}
	if r.writes() {
		out = append(out, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
			http.StatusInsufficientStorage)
	}

	switch r.touches {
	case reads:
		out = append(out, http.StatusServiceUnavailable, http.StatusGatewayTimeout)
	case binds:
		out = append(out, http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable,
			http.StatusGatewayTimeout)
	case records, nationalTotals:
		out = append(out, http.StatusConflict, http.StatusGatewayTimeout)
	}
	return out
}

// operationID returns the method and the path in words: post-campaigns-claims.
func operationID(r route) string {
	return strings.ToLower(r.method) + strings.NewReplacer("/", "-", ":", "-", "{", "", "}", "").Replace(r.path)
}

// transform turns the problems that huma finds by itself into those of this
// API: the same shape, without the values that were sent, which huma repeats.
func transform(ctx huma.Context, _ string, v any) (any, error) {
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

// fromHuma keeps the status that huma has already chosen, the fields and the
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

// document finishes the OpenAPI document, keeps the bytes that are served, and
// makes the page that shows it.
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

// documentSuccess adds the headers that the middleware sets and the other
// statuses of success, with the same body.
func documentSuccess(op *huma.Operation, r route) {
	usual := op.Responses[strconv.Itoa(r.statuses[0])]
	if r.writes() {
		if usual.Headers == nil {
			usual.Headers = map[string]*huma.Param{}
		}
		text := &huma.Schema{Type: huma.TypeString}
		usual.Headers[idempotencyKey] = &huma.Header{Description: "The request's key", Schema: text}
	}

	for _, status := range r.statuses[1:] {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status), Headers: usual.Headers, Content: usual.Content,
		}
	}
}

// operationOf returns the route's operation in the document.
func operationOf(doc *huma.OpenAPI, r route) *huma.Operation {
	item := doc.Paths[r.path]
	switch r.method {
	case http.MethodPost:
		return item.Post
	case http.MethodPut:
		return item.Put
	case http.MethodPatch:
		return item.Patch
	case http.MethodDelete:
		return item.Delete
	}
	return item.Get
}
