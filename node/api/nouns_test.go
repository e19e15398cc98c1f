package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// The records are tokens and checker without anything between.
var (
	_ api.Tokens  = store.People{}
	_ api.Checker = (*store.Store)(nil)
)

func TestNewRefusesMissingRooms(t *testing.T) {
	if _, err := api.New(api.Options{Region: region}); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("%v", err)
	}
	var none *fakeRegistry
	options := required(none, &fakeRooms{})
	if _, err := api.New(options); err == nil {
		t.Error("a nil registry passed")
	}
}

func TestFreshnessIsAskedAndTold(t *testing.T) {
	var asked survey.Consistency
	registry := &fakeRegistry{AwaitFn: func(c survey.Consistency) (survey.Freshness, error) {
		asked = c
		return survey.Freshness{Index: 9, Age: -1}, nil
	}}
	h := open(t, registry, &fakeRooms{})
	for query, want := range map[string]survey.Consistency{
		"":                          {},
		"?consistency=local":        {},
		"?max_age=5s":               {MaxAge: 5 * time.Second},
		"?consistency=linearizable": {Linearizable: true},
	} {
		a := ask(t, h, "viewer", "GET", claimsPath+"/GB-COH:07209813"+query, "")
		if a.StatusCode != 200 || asked != want || a.Header.Get("Tracker-Index") != "9" || a.Header.Get("Tracker-Age-Ms") != "-1" {
			t.Errorf("%q: %d asked %+v, told %v", query, a.StatusCode, asked, a.Header)
		}
	}
}

func TestOrganisations(t *testing.T) {
	var added []survey.NewOrganisation
	outcome := survey.Outcome{Status: survey.OutcomeCreated, ID: acme}
	registry := &fakeRegistry{
		AddFn: func(_ survey.Request, n []survey.NewOrganisation) ([]survey.Outcome, error) {
			added = n
			return []survey.Outcome{outcome}, nil
		},
		SearchFn: func(text string, limit int) []survey.OrganisationMatch {
			return []survey.OrganisationMatch{{Organisation: survey.Organisation{ID: acme, Name: "<script>"}, Matched: text, Score: limit}}
		},
	}
	h := open(t, registry, &fakeRooms{})
	body := `{"identifiers":["gb-coh: 7209813"],"name":"Acme Ltd","kind":"company","sector":"medtech","size_band":"10-49","lead_region":"OTV","confirm_not":["GB-COH:1"]}`
	a := ask(t, h, "adviser", "POST", api.Prefix+"/organisations", body)
	want(t, a, 201)
	if len(added) != 1 || !slices.Equal(added[0].Identifiers, []survey.Identifier{acme}) || added[0].LeadRegion != "otv" || added[0].ConfirmNot[0] != "GB-COH:00000001" {
		t.Errorf("added %+v", added)
	}
	if got := a.json(t); got["id"] != string(acme) {
		t.Errorf("%s", a.text)
	}
	for _, status := range []survey.OutcomeStatus{survey.OutcomeExists, survey.OutcomeUpdated} {
		outcome.Status = status
		want(t, ask(t, h, "adviser", "POST", api.Prefix+"/organisations", body), 200)
	}
	outcome = survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedPossibleDuplicates, Candidates: []survey.Identifier{"GB-COH:00000009"}}}
	a = ask(t, h, "adviser", "POST", api.Prefix+"/organisations", `{"name":"Acme Ltd"}`)
	want(t, a, 409)
	if got := a.json(t); got["code"] != "possible-duplicates" || fmt.Sprint(got["candidates"]) != "[GB-COH:00000009]" {
		t.Errorf("%s", a.text)
	}
	a = ask(t, h, "viewer", "GET", api.Prefix+"/organisations?q=%20acme%20&limit=7", "")
	want(t, a, 200)
	item := a.json(t)["items"].([]any)[0].(map[string]any)
	if item["matched"] != "acme" || item["score"] != 7.0 || item["id"] != string(acme) || strings.Contains(string(a.text), "<script>") {
		t.Errorf("%s", a.text)
	}
	if got := ask(t, h, "viewer", "GET", api.Prefix+"/organisations", ""); string(got.text) != "{\"items\":[],\"next\":\"\"}\n" {
		t.Errorf("an empty list is %s", got.text)
	}
}

