package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/store"
)

// stream makes a route whose body or answer is a file: it is read or written
// as it comes, not held in memory. content is the type of the answer, query
// names its parameters with what they mean.
func stream(method, path string, role store.Permission, t touches, summary, content string, query [][2]string, handle func(http.ResponseWriter, *http.Request) error) route {
	r := route{method: method, path: path, role: role, touches: t, summary: summary, statuses: []int{http.StatusOK}}
	r.register = func(s *server, surface huma.API, op huma.Operation) {
		for _, q := range query {
			op.Parameters = append(op.Parameters, &huma.Param{Name: q[0], In: "query", Description: q[1], Schema: &huma.Schema{Type: huma.TypeString}})
		}
		for _, name := range pathParameters(path) {
			op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
		}
		op.Responses["200"] = &huma.Response{Description: http.StatusText(http.StatusOK), Content: map[string]*huma.MediaType{content: {}}}
		if method == http.MethodPost {
			file := &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{
				"file": {Type: huma.TypeString, Format: "binary"}, "map": {Type: huma.TypeString, Description: "a mapping of the columns, YAML or JSON"}}}
			op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: file}}}
		}
		surface.OpenAPI().AddOperation(&op)
		s.mux.HandleFunc(method+" "+Prefix+path, func(w http.ResponseWriter, q *http.Request) {
			err := knownQuery(q, query)
			if err == nil {
				err = handle(w, q)
			}
			if err == nil {
				return
			}
			if middleware.Begun(w) { // too late to say so: break the answer off
				s.log.Error("a file broke off", "route", method+" "+path, "error", err)
				panic(http.ErrAbortHandler)
			}
			writeProblem(w, q, s.fail(q.Context(), r, err))
		})
	}
	return r
}

// pathParameters are the names in braces.
func pathParameters(path string) []string {
	var names []string
	for rest := path; ; {
		_, after, found := cut(rest, '{')
		name, tail, closed := cut(after, '}')
		if !found || !closed {
			return names
		}
		names, rest = append(names, name), tail
	}
}

func cut(s string, at byte) (before, after string, found bool) {
	for i := range len(s) {
		if s[i] == at {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
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

// download sets the headers of a file that is to be saved.
func download(w http.ResponseWriter, content, name string) {
	w.Header().Set("Content-Type", content)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// answerJSON answers outside huma.
func answerJSON(_ context.Context, w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	return jsonFormat().Marshal(w, v)
}
