package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

const fakeToken = "trk_test"

// fakeNode answers as a node's API would, from memory. Companies whose number
// begins with 9901 are wessex's; organisations whose name holds Twin may be
// duplicates; cycle 2015-16 has no quorum.
type fakeNode struct {
	mu      sync.Mutex
	t       testing.TB
	number  uint64
	claims  map[survey.Identifier]survey.Claim
	known   map[string]survey.Outcome // by identifier or name
	answers map[string]json.RawMessage
	keys    map[string]json.RawMessage // answers by Idempotency-Key
	seen    []string                   // method, path and key of each change
}

func newFakeNode(t testing.TB) *fakeNode {
	return &fakeNode{t: t, number: 100, claims: map[survey.Identifier]survey.Claim{}, known: map[string]survey.Outcome{},
		answers: map[string]json.RawMessage{}, keys: map[string]json.RawMessage{}}
}

// start serves until stop is called.
func (f *fakeNode) start() (url string, stop func()) {
	mux := http.NewServeMux()
	const p = api.Prefix
	mux.HandleFunc("GET "+p+"/status", func(w http.ResponseWriter, _ *http.Request) { f.canned(w, fakeStatus) })
	mux.HandleFunc("GET "+p+"/federation", func(w http.ResponseWriter, _ *http.Request) { f.canned(w, fakeFederation) })
	mux.HandleFunc("GET "+p+"/totals", f.totals)
	mux.HandleFunc("GET "+p+"/organisations", func(w http.ResponseWriter, _ *http.Request) { f.canned(w, `{"items":[],"next":""}`) })
	mux.HandleFunc("POST "+p+"/organisations:batch", f.once(f.addOrganisations))
	mux.HandleFunc("GET "+p+"/campaigns/{cycle}/claims/{id}", f.readClaim)
	mux.HandleFunc("GET "+p+"/campaigns/{cycle}/claims", f.listClaims)
	mux.HandleFunc("POST "+p+"/campaigns/{cycle}/claims", f.once(f.claim))
	mux.HandleFunc("POST "+p+"/campaigns/{cycle}/claims:batch", f.once(f.claimMany))
	mux.HandleFunc("POST "+p+"/campaigns/{cycle}/claims/{id}/{action}", f.once(f.step))
	mux.HandleFunc("POST "+p+"/campaigns/{cycle}/claims:change", f.once(f.stepMany))
	mux.HandleFunc("PUT "+p+"/campaigns/{cycle}/responses/{id}", f.once(f.record))
	f.recordPaths(mux, p)
	f.registryPaths(mux, p)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+fakeToken {
			refuse(w, http.StatusUnauthorized, api.Problem{Code: "unauthorised", Detail: "The request has no valid token. Nothing was recorded."})
			return
		}
		mux.ServeHTTP(w, r)
	}))
	return server.URL, server.Close
}

func refuse(w http.ResponseWriter, status int, p api.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(p)
}

func (f *fakeNode) canned(w http.ResponseWriter, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Tracker-Index", fmt.Sprint(f.number))
	_, _ = w.Write([]byte(text))
}

func (f *fakeNode) send(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// once gives a repeated Idempotency-Key the first answer again.
func (f *fakeNode) once(do http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		key := r.Header.Get("Idempotency-Key")
		f.seen = append(f.seen, r.Method+" "+r.URL.Path+" "+key)
		if first, again := f.keys[key]; again {
			_, _ = w.Write(first)
			return
		}
		recorder := httptest.NewRecorder()
		do(recorder, r)
		if recorder.Code < 300 {
			f.keys[key] = recorder.Body.Bytes()
		}
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes())
	}
}

func (f *fakeNode) decode(r *http.Request, v any) {
	if err := json.NewDecoder(r.Body).Decode(v); err != nil {
		f.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
}

func (f *fakeNode) grant(id survey.Identifier, cycle string) survey.Outcome {
	if strings.Contains(string(id), ":9901") {
		return survey.Outcome{Status: survey.OutcomeRefused, ID: id, Refusal: &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: "wessex",
			Since: time.Date(2023, 5, 12, 9, 30, 0, 0, time.UTC)}}
	}
	if claim, ok := f.claims[id]; ok {
		return survey.Outcome{Status: survey.OutcomeMine, ID: id, Claim: &claim}
	}
	f.number++
	claim := survey.Claim{Organisation: id, Cycle: survey.Cycle(cycle), Region: "otv", State: survey.Claimed, Token: f.number,
		ClaimedAt: time.Date(2023, 6, 1, 10, 0, 0, 0, time.UTC), ChangedAt: time.Date(2023, 6, 1, 10, 0, 0, 0, time.UTC)}
	f.claims[id] = claim
	return survey.Outcome{Status: survey.OutcomeGranted, ID: id, Number: f.number, Claim: &claim}
}