func TestBatchAnswersEveryRow(t *testing.T) {
	var sent []survey.Identifier
	previewed := false
	registry := &fakeRegistry{
		ClaimFn: func(_ survey.Request, _ survey.Cycle, ids []survey.Identifier) ([]survey.Outcome, error) {
			sent = ids
			out := outcomes(ids, survey.OutcomeGranted)
			out[1] = survey.Outcome{Status: survey.OutcomeRefused, ID: ids[1], Refusal: &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: "wessex"}}
			return out, nil
		},
		PreviewFn: func(n []survey.NewOrganisation) ([]survey.Outcome, error) {
			previewed = true
			return []survey.Outcome{{Status: survey.OutcomeCreated, ID: acme}}, nil
		},
		AddFn: func(survey.Request, []survey.NewOrganisation) ([]survey.Outcome, error) {
			t.Error("a dry run added something")
			return nil, nil
		},
	}
	h := open(t, registry, &fakeRooms{})
	a := ask(t, h, "adviser", "POST", claimsPath+":batch", `{"organisations":["GB-COH:1","not one","GB-COH:2","GB-COH:3"]}`)
	want(t, a, 200)
	var batch api.Batch
	if err := json.Unmarshal(a.text, &batch); err != nil {
		t.Fatal(err)
	}
	if len(sent) != 3 || len(batch.Items) != 4 {
		t.Fatalf("sent %v, got %s", sent, a.text)
	}
	for i, want := range []survey.OutcomeStatus{survey.OutcomeGranted, survey.OutcomeRefused, survey.OutcomeRefused, survey.OutcomeGranted} {
		if batch.Items[i].Status != want {
			t.Errorf("row %d is %s, want %s", i, batch.Items[i].Status, want)
		}
	}
	if r := batch.Items[1].Refusal; r.Code != survey.RefusedInvalid || !strings.Contains(r.Detail, "body.organisations[1]") || strings.Contains(r.Detail, "not one") {
		t.Errorf("row 1: %+v", r)
	}
	if r := batch.Items[2].Refusal; r.Holder != "wessex" {
		t.Errorf("row 2: %+v", r)
	}
	want(t, ask(t, h, "adviser", "POST", api.Prefix+"/organisations:batch", `{"organisations":[{"name":"Acme"}],"dry_run":true}`), 200)
	if !previewed {
		t.Error("the dry run previewed nothing")
	}
	want(t, ask(t, h, "lead", "POST", api.Prefix+"/campaigns/2022-23/supported", `{"organisations":["GB-COH:1"]}`), 200)
}

func TestCampaigns(t *testing.T) {
	var opened survey.Campaign
	outcome := survey.Outcome{Status: survey.OutcomeCreated}
	registry := &fakeRegistry{OpenFn: func(_ survey.Request, c survey.Campaign) (survey.Outcome, error) {
		opened = c
		return outcome, nil
	}}
	h := open(t, registry, &fakeRooms{})
	body := `{"cycle":"2022/2023","opens":"2023-06-01","closes":"2023-09-30"}`
	want(t, ask(t, h, "lead", "POST", api.Prefix+"/campaigns", body), 201)
	if opened.Cycle != cycle || opened.Questionnaire != survey.CurrentQuestionnaire || opened.Definitions != survey.CurrentDefinitions || opened.Closes != "2023-09-30" {
		t.Errorf("opened %+v", opened)
	}
	outcome.Status = survey.OutcomeExists
	want(t, ask(t, h, "lead", "POST", api.Prefix+"/campaigns", body), 200)
	a := ask(t, h, "viewer", "GET", api.Prefix+"/campaigns/2022-23", "")
	want(t, a, 200)
	if got := a.json(t); got["cycle"] != "2022-23" || got["counts"].(map[string]any)["eligible"] != 0.0 {
		t.Errorf("%s", a.text)
	}
}

