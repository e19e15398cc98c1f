package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsPage string

//go:embed docs.css
var docsStyle string

// documentation is the two pages about the API. makePages fills it once all
// routes are known.
type documentation struct {
	openAPI []byte
	page    []byte
	policy  string // Content-Security-Policy of the page: its own style and nothing else
}

// docRoute is one route as the page shows it.
type docRoute struct {
	Method, Path, ID, Summary, Role string
	Parameters                      []docParameter
	Body, Answer                    string
	Success, Errors                 string
}

type docParameter struct{ Name, In, Description string }

// makePages makes the two pages; text is the OpenAPI document as JSON.
func makePages(doc *huma.OpenAPI, text []byte, routes []route) (documentation, error) {
	type problemDoc struct {
		Code, Title string
		Status      int
	}
	shown := struct {
		Title, Version, Prefix string
		Style                  template.CSS
		Routes                 []docRoute
		Problems               []problemDoc
	}{Title: doc.Info.Title, Version: doc.Info.Version, Prefix: Prefix, Style: template.CSS(docsStyle)}
	for _, r := range routes {
		if r.page == nil {
			shown.Routes = append(shown.Routes, describe(r, operationOf(doc, r)))
		}
	}
	for _, row := range problems {
		shown.Problems = append(shown.Problems, problemDoc{Code: row.code, Title: row.title, Status: row.status})
	}

	page, err := template.New("docs").Parse(docsPage)
	if err != nil {
		return documentation{}, fmt.Errorf("read the documentation's template: %w", err)
	}
	var out bytes.Buffer
	if err := page.Execute(&out, shown); err != nil {
		return documentation{}, fmt.Errorf("write the documentation: %w", err)
	}

	sum := sha256.Sum256([]byte(docsStyle))
	policy := fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; "+
		"frame-ancestors 'none'; base-uri 'none'; form-action 'none'", base64.StdEncoding.EncodeToString(sum[:]))
	return documentation{openAPI: text, page: out.Bytes(), policy: policy}, nil
}

func describe(r route, op *huma.Operation) docRoute {
	d := docRoute{Method: r.method, Path: r.path, ID: op.OperationID, Summary: r.summary, Role: string(r.role)}
	for _, p := range op.Parameters {
		text := p.Description
		if p.Schema != nil && len(p.Schema.Enum) > 0 {
			// fmt writes a list in brackets, with blanks between.
			values := strings.Trim(strings.ReplaceAll(fmt.Sprint(p.Schema.Enum), " ", ", "), "[]")
			text = strings.TrimSpace(text + " (" + values + ")")
		}
		d.Parameters = append(d.Parameters, docParameter{Name: p.Name, In: p.In, Description: text})
	}

	if op.RequestBody != nil {
		d.Body = schemaName(op.RequestBody.Content["application/json"])
	}
	for _, status := range r.statuses {
		d.Success += fmt.Sprint(" ", status)
	}
	if response := op.Responses[fmt.Sprint(r.statuses[0])]; response != nil {
		d.Answer = schemaName(response.Content["application/json"])
	}
	for _, status := range errorStatuses(r) {
		d.Errors += fmt.Sprint(" ", status)
	}
	return d
}

// schemaName returns the name under which the OpenAPI document has the schema,
// "" if it has none.
func schemaName(m *huma.MediaType) string {
	if m == nil || m.Schema == nil {
		return ""
	}
	return m.Schema.Ref[strings.LastIndex(m.Schema.Ref, "/")+1:]
}

func (d *documentation) serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(d.openAPI)
}

func (d *documentation) servePage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", d.policy)
	_, _ = w.Write(d.page)
}
