package node_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// silent are the changing routes that leave no entry of their own, with the
// reason.
var silent = map[string]string{
	"POST /sign-in":      "nothing is recorded but the session",
	"POST /sign-out":     "nothing is recorded but the session",
	"POST /returned":     "a file is looked at and kept for a day; its rows are recorded by POST /returned/{id}",
	"POST /links/remind": "each reminder leaves an entry; nobody is due here",
	"POST /respond/{link}/questions/{question}": "a draft of the company's, which nobody else sees before it is sent",

	"POST /api/v1/check":                          "reads the records",
	"POST /api/v1/compact":                        "rewrites the file; no record changes",
	"POST /api/v1/backups":                        "copies the records; no record changes",
	"POST /api/v1/lists:filled":                   "returns the list that was sent with more columns",
	"POST /api/v1/retention:erase":                "each erased record leaves an entry; none is overdue here",
	"POST /api/v1/assignments:reassign":           "each changed assignment leaves an entry; there is none here",
	"POST /api/v1/campaigns/{cycle}/links/remind": "each reminder leaves an entry; nobody is due here",
	"POST /api/v1/campaigns/{cycle}/workbook":     "each edit is a command with its own entry; there is none here",
}

// walker asks a running node for one change after the other, by both surfaces,
// and demands an entry in its audit log for each.
type walker struct {
	region
	page   person
	walked map[string]bool
	seen   uint64 // the newest entry
	quiet  []string
	asked  int
}

// entries are those that came since it was last asked.
func (w *walker) entries() []store.AuditEntry {
	w.t.Helper()
	entries, err := w.node.Audit(w.seen)
	if err != nil {
		w.t.Fatal(err)
	}
	if n := len(entries); n > 0 {
		w.seen = entries[n-1].Sequence
	}
	return entries
}

// demand notes the route, and that it left no entry of a person.
func (w *walker) demand(pattern string, answer string) []store.AuditEntry {
	w.t.Helper()
	w.walked[pattern] = true
	entries := slices.DeleteFunc(w.entries(), func(e store.AuditEntry) bool { return e.Actor == 0 })
	if len(entries) == 0 {
		w.quiet = append(w.quiet, fmt.Sprintf("%s: %.400s", pattern, answer))
	}
	return entries
}

// api asks by the API for a change, whatever comes of it.
func (w *walker) api(pattern, path string, body any) map[string]any {
	w.t.Helper()
	method, route, _ := strings.Cut(pattern, " ")
	if path == "" {
		path = route
	}
	answer, out := w.sendAPI(method, path, body)
	w.demand(method+" /api/v1"+route, answer)
	return out
}