func TestResponses(t *testing.T) {
	var recorded string
	rooms := &fakeRooms{
		RecordFn: func(_ survey.Request, _ survey.Cycle, id survey.Identifier, answers []byte) (survey.ResponseResult, error) {
			recorded = string(id) + " " + string(answers)
			return survey.ResponseResult{State: survey.ResponseProvisional, Version: 1}, nil
		},
		ResponsesFn: func(_ survey.Cycle, after string, limit int) ([]survey.Response, string, error) {
			if after != "" {
				return nil, "", errors.New("asked for a page that is not there")
			}
			return []survey.Response{{Cycle: cycle, Organisation: acme}}, "", nil
		},
	}
	h := open(t, &fakeRegistry{}, rooms)
	path := api.Prefix + "/campaigns/2022-23/responses"
	a := ask(t, h, "adviser", "PUT", path+"/GB-COH:7209813", `{"answers":{"q08":250000.10,"q07":{"equity":"0.1"}}}`)
	want(t, a, 200)
	if recorded != `GB-COH:07209813 {"q08":250000.10,"q07":{"equity":"0.1"}}` {
		t.Errorf("recorded %s", recorded)
	}
	if got := a.json(t); got["state"] != "provisional" || fmt.Sprint(got["warnings"]) != "[]" {
		t.Errorf("%s", a.text)
	}
	want(t, ask(t, h, "adviser", "PUT", path+"/GB-COH:7209813", `{"answers":[1]}`), 422)
	want(t, ask(t, h, "adviser", "PUT", path+"/GB-COH:7209813", `{"answers":null}`), 422)
	want(t, ask(t, h, "adviser", "PUT", path+"/GB-COH:7209813", `{"answers":{"q01":"yes","q01":"wrong"}}`), 400)
	want(t, ask(t, h, "adviser", "GET", path+"/GB-COH:7209813", ""), 200)
	want(t, ask(t, h, "adviser", "GET", path, ""), 200)
	want(t, ask(t, h, "viewer", "GET", path, ""), 403)
}

// TestTotalsTag: the same answer and coverage are the same tag, however often
// the regions confirm it.
func TestTotalsTag(t *testing.T) {
	totals := survey.Totals{Cycle: cycle, AnswerID: "a1", Coverage: survey.Coverage{Of: 15, Included: 15, Regions: []survey.RegionCoverage{
		{Region: "otv", Status: survey.CoverageCurrent, ConfirmedAt: time.Unix(1, 0)}}}}
	var asked survey.TotalsQuery
	h := open(t, &fakeRegistry{}, &fakeRooms{NationalFn: func(q survey.TotalsQuery) (survey.Totals, error) {
		asked = q
		return totals, nil
	}})
	path := api.Prefix + "/totals?cycle=2022-23&by=sector&mode=live&max_age=15m&require=14"
	a := ask(t, h, "viewer", "GET", path, "")
	want(t, a, 200)
	if asked != (survey.TotalsQuery{Cycle: cycle, By: survey.BySector, Mode: survey.ModeLive, MaxAge: 15 * time.Minute, Require: 14}) {
		t.Errorf("asked %+v", asked)
	}
	tag := a.Header.Get("ETag")
	totals.Coverage.Regions[0].ConfirmedAt = time.Unix(2, 0)
	for _, header := range []string{tag, `"other", ` + tag, "*", strings.TrimPrefix(tag, "W/")} {
		a = ask(t, h, "viewer", "GET", path, "", "If-None-Match", header)
		if a.StatusCode != 304 || len(a.text) != 0 || a.Header.Get("ETag") != tag {
			t.Errorf("%s: %d %s", header, a.StatusCode, a.text)
		}
	}
	totals.Coverage.Regions[0].Status = survey.CoverageStale
	want(t, ask(t, h, "viewer", "GET", path, "", "If-None-Match", tag), 200)
	totals.AnswerID = "a2"
	if again := ask(t, h, "viewer", "GET", path, "").Header.Get("ETag"); again == tag || again == "" {
		t.Errorf("tag %s", again)
	}
}

