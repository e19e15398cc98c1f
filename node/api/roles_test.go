package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/companieshouse"
)

// surface is what each route needs, written down a second time on purpose: a
// change of a role must be made twice.
var surface = map[string]string{
	"GET /status":                                                "viewer",
	"GET /federation":                                            "viewer",
	"GET /organisations":                                         "viewer",
	"POST /organisations":                                        "adviser",
	"POST /organisations:batch":                                  "adviser",
	"GET /organisations/{id}":                                    "viewer",
	"PATCH /organisations/{id}":                                  "adviser",
	"GET /organisations/outdated":                                "viewer",
	"GET /companies-house/{number}":                              "viewer",
	"GET /campaigns/{cycle}/workbook.xlsx":                       "viewer",
	"POST /campaigns/{cycle}/workbook":                           "adviser",
	"GET /campaigns/{cycle}/claims/{organisation}/history":       "viewer",
	"GET /reports/{file}":                                        "viewer",
	"GET /audit":                                                 "administrator",
	"GET /organisations/duplicates":                              "viewer",
	"POST /organisations/{id}/lift":                              "lead",
	"POST /campaigns/{cycle}/close":                              "lead",
	"GET /campaigns/{cycle}/eligible":                            "viewer",
	"GET /campaigns/{cycle}/questionnaire":                       "viewer",
	"GET /campaigns/{cycle}/definitions":                         "viewer",
	"GET /campaigns/{cycle}/proposed":                            "viewer",
	"GET /events":                                                "viewer",
	"POST /campaigns/{cycle}/eligible":                           "lead",
	"POST /campaigns/{cycle}/eligible/roll":                      "lead",
	"POST /campaigns/{cycle}/eligible/freeze":                    "lead",
	"GET /organisations/{id}/history":                            "viewer",
	"POST /organisations/{id}/merge":                             "lead",
	"POST /organisations/{id}/split":                             "lead",
	"GET /campaigns":                                             "viewer",
	"POST /campaigns":                                            "lead",
	"GET /campaigns/{cycle}":                                     "viewer",
	"POST /campaigns/{cycle}/supported":                          "lead",
	"GET /campaigns/{cycle}/claims":                              "viewer",
	"POST /campaigns/{cycle}/claims":                             "adviser",
	"POST /campaigns/{cycle}/claims:change":                      "adviser",
	"POST /campaigns/{cycle}/claims:batch":                       "adviser",
	"GET /retention":                                             "lead",
	"POST /retention:erase":                                      "lead",
	"GET /campaigns/{cycle}/handed-on":                           "adviser",
	"GET /campaigns/{cycle}/take-overs":                          "adviser",
	"GET /campaigns/{cycle}/responses":                           "adviser",
	"GET /totals":                                                "viewer",
	"GET /summaries/{region}/{cycle}":                            "viewer",
	"GET /tokens":                                                "administrator",
	"POST /tokens":                                               "administrator",
	"POST /tokens/{id}/disable":                                  "administrator",
	"GET /users":                                                 "administrator",
	"POST /users":                                                "administrator",
	"POST /users/{id}/disable":                                   "administrator",
	"POST /users/{id}/password":                                  "administrator",
	"GET /campaigns/{cycle}/links":                               "adviser",
	"POST /campaigns/{cycle}/links":                              "adviser",
	"POST /campaigns/{cycle}/links/remind":                       "lead",
	"POST /campaigns/{cycle}/links/{id}/end":                     "adviser",
	"POST /assignments:reassign":                                 "lead",
	"GET /exports/{file}":                                        "adviser",
	"POST /lists:filled":                                         "adviser",
	"GET /campaigns/{cycle}/responses/{organisation}/form.xlsx":  "adviser",
	"GET /subject":                                               "lead",
	"GET /backups":                                               "administrator",
	"POST /backups":                                              "administrator",
	"POST /compact":                                              "administrator",
	"GET /imports":                                               "adviser",
	"POST /imports":                                              "adviser",
	"GET /imports/{id}":                                          "adviser",
	"POST /imports/{id}/commit":                                  "adviser",
	"POST /imports/{id}/undo":                                    "lead",
	"GET /imports/{id}/rejects.csv":                              "adviser",
	"GET /imports/{id}/rejects.xlsx":                             "adviser",
	"POST /check":                                                "administrator",
	"GET /campaigns/{cycle}/claims/{organisation}":               "viewer",
	"GET /campaigns/{cycle}/claims/{organisation}/receipt":       "viewer",
	"GET /campaigns/{cycle}/responses/{organisation}":            "adviser",
	"PUT /campaigns/{cycle}/responses/{organisation}":            "adviser",
	"POST /campaigns/{cycle}/claims/{organisation}/contact":      "adviser",
	"POST /campaigns/{cycle}/claims/{organisation}/respond":      "adviser",
	"POST /campaigns/{cycle}/claims/{organisation}/decline":      "adviser",
	"POST /campaigns/{cycle}/claims/{organisation}/unreachable":  "adviser",
	"POST /campaigns/{cycle}/claims/{organisation}/ineligible":   "adviser",
	"POST /campaigns/{cycle}/claims/{organisation}/release":      "adviser",
	"POST /campaigns/{cycle}/claims/{organisation}/reopen":       "lead",
	"POST /campaigns/{cycle}/claims/{organisation}/offer":        "adviser",
	"POST /campaigns/{cycle}/claims/{organisation}/accept":       "adviser",
	"POST /campaigns/{cycle}/claims/{organisation}/refuse":       "adviser",
	"POST /campaigns/{cycle}/claims/{organisation}/withdraw":     "adviser",
	"POST /campaigns/{cycle}/claims/{organisation}/request":      "adviser",
	"PUT /campaigns/{cycle}/responses/{organisation}/sharing":    "adviser",
	"GET /campaigns/{cycle}/shared":                              "adviser",
	"POST /campaigns/{cycle}/responses/{organisation}/take-over": "adviser",
	"POST /organisations/{id}/erase":                             "lead",
	"PATCH /campaigns/{cycle}":                                   "lead",
	"POST /campaigns/{cycle}/claims/{organisation}/release-idle": "lead",
	"GET /receipts/{number}":                                     "viewer",
	"GET /search":                                                "adviser",
	"GET /totals/areas":                                          "adviser",
	"GET /totals/own":                                            "adviser",
	"GET /totals/public":                                         "viewer",
	"GET /totals/public.csv":                                     "viewer",
	"GET /totals/public.xlsx":                                    "viewer",
	"GET /reconciliation":                                        "viewer",
	"GET /certification/{cycle}":                                 "viewer",
	"GET /certification/{cycle}/published":                       "viewer",
	"POST /certification/{cycle}/sign-off":                       "lead",
	"POST /certification/{cycle}/cosign":                         "lead",
	"POST /certification/{cycle}/stand":                          "lead",
	"POST /certification/{cycle}/absent":                         "lead",
	"POST /certification/{cycle}/revision":                       "lead",
	"GET /national-innovations":                                  "viewer",
	"POST /national-innovations":                                 "adviser",
	"GET /national-innovations/counts":                           "viewer",
	"GET /national-innovations/{id}":                             "viewer",
	"POST /national-innovations/{id}/stage":                      "adviser",
	"POST /national-innovations/{id}/adopt":                      "adviser",
	"POST /national-innovations/{id}/withdraw":                   "adviser",
}