func (f *fakeNode) claim(w http.ResponseWriter, r *http.Request) {
	var body api.NewClaim
	f.decode(r, &body)
	if r.PathValue("cycle") == "2015-16" {
		refuse(w, http.StatusServiceUnavailable, api.Problem{Code: "no-quorum", Detail: "Too few AHSNs can be reached. Nothing was recorded. Ask again later."})
		return
	}
	outcome := f.grant(survey.Identifier(body.Organisation), r.PathValue("cycle"))
	switch {
	case outcome.Refusal != nil:
		refuse(w, http.StatusConflict, api.Problem{Code: string(outcome.Refusal.Code), Detail: "Another AHSN holds this company. Nothing was recorded. Ask the holder (request), or choose another company.",
			Holder: outcome.Refusal.Holder, Since: outcome.Refusal.Since})
	case outcome.Status == survey.OutcomeMine:
		f.send(w, http.StatusOK, outcome.Claim)
	default:
		f.send(w, http.StatusCreated, outcome.Claim)
	}
}

func (f *fakeNode) claimMany(w http.ResponseWriter, r *http.Request) {
	var body api.IdentifierBatch
	f.decode(r, &body)
	var batch api.Batch
	for _, id := range body.Organisations {
		batch.Items = append(batch.Items, f.grant(survey.Identifier(id), r.PathValue("cycle")))
	}
	f.send(w, http.StatusOK, batch)
}

func (f *fakeNode) readClaim(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	claim, ok := f.claims[survey.Identifier(r.PathValue("id"))]
	if !ok {
		refuse(w, http.StatusNotFound, api.Problem{Code: "not-found", Detail: "Nobody holds this company in this cycle. Nothing was recorded."})
		return
	}
	f.send(w, http.StatusOK, claim)
}

func (f *fakeNode) listClaims(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	page := api.Page[survey.Claim]{Items: []survey.Claim{}}
	for _, claim := range f.claims {
		if r.URL.Query().Get("state") == "" || string(claim.State) == r.URL.Query().Get("state") {
			page.Items = append(page.Items, claim)
		}
	}
	f.send(w, http.StatusOK, page)
}

func (f *fakeNode) step(w http.ResponseWriter, r *http.Request) {
	var body api.ClaimStep
	f.decode(r, &body)
	id := survey.Identifier(r.PathValue("id"))
	claim := f.claims[id]
	if body.Token != claim.Token {
		refuse(w, http.StatusConflict, api.Problem{Code: "stale-token", Detail: "The claim has changed since its token was read. Nothing was recorded."})
		return
	}
	f.send(w, http.StatusOK, f.stepped(claim, survey.ClaimAction(r.PathValue("action")), body.Reason))
}

func (f *fakeNode) stepped(claim survey.Claim, action survey.ClaimAction, reason survey.ReasonCode) survey.Claim {
	f.number++
	claim.Token, claim.Reason = f.number, reason
	claim.State = map[survey.ClaimAction]survey.ClaimState{survey.ActionContact: survey.Contacted, survey.ActionDecline: survey.Declined,
		survey.ActionRelease: survey.Released, survey.ActionUnreachable: survey.Unreachable}[action]
	f.claims[claim.Organisation] = claim
	return claim
}

func (f *fakeNode) stepMany(w http.ResponseWriter, r *http.Request) {
	var body api.ClaimChanges
	f.decode(r, &body)
	var batch api.Batch
	for _, change := range body.Changes {
		claim := f.claims[change.Organisation]
		if claim.Region != "otv" || claim.Token != change.Token {
			batch.Items = append(batch.Items, survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedNotHolder, Holder: claim.Region}})
			continue
		}
		claim = f.stepped(claim, change.Action, change.Reason)
		batch.Items = append(batch.Items, survey.Outcome{Status: survey.OutcomeChanged, Claim: &claim})
	}
	f.send(w, http.StatusOK, batch)
}

func (f *fakeNode) record(w http.ResponseWriter, r *http.Request) {
	var body api.Answers
	f.decode(r, &body)
	f.answers[r.PathValue("id")] = body.Answers
	f.send(w, http.StatusOK, survey.ResponseResult{State: survey.ResponseProvisional, Version: 1, Warnings: []survey.FieldProblem{
		{Field: "q03", Code: survey.WarningLarge, Message: "type it again"}}})
}