// sendAPI asks by the API and returns the answer, as it came and as it reads.
func (w *walker) sendAPI(method, path string, body any) (string, map[string]any) {
	w.t.Helper()
	content, text := "application/json", []byte("{}")
	switch b := body.(type) {
	case nil:
	case []byte: // the file of a form
		var form bytes.Buffer
		parts := multipart.NewWriter(&form)
		part, err := parts.CreateFormFile("file", "list.csv")
		if err == nil {
			_, err = part.Write(b)
		}
		if err = errors.Join(err, parts.Close()); err != nil {
			w.t.Fatal(err)
		}
		content, text = parts.FormDataContentType(), form.Bytes()
	default:
		var err error
		if text, err = json.Marshal(b); err != nil {
			w.t.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(w.t.Context(), method, w.url+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+w.token)
	request.Header.Set("Content-Type", content)
	answer, err := w.http.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	var out map[string]any
	_ = json.Unmarshal(data, &out) // an answer without a body
	return fmt.Sprintf("%d %s", answer.StatusCode, data), out
}

// form sends a form of the pages, whatever comes of it.
func (w *walker) form(route, path string, fields ...string) []store.AuditEntry {
	w.t.Helper()
	if path == "" {
		path = route
	}
	w.asked++
	status, text := w.page.send(path, append(fields, fmt.Sprint("key=k", w.asked)))
	return w.demand("POST "+route, fmt.Sprintf("%d %s", status, text))
}

// sample is a record of the kind that can be recorded.
func sample(of survey.RecordType) map[string]any {
	record := map[string]any{}
	for _, f := range of.Fields {
		if !f.Required && f.Name != "name" && f.Name != "note" && f.Name != "icb" {
			continue
		}
		switch f.Kind {
		case survey.FieldChoice:
			record[f.Name] = f.Options[0].Code
		case survey.FieldDate:
			record[f.Name] = "2023-01-15"
		case survey.FieldCycle:
			record[f.Name] = cycle
		case survey.FieldOrganisation:
			record[f.Name] = northfield
		case survey.FieldYesNo:
			record[f.Name] = true
		case survey.FieldCount, survey.FieldMoney, survey.FieldFTE, survey.FieldDecimal:
			record[f.Name] = 1
		case survey.FieldEmail:
			record[f.Name] = "ann@example.org"
		case survey.FieldRegion:
			record[f.Name] = "gm"
		case survey.FieldArea:
			record[f.Name] = "QU9"
		default:
			record[f.Name] = "words"
		}
	}
	return record
}

// records walks the routes of every kind of record.
func (w *walker) records() {
	w.t.Helper()
	for _, kind := range survey.RecordKinds() {
		of, err := survey.RecordTypeOf(kind)
		if err != nil {
			w.t.Fatal(err)
		}
		list, one := "/"+string(kind), "/"+string(kind)+"/{id}"
		made := w.api("POST "+list, "", sample(of))
		id, _ := made["id"].(string)
		path := list + "/" + id
		changed := sample(of)
		changed["version"], changed["note"] = 1, "another"
		w.api("PUT "+one, path, changed)
		w.api("DELETE "+one, path, nil)
		w.api("POST "+one+"/restore", path+"/restore", nil)
		w.api("POST "+one+"/erase", path+"/erase", nil)
	}
}

// TestEveryChangeLeavesAnEntry walks every route of both surfaces that changes
// something on a running node: each leaves an entry in the node's audit log,
// granted or refused, or is named with the reason why not.
func TestEveryChangeLeavesAnEntry(t *testing.T) {
	w := newWalker(t)
	w.campaignOnPages()
	w.companiesOnPages()
	w.answersOnPages()
	w.nationByAPI()
	w.claimsByAPI()
	w.answersByAPI()
	w.records()
	w.api("POST /notes", "", map[string]any{"organisation": northfield, "note": "words"})
	w.api("POST /organisations/{id}/erase", "/organisations/"+northfield+"/erase", nil)
	w.closeByAPI()
	w.regionsByAPI()
	w.peopleByAPI()

	for _, quiet := range w.quiet {
		if pattern, _, _ := strings.Cut(quiet, ": "); silent[pattern] == "" {
			t.Errorf("no entry of %s", quiet)
		}
	}
	for _, pattern := range w.changing() {
		if !w.walked[pattern] && silent[pattern] == "" {
			t.Errorf("nobody asked for %s", pattern)
		}
	}
}

// TestASurveysStepsLeaveAnEntry: the survey's dates, its rules, its list and its
// close left no trace when they were changed on a page, nor did the lapse of
// claims by any way.
func TestASurveysStepsLeaveAnEntry(t *testing.T) {
	w := newWalker(t)
	wants := func(way, action, words string, entries []store.AuditEntry) {
		t.Helper()
		if len(entries) != 1 || entries[0].Action != action || entries[0].Object != cycle || !strings.Contains(entries[0].Outcome, "number ") || !strings.Contains(entries[0].Outcome, words) {
			t.Errorf("%s %s leaves %+v", action, way, entries)
		}
	}
	page := func(fields ...string) []store.AuditEntry {
		return w.form("/campaigns/{cycle}/change", "/campaigns/"+cycle+"/change", fields...)
	}
	wants("on the page", "campaign.dates", "2023-10-31", page("step=dates", "closes=2023-10-31"))
	wants("on the page", "campaign.policy", "standard", page("step=policy", "policy=standard"))
	wants("on the page", "campaign.lapse", "60 days", page("step=lapse", "lapse=60"))
	w.ask("PATCH", "/campaigns/"+cycle, map[string]any{"lapse_days": 90})
	wants("by the API", "campaign.lapse", "90 days", w.entries())
	wants("on the page", "campaign.freeze", "", page("step=freeze"))
	wants("on the page", "campaign.close", "", page("step=close"))
}

// TestAChangeWithoutAnEntryIsFound plants a writer that tells the log nothing:
// a route that only looks.
func TestAChangeWithoutAnEntryIsFound(t *testing.T) {
	w := newWalker(t)
	w.api("POST /check", "", nil)
	if len(w.quiet) != 1 || !strings.HasPrefix(w.quiet[0], "POST /api/v1/check") {
		t.Errorf("found: %q", w.quiet)
	}
	w.form("/claims/list", "", "cycle="+cycle, "list="+northfield)
	if len(w.quiet) != 1 {
		t.Errorf("found too much: %q", w.quiet)
	}
}

func newWalker(t *testing.T) *walker {
	t.Helper()
	us := startRegions(t, 1)[0]
	openSurvey(us)
	w := &walker{region: us, page: us.person("Lee", "lead"), walked: map[string]bool{}}
	w.entries()
	return w
}

// changing are the routes of both surfaces that change something.
func (w *walker) changing() []string {
	w.t.Helper()
	var patterns []string
	for _, pattern := range w.node.Pages() {
		if !strings.HasPrefix(pattern, "GET ") {
			patterns = append(patterns, pattern)
		}
	}
	paths, _ := w.ask("GET", "/openapi.json", nil)["paths"].(map[string]any)
	for path, methods := range paths {
		for method := range methods.(map[string]any) {
			if slices.Contains([]string{"post", "put", "patch", "delete"}, method) {
				patterns = append(patterns, strings.ToUpper(method)+" /api/v1"+path)
			}
		}
	}
	slices.Sort(patterns)
	if len(patterns) < 100 {
		w.t.Fatalf("only %d routes change anything", len(patterns))
	}
	return patterns
}

// campaignOnPages changes a survey.
func (w *walker) campaignOnPages() {
	const year = "/campaigns/" + cycle
	w.form("/campaigns/{cycle}/change", year+"/change", "step=freeze")
	w.form("/campaigns", "", "cycle=2023-24", "policy=standard")
	w.form("/campaigns/{cycle}/endorse", year+"/endorse", "number=999")
	w.form("/campaigns/{cycle}/companies/take-over", "/campaigns/2023-24/companies/take-over", "from="+cycle)
	w.form("/campaigns/{cycle}/companies/add", "/campaigns/2023-24/companies/add", "list="+northfield)
}

func (w *walker) companiesOnPages() {
	const company = "/companies/" + northfield
	w.form("/companies/add", "", "name=Brook Medical Ltd", "number=99000002", "kind=company")
	w.form("/companies/{id}/claim", company+"/claim", "cycle="+cycle)
	w.form("/claims/list", "", "cycle="+cycle, "list=GB-COH:99000002")
	w.form("/companies/{id}/step", company+"/step", "cycle="+cycle, "action=contact", "token=1")
	w.form("/companies/{id}/lift", company+"/lift")
	w.form("/companies/{id}/free", company+"/free", "cycle="+cycle)
	w.form("/companies/{id}/take-over", company+"/take-over", "cycle="+cycle)
}

func (w *walker) answersOnPages() {
	const company = "/companies/" + northfield
	w.form("/companies/{id}/answers", company+"/answers", "cycle="+cycle, "q03=12")
	w.form("/companies/{id}/link", company+"/link", "cycle="+cycle)
	w.form("/companies/{id}/link/end", company+"/link/end", "cycle="+cycle)
}

func (w *walker) nationByAPI() {
	w.api("POST /organisations", "", map[string]any{"identifiers": []string{"GB-COH:99000003"}, "name": "Cove Ltd", "kind": "company"})
	w.api("POST /organisations:batch", "", map[string]any{"organisations": []any{map[string]any{"identifiers": []string{"GB-COH:99000004"}, "name": "Dale Ltd"}}})
	w.api("PATCH /organisations/{id}", "/organisations/GB-COH:99000003", map[string]any{"sector": "digital"})
	w.api("POST /organisations/{id}/merge", "/organisations/GB-COH:99000004/merge", map[string]any{"into": "GB-COH:99000003", "reason": "same-company"})
	w.api("POST /organisations/{id}/split", "/organisations/GB-COH:99000004/split", map[string]any{"reason": "mistake"})
	w.api("POST /organisations/{id}/lift", "/organisations/GB-COH:99000004/lift", nil)
	w.api("POST /campaigns", "", map[string]string{"cycle": "2021-22"})
	const year = "/campaigns/{cycle}"
	at := func(rest string) (string, string) { return "POST " + year + rest, "/campaigns/2023-24" + rest }
	post := func(rest string, body any) {
		pattern, path := at(rest)
		w.api(pattern, path, body)
	}
	post("/supported", map[string]any{"organisations": []string{northfield}})
	post("/eligible", map[string]any{"organisations": []string{northfield}})
	post("/eligible/roll", map[string]string{"from": cycle})
	post("/eligible/freeze", nil)
	w.api("PATCH "+year, "/campaigns/2023-24", map[string]any{"lapse_days": 30})
	made := w.api("POST /national-innovations", "", map[string]string{"organisation": northfield})
	id, _ := made["id"].(string)
	w.api("POST /national-innovations/{id}/stage", "/national-innovations/"+id+"/stage", map[string]string{"stage": "idea"})
	w.api("POST /national-innovations/{id}/adopt", "/national-innovations/"+id+"/adopt", nil)
	w.api("POST /national-innovations/{id}/withdraw", "/national-innovations/"+id+"/withdraw", nil)
}

// claimsByAPI takes every step of a claim, most of which are refused.
func (w *walker) claimsByAPI() {
	const claims, brook = "/campaigns/{cycle}/claims", "GB-COH:99000002"
	year := func(rest string) string { return "/campaigns/" + cycle + "/claims" + rest }
	w.api("POST "+claims, year(""), map[string]string{"organisation": brook})
	w.api("POST "+claims+":batch", year(":batch"), map[string]any{"organisations": []string{brook}})
	w.api("POST "+claims+":change", year(":change"), map[string]any{"changes": []any{map[string]any{"organisation": brook, "action": "contact", "token": 1}}})
	for _, step := range []string{"contact", "decline", "unreachable", "ineligible", "reopen", "offer", "accept", "refuse", "withdraw", "request", "respond", "release", "release-idle"} {
		body := map[string]any{"token": 1}
		switch step {
		case "request", "release-idle":
			delete(body, "token")
		case "decline", "unreachable", "ineligible", "reopen":
			body["reason"] = "no-time"
		case "offer":
			body["to"] = "gm"
		}
		w.api("POST "+claims+"/{organisation}/"+step, year("/"+brook+"/"+step), body)
	}
}

func (w *walker) answersByAPI() {
	const responses = "/campaigns/{cycle}/responses/{organisation}"
	one := "/campaigns/" + cycle + "/responses/" + northfield
	w.api("PUT "+responses, one, answersFor)
	w.api("PUT "+responses+"/sharing", one+"/sharing", map[string]string{"sharing": "refused"})
	w.api("POST "+responses+"/take-over", one+"/take-over", nil)
	link := w.api("POST /campaigns/{cycle}/links", "/campaigns/"+cycle+"/links", map[string]string{"organisation": northfield})
	address, _ := link["address"].(string)
	_, secret, _ := strings.Cut(address, "/respond/")
	for question := range 20 { // those that there are
		w.form("/respond/{link}/questions/{question}", fmt.Sprintf("/respond/%s/questions/%d", secret, question+1),
			"q01=yes", "q02=nwc", "q03=12", "q04=2", "q05=1", "q06=0", "q07.equity=50000", "q08=20000", "q10=1")
	}
	w.form("/respond/{link}/send", "/respond/"+secret+"/send", "consent=yes")
	id, _ := link["id"].(string)
	w.api("POST /campaigns/{cycle}/links/{id}/end", "/campaigns/"+cycle+"/links/"+id+"/end", nil)

	list := []byte("organisation,cycle,date,channel,note\n" + northfield + "," + cycle + ",2023-02-01,email,sent\n")
	_, planned := w.sendAPI("POST", "/imports?kind=chases&dry_run=true", list)
	id, _ = planned["id"].(string)
	w.api("POST /imports/{id}/commit", "/imports/"+id+"/commit", nil)
	w.api("POST /imports/{id}/undo", "/imports/"+id+"/undo", nil)
	w.api("POST /imports", "/imports?kind=chases", append(list, "GB-COH:99000002,"+cycle+",2023-02-02,email,sent\n"...))

	_, answers := w.sendAPI("POST", "/imports?kind=responses&cycle="+cycle+"&dry_run=true", []byte("organisation,q03\nGB-COH:99000002,7\n"))
	if id, _ = answers["id"].(string); id == "" {
		w.t.Errorf("no plan of the answers: %v", answers)
	}
	w.form("/returned/{id}", "/returned/"+id)
}

// closeByAPI closes the survey and takes the steps towards final figures on the
// pages and by the API.
func (w *walker) closeByAPI() {
	w.api("POST /campaigns/{cycle}/close", "/campaigns/"+cycle+"/close", nil)

	const page = "/national/{cycle}/certification"
	final := "/national/" + cycle + "/certification"
	other := []string{"revision=0", "region=gm", "how=stand", "reason=region-unreachable"}
	w.form(page+"/settle", final+"/settle", other...)
	w.form(page+"/sign-off", final+"/sign-off", "revision=0")
	w.form(page+"/co-sign", final+"/co-sign", "revision=0", "table="+strings.Repeat("0", 64))
	w.form(page+"/revise", final+"/revise", "reason=correction")
	const one = "/certification/{cycle}"
	api := func(step string, body any) { w.api("POST "+one+"/"+step, "/certification/"+cycle+"/"+step, body) }
	api("sign-off", nil)
	api("cosign", nil)
	api("stand", map[string]string{"region": "gm", "reason": "region-unreachable"})
	api("absent", map[string]string{"region": "gm", "reason": "region-unreachable"})
	api("revision", map[string]string{"reason": "correction"})
}

func (w *walker) regionsByAPI() {
	key, err := identity.Generate()
	if err != nil {
		w.t.Fatal(err)
	}
	id, err := identity.ParseFederationID(w.node.FederationStatus().FederationID)
	if err != nil {
		w.t.Fatal(err)
	}
	because := func(more map[string]any) map[string]any {
		body := map[string]any{"reason": "agreed"}
		for name, value := range more {
			body[name] = value
		}
		return body
	}
	w.api("POST /federation/invites", "", map[string]any{"region": "gm"})
	w.api("POST /federation/proposals/{number}/endorse", "/federation/proposals/9999/endorse", nil)
	w.api("POST /federation/name", "", map[string]string{"name": "Another", "from": time.Now().AddDate(0, 1, 0).Format(time.DateOnly)})
	w.api("POST /federation/max-voters", "", because(map[string]any{"voters": 5}))
	const region = "/federation/regions/{region}"
	for step, more := range map[string]map[string]any{"suspend": nil, "resume": nil, "remove": nil, "succeed": {"to": "gm"}, "role": {"role": "observer"},
		"new-key": {"card": identity.NewKeyCard(key, id, "gm").String()}} {
		w.api("POST "+region+"/"+step, "/federation/regions/gm/"+step, because(more))
	}
}

func (w *walker) peopleByAPI() {
	user := w.api("POST /users", "", map[string]string{"name": "Vic", "role": "viewer"})
	id, _ := user["id"].(string)
	w.api("POST /users/{id}/password", "/users/"+id+"/password", nil)
	w.api("POST /users/{id}/disable", "/users/"+id+"/disable", nil)
	token := w.api("POST /tokens", "", map[string]string{"name": "a program", "role": "viewer"})
	id, _ = token["id"].(string)
	w.api("POST /tokens/{id}/disable", "/tokens/"+id+"/disable", nil)
	w.api("POST /federation/rotate-key", "", nil) // the last: the node asks to be opened again
}