func TestSummaries(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	a := ask(t, h, "viewer", "GET", api.Prefix+"/summaries/otv/2022-23", "")
	want(t, a, 200)
	if got := a.json(t); a.Header.Get("Content-Type") != "application/json" || got["region"] != "otv" || got["signed"] != "oQEC" || fmt.Sprint(got["cells"]) != "[]" {
		t.Errorf("%s", a.text)
	}
	a = ask(t, h, "viewer", "GET", api.Prefix+"/summaries/otv/2022-23?format=cbor", "")
	if a.Header.Get("Content-Type") != "application/cbor" || string(a.text) != "\xa1\x01\x02" {
		t.Errorf("%q", a.text)
	}
	none := &fakeRooms{SummaryFn: func(survey.Region, survey.Cycle) (api.Summary, error) { return api.Summary{}, survey.ErrNotFound }}
	want(t, ask(t, open(t, &fakeRegistry{}, none), "viewer", "GET", api.Prefix+"/summaries/wessex/2022-23", ""), 404)
}

func TestTokens(t *testing.T) {
	var made store.NewToken
	tokens := &fakeTokens{
		CreateFn: func(n store.NewToken) (store.Token, string, error) {
			made = n
			return store.Token{ID: "9", Name: n.Name, Role: n.Role, Hash: []byte("hash")}, "trk_secret", nil
		},
		DisableFn: func(id string, by uint64) error {
			if id != "9" || by != 4 {
				return fmt.Errorf("disable %q: %w", id, survey.ErrNotFound)
			}
			return nil
		},
	}
	options := required(&fakeRegistry{}, &fakeRooms{})
	options.Tokens, options.Checker = tokens, tokens
	h, err := api.New(options)
	if err != nil {
		t.Fatal(err)
	}
	a := ask(t, h, "administrator", "POST", api.Prefix+"/tokens", `{"name":"spreadsheet","role":"adviser"}`)
	want(t, a, 201)
	if got := a.json(t); got["secret"] != "trk_secret" || got["id"] != "9" || made.By != 4 || made.Role != store.PermissionAdviser {
		t.Errorf("%s, made %+v", a.text, made)
	}
	want(t, ask(t, h, "administrator", "POST", api.Prefix+"/tokens", `{"name":"x","role":"king"}`), 422)
	a = ask(t, h, "administrator", "GET", api.Prefix+"/tokens", "")
	want(t, a, 200)
	if strings.Contains(string(a.text), "hash") || strings.Contains(string(a.text), "secret") {
		t.Errorf("%s", a.text)
	}
	want(t, ask(t, h, "administrator", "POST", api.Prefix+"/tokens/9/disable", ""), 204)
	want(t, ask(t, h, "administrator", "POST", api.Prefix+"/tokens/8/disable", ""), 404)
	want(t, ask(t, h, "administrator", "POST", api.Prefix+"/check", ""), 200)
}

// deadlines is a connection that remembers its read deadlines.
type deadlines struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

// TestBodyDeadlineEndsWithTheBody: a claim may wait longer for a leader than a
// body may take to arrive, and net/http cancels a request whose connection
// runs into a read deadline.
func TestBodyDeadlineEndsWithTheBody(t *testing.T) {
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	asked := false
	registry := &fakeRegistry{ClaimFn: func(_ survey.Request, _ survey.Cycle, ids []survey.Identifier) ([]survey.Outcome, error) {
		asked = true
		if len(w.set) != 2 || w.set[0].IsZero() || !w.set[1].IsZero() {
			t.Errorf("deadlines %v", w.set)
		}
		return outcomes(ids, survey.OutcomeGranted), nil
	}}
	r := httptest.NewRequest("POST", claimsPath, strings.NewReader(`{"organisation":"GB-COH:1"}`))
	r.Header.Set("Authorization", "Bearer adviser")
	open(t, registry, &fakeRooms{}).ServeHTTP(w, r)
	if !asked || w.Code != 201 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