func (f *fakeNode) addOrganisations(w http.ResponseWriter, r *http.Request) {
	var body api.OrganisationBatch
	f.decode(r, &body)
	var batch api.Batch
	for _, o := range body.Organisations {
		key := o.Name
		if len(o.Identifiers) > 0 {
			key = o.Identifiers[0]
		}
		outcome, known := f.known[key]
		switch {
		case strings.Contains(o.Name, "TWIN"):
			outcome = survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedPossibleDuplicates, Candidates: []survey.Identifier{"GB-COH:99000001"}}}
		case known:
			outcome.Status = survey.OutcomeExists
		default:
			f.number++
			outcome = survey.Outcome{Status: survey.OutcomeCreated, ID: survey.Identifier(key), Number: f.number}
			if !body.DryRun {
				f.known[key] = outcome
			}
		}
		batch.Items = append(batch.Items, outcome)
	}
	f.send(w, http.StatusOK, batch)
}

func (f *fakeNode) totals(w http.ResponseWriter, r *http.Request) {
	var totals survey.Totals
	if err := json.Unmarshal([]byte(fakeTotals), &totals); err != nil {
		f.t.Error(err)
	}
	if by := r.URL.Query().Get("by"); by == "region" {
		totals.By = survey.ByRegion
		for _, region := range []string{"otv", "wessex"} {
			totals.Rows = append(totals.Rows, survey.TotalsRow{Key: region, Label: region, Figures: totals.Figures[:2]})
		}
	}
	if r.URL.Query().Get("require") == "15" {
		refuse(w, http.StatusConflict, api.Problem{Code: "coverage-not-met", Detail: "14 of 15 regions are in the totals, fewer than you require.", Partial: &totals})
		return
	}
	f.send(w, http.StatusOK, totals)
}

const fakeStatus = `{"region":"otv","version":"v0.1.0","started":"2023-06-01T08:00:00Z","registry":{"index":120,"age_ms":240,"leader":"wessex","state":"follower","needs_upgrade":false},
"gossip":{"members":2,"alive":1},"outbox":{"pending":1,"refused":[]},"cursor":120,"publishing":{"state":"on"},"take_overs":{"incoming":[{"cycle":"2022-23","region":"sw","companies":3,"last_year":2}],"outgoing":[{"cycle":"2022-23","region":"gm","companies":1}]},"problems":["the clock of sw is 6 s behind"]}`

const fakeFederation = `{"federation_id":"00112233445566778899aabbccddeeff","leader":"wessex","quorum":{"voters":3,"reachable":2,"needed":2},"regions":[
{"region":"otv","name":"Health Innovation Oxford & Thames Valley","node_id":"A","role":"voter","state":"active","health":"alive","address":"127.0.0.1:7443","version":"v0.1.0","lag":0},
{"region":"sw","name":"Health Innovation South West","node_id":"B","role":"voter","state":"active","health":"dead","last_heard":"2023-06-01T09:00:00Z","address":"127.0.0.1:7444","version":"v0.1.0","lag":7},
{"region":"wessex","name":"Health Innovation Wessex","node_id":"C","role":"voter","state":"active","health":"alive","last_heard":"2023-06-01T09:30:00Z","address":"127.0.0.1:7445","version":"v0.1.0","lag":0,"leader":true}]}`

const fakeTotals = `{"cycle":"2022-23","mode":"cached","figures":[
{"metric":"investment_leveraged","value":42800000000,"unit":"pence","status":"reported","qualifier":"at_least","contributors":1274,"as_of":"2023-10-01T10:00:00Z","bounds":{"lower":42800000000}},
{"metric":"jobs_created_or_safeguarded","value":132900,"unit":"fte_hundredths","status":"reported","qualifier":"exact","contributors":1100},
{"metric":"adoptions","value":0,"unit":"count","status":"zero","qualifier":"exact","contributors":12},
{"metric":"nhs_sales","value":0,"unit":"pence","status":"hidden","qualifier":"exact","contributors":0,"reason":"fewer than 3 companies"},
{"metric":"recommend_rate","value":7300,"unit":"basis_points","status":"reported","qualifier":"exact","contributors":1200}],
"coverage":{"of":15,"included":14,"current":13,"complete":false,"regions":[
{"region":"otv","status":"current","answers_released":10,"answers_in":10,"incarnation":1,"sequence":4},
{"region":"sw","status":"stale","as_of":"2023-10-01T10:00:00Z","confirmed_at":"2023-10-02T08:15:00Z","answers_released":5,"answers_in":5,"incarnation":1,"sequence":2},
{"region":"wessex","status":"missing","reason":"never heard from","answers_released":0,"answers_in":0,"incarnation":0,"sequence":0}]},
"claimed":2000,"responded":1274,"eligible":2831,"response_rate":4500,"registry_index":9120,"questionnaire":"nq-1","definitions":"md-1","policy":"open","answer_id":"abc123"}`