// recordSurface is the part of it that every kind of record has.
func recordSurface() map[string]string {
	all := maps.Clone(surface)
	maps.Copy(all, governanceSurface())
	for _, kind := range []string{"contacts", "innovations", "engagements", "interactions", "partnerships", "adoptions", "programmes", "measures",
		"safety-measures", "stakeholder-results", "funding", "chases", "assignments", "notes", "areas", "reported", "baseline"} {
		for _, route := range []string{"GET /%s", "POST /%s", "GET /%s/{id}", "PUT /%s/{id}", "DELETE /%s/{id}", "POST /%s/{id}/restore", "GET /%s/{id}/history"} {
			all[fmt.Sprintf(route, kind)] = "adviser"
		}
		all[fmt.Sprintf("POST /%s/{id}/erase", kind)] = "lead"
	}
	return all
}

type openAPI struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		Summary     string                    `json:"summary"`
		OperationID string                    `json:"operationId"`
		Role        string                    `json:"x-least-role"`
		Security    []map[string][]string     `json:"security"`
		Parameters  []map[string]any          `json:"parameters"`
		Responses   map[string]map[string]any `json:"responses"`
		RequestBody map[string]any            `json:"requestBody"`
	} `json:"paths"`
	Components struct {
		Schemas         map[string]map[string]any `json:"schemas"`
		SecuritySchemes map[string]any            `json:"securitySchemes"`
	} `json:"components"`
}

