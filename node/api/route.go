package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// touches says where a route reads or writes. It decides which errors are
// documented.
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
	list         bool  // takes a list of rows
	upload       bool  // takes a file
	register     func(*server, huma.API, huma.Operation)
	page         http.HandlerFunc // instead of register, for the documentation
}

// on makes a route from a handler of parsed input.
func on[I, O any](
	method, path string, role store.Permission, t touches, summary string,
	handler func(context.Context, *I) (*O, error), statuses ...int,
) route {
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
	return route{method: http.MethodGet, path: path, role: Anyone, summary: summary,
		statuses: []int{http.StatusOK}, page: page}
}

// fileHandler reads or writes a file. An error before the first byte of the
// answer becomes a problem; a later one breaks the answer off.
type fileHandler func(http.ResponseWriter, *http.Request) error

// stream makes a route whose body or answer is a file: it is read or written as
// it comes, not held in memory. Content is the type of the answer. Query has
// the names of the parameters and their meaning; others are refused.
func stream(
	method, path string, role store.Permission, t touches, summary, content string, query [][2]string,
	handle fileHandler,
) route {
	// huma keeps bodies and answers in memory, so the mux calls these handlers itself.
	r := route{method: method, path: path, role: role, touches: t, summary: summary, statuses: []int{http.StatusOK}}
	r.register = func(s *server, surface huma.API, op huma.Operation) {
		describeStream(&op, content, query)
		surface.OpenAPI().AddOperation(&op)
		s.mux.HandleFunc(method+" "+Prefix+path, func(w http.ResponseWriter, q *http.Request) {
			err := knownQuery(q, query)
			if err == nil {
				err = handle(w, q)
			}
			switch {
			case err == nil:
			case middleware.Begun(w):
				// The status is sent already, so only a broken connection tells the reader.
				s.log.Error("a file broke off", "route", method+" "+path, "error", err)
				panic(http.ErrAbortHandler)
			default:
				writeProblem(w, q, s.fail(q.Context(), r, err))
			}
		})
	}
	return r
}

// describeStream documents the parameters and bodies of a stream: huma cannot
// derive them from the types of such a handler.
func describeStream(op *huma.Operation, content string, query [][2]string) {
	text := &huma.Schema{Type: huma.TypeString}
	for _, q := range query {
		op.Parameters = append(op.Parameters, &huma.Param{Name: q[0], In: "query", Description: q[1], Schema: text})
	}
	for _, name := range pathParameters(op.Path) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "path", Required: true, Schema: text})
	}
	op.Responses["200"] = &huma.Response{
		Description: http.StatusText(http.StatusOK),
		Content:     map[string]*huma.MediaType{content: {}},
	}

	if op.Method == http.MethodPost {
		form := &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{
			"file": {Type: huma.TypeString, Format: "binary"},
			"map":  {Type: huma.TypeString, Description: "a mapping of the columns, YAML or JSON"},
		}}
		op.RequestBody = &huma.RequestBody{Required: true,
			Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: form}}}
	}
}

// asList marks a route that takes a list.
func (r route) asList() route {
	r.list = true
	return r
}

// asUpload marks a route that takes a file.
func (r route) asUpload() route {
	r.upload = true
	return r
}

// described puts the fields of a kind of record into the schema of the request.
// The schema does not restrict their values: the vocabulary reads them, and it
// knows more ways to write them.
func (r route) described(of survey.RecordType) route {
	register := r.register
	r.register = func(s *server, surface huma.API, op huma.Operation) {
		body := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Properties: map[string]*huma.Schema{}}
		for _, f := range of.Fields {
			schema := &huma.Schema{Description: fmt.Sprintf("%s (%s)", f.Label, f.Kind)}
			if f.Required {
				schema.Description += ", needed"
			}
			for _, o := range f.Options {
				schema.Examples = append(schema.Examples, o.Code)
			}
			body.Properties[f.Name] = schema
		}

		op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Schema: body}}}
		register(s, surface, op)
	}
	return r
}

// limit returns how many bytes a body of the route may have.
func (r route) limit() int64 {
	switch {
	case r.upload:
		return maxUpload
	case r.list:
		return maxBatchBody
	}
	return maxBody
}

// writes reports whether a request to the route may change something.
func (r route) writes() bool { return r.method != http.MethodGet }

// pathParameters returns the names in braces.
func pathParameters(path string) (names []string) {
	for {
		_, after, found := strings.Cut(path, "{")
		name, rest, closed := strings.Cut(after, "}")
		if !found || !closed {
			return names
		}
		names, path = append(names, name), rest
	}
}

// knownQuery refuses parameters that nobody declared.
func knownQuery(r *http.Request, query [][2]string) error {
	for name := range r.URL.Query() {
		known := false
		for _, q := range query {
			known = known || q[0] == name
		}
		if !known {
			return invalidField("query."+name, "there is no such parameter")
		}
	}
	return nil
}