func document(t *testing.T, h http.Handler) openAPI {
	t.Helper()
	a := ask(t, h, "", "GET", api.Prefix+"/openapi.json", "")
	want(t, a, 200)
	var doc openAPI
	if err := json.Unmarshal(a.text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func example(path string) string {
	return strings.NewReplacer("{cycle}", "2022-23", "{organisation}", string(acme), "{id}", string(acme), "{file}", "contacts.csv", "{region}", "otv", "{number}", "70").Replace(path)
}

// withAllRooms adds the rooms without which some routes are left out.
func withAllRooms(o *api.Options) {
	o.Companies, o.Workbook, o.Audit, o.Certifier = companieshouse.Open("nowhere"), &fakeWorkbook{}, fakeAudit(nil), fakeCertifier{}
	o.Reports = fakeReports{}
}

// TestEveryRouteForEveryRole walks the routes that are served, as the OpenAPI
// document lists them, with every role and with none.
func TestEveryRouteForEveryRole(t *testing.T) {
	h := openWith(t, &fakeRegistry{}, &fakeRooms{}, withAllRooms)
	surface, seen := recordSurface(), map[string]bool{}
	for path, methods := range document(t, h).Paths {
		for method, op := range methods {
			name := strings.ToUpper(method) + " " + path
			seen[name] = true
			least, known := surface[name]
			if !known {
				t.Errorf("%s is served, but no role is written down for it here", name)
				continue
			}
			if op.Role != least {
				t.Errorf("%s is documented for %s, want %s", name, op.Role, least)
			}
			roles := []string{"viewer", "adviser", "lead", "administrator"}
			for i, role := range roles {
				a := ask(t, h, role, strings.ToUpper(method), api.Prefix+example(path), "")
				allowed := i >= slices.Index(roles, least)
				if allowed == (a.StatusCode == 403) || a.StatusCode == 401 || a.StatusCode == 404 && strings.Contains(string(a.text), "no-such-path") {
					t.Errorf("%s as %s: %d %s", name, role, a.StatusCode, a.text)
				}
				if !allowed && a.problem(t).Code != "forbidden" {
					t.Errorf("%s as %s: %s", name, role, a.text)
				}
			}
			for _, stranger := range []string{"", "wrong"} {
				a := ask(t, h, stranger, strings.ToUpper(method), api.Prefix+example(path), "")
				if a.StatusCode != 401 && a.StatusCode != 429 {
					t.Errorf("%s as a stranger: %d", name, a.StatusCode)
				}
			}
		}
	}
	for name := range surface {
		if !seen[name] {
			t.Errorf("%s is not served", name)
		}
	}
}

// TestOpenAPI holds the document against what a client generator relies on.
func TestOpenAPI(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	doc := document(t, h)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("version %q", doc.OpenAPI)
	}
	ids := map[string]bool{}
	parameter := regexp.MustCompile(`\{(\w+)\}`)
	for path, methods := range doc.Paths {
		for method, op := range methods {
			name := method + " " + path
			if op.Summary == "" || op.OperationID == "" || ids[op.OperationID] {
				t.Errorf("%s: summary %q, operation id %q", name, op.Summary, op.OperationID)
			}
			ids[op.OperationID] = true
			if len(op.Security) != 1 {
				t.Errorf("%s: no security", name)
			}
			for _, status := range []string{"400", "401", "403", "422", "429", "500"} {
				content, _ := op.Responses[status]["content"].(map[string]any)
				if content["application/problem+json"] == nil {
					t.Errorf("%s: no problem for %s", name, status)
				}
			}
			if op.Responses["200"] == nil && op.Responses["201"] == nil && op.Responses["204"] == nil {
				t.Errorf("%s: no success", name)
			}
			for _, m := range parameter.FindAllStringSubmatch(path, -1) {
				if !slices.ContainsFunc(op.Parameters, func(p map[string]any) bool { return p["name"] == m[1] && p["in"] == "path" }) {
					t.Errorf("%s: parameter %s is not described", name, m[1])
				}
			}
			key := slices.ContainsFunc(op.Parameters, func(p map[string]any) bool { return p["name"] == "Idempotency-Key" })
			if key != (method != "get") {
				t.Errorf("%s: Idempotency-Key described: %v", name, key)
			}
		}
	}
	checkReferences(t, h, doc)
	for name, schema := range doc.Components.Schemas {
		if properties, ok := schema["properties"].(map[string]any); ok && properties["$schema"] != nil {
			t.Errorf("%s has a $schema", name)
		}
	}
	for _, foreign := range []string{"ErrorModel", "ErrorDetail"} {
		if doc.Components.Schemas[foreign] != nil {
			t.Errorf("huma's own %s is documented", foreign)
		}
	}
	reasons := doc.Components.Schemas["ClaimStep"]["properties"].(map[string]any)["reason"].(map[string]any)["enum"].([]any)
	if !slices.Contains(reasons, any("do-not-survey")) {
		t.Errorf("the coded reasons are %v", reasons)
	}
}

func checkReferences(t *testing.T, h http.Handler, doc openAPI) {
	t.Helper()
	text := ask(t, h, "", "GET", api.Prefix+"/openapi.json", "").text
	found := 0
	for _, m := range regexp.MustCompile(`"\$ref":\s*"([^"]+)"`).FindAllSubmatch(text, -1) {
		name, ours := strings.CutPrefix(string(m[1]), "#/components/schemas/")
		if !ours || doc.Components.Schemas[name] == nil {
			t.Errorf("reference to %s", m[1])
		}
		found++
	}
	if found < 50 {
		t.Errorf("only %d references", found)
	}
}

// TestDocsPage: one page, no script, nothing from elsewhere.
func TestDocsPage(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	a := ask(t, h, "", "GET", api.Prefix+"/docs", "")
	want(t, a, 200)
	page := string(a.text)
	for _, foreign := range []string{"<script", "http://", "https://", "@import", "url(", " style=", "onload"} {
		if strings.Contains(page, foreign) {
			t.Errorf("the page holds %q", foreign)
		}
	}
	for _, shown := range []string{"/campaigns/{cycle}/claims:batch", "already-claimed", "ClaimStep", "Idempotency-Key"} {
		if !strings.Contains(page, shown) {
			t.Errorf("the page does not show %q", shown)
		}
	}
	policy := a.Header.Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "style-src 'sha256-") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
}
