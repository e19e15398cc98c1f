package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// fakeRegistry answers what a test puts into its fields, and something
// harmless otherwise.
type fakeRegistry struct {
	AwaitFn         func(survey.Consistency) (survey.Freshness, error)
	OrganisationFn  func(survey.Identifier) (survey.Organisation, error)
	OrganisationsFn func(after string, limit int) ([]survey.Organisation, string)
	SearchFn        func(text string, limit int) []survey.OrganisationMatch
	AddFn           func(survey.Request, []survey.NewOrganisation) ([]survey.Outcome, error)
	PreviewFn       func([]survey.NewOrganisation) ([]survey.Outcome, error)
	CampaignFn      func(survey.Cycle) (survey.Campaign, error)
	OpenFn          func(survey.Request, survey.Campaign) (survey.Outcome, error)
	SupportedFn     func(survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error)
	ClaimOfFn       func(survey.Cycle, survey.Identifier) (survey.Claim, error)
	ClaimsFn        func(survey.ClaimFilter, string, int) ([]survey.Claim, string)
	ClaimFn         func(survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error)
	ChangesFn       func(uint64, int) ([]survey.Change, uint64)
	WatchFn         func() <-chan struct{}
	ChangeFn        func(survey.Request, survey.Cycle, []survey.ClaimChange) ([]survey.Outcome, error)
}

const (
	acme   = survey.Identifier("GB-COH:07209813")
	cycle  = survey.Cycle("2022-23")
	region = survey.Region("otv")
)

func aClaim(id survey.Identifier) survey.Claim {
	return survey.Claim{Organisation: id, Cycle: cycle, Region: region, State: survey.Claimed, Token: 41}
}

func (f *fakeRegistry) Await(_ context.Context, c survey.Consistency) (survey.Freshness, error) {
	if f.AwaitFn != nil {
		return f.AwaitFn(c)
	}
	return survey.Freshness{Index: 77, Age: 1500 * time.Millisecond}, nil
}

func (f *fakeRegistry) Organisation(id survey.Identifier) (survey.Organisation, error) {
	if f.OrganisationFn != nil {
		return f.OrganisationFn(id)
	}
	return survey.Organisation{ID: id, Name: "Acme Ltd", Kind: survey.KindCompany, Identifiers: []survey.Identifier{id}}, nil
}

func (f *fakeRegistry) Organisations(after string, limit int) ([]survey.Organisation, string) {
	if f.OrganisationsFn != nil {
		return f.OrganisationsFn(after, limit)
	}
	return nil, ""
}

func (f *fakeRegistry) SearchOrganisations(text string, limit int) []survey.OrganisationMatch {
	if f.SearchFn != nil {
		return f.SearchFn(text, limit)
	}
	return nil
}

func (f *fakeRegistry) AddOrganisations(_ context.Context, r survey.Request, n []survey.NewOrganisation) ([]survey.Outcome, error) {
	if f.AddFn != nil {
		return f.AddFn(r, n)
	}
	return f.PreviewOrganisations(context.Background(), n)
}

func (f *fakeRegistry) PreviewOrganisations(_ context.Context, n []survey.NewOrganisation) ([]survey.Outcome, error) {
	if f.PreviewFn != nil {
		return f.PreviewFn(n)
	}
	out := make([]survey.Outcome, len(n))
	for i := range n {
		out[i] = survey.Outcome{Status: survey.OutcomeCreated, ID: acme, Number: uint64(i + 1)}
	}
	return out, nil
}

func (f *fakeRegistry) Campaign(c survey.Cycle) (survey.Campaign, error) {
	if f.CampaignFn != nil {
		return f.CampaignFn(c)
	}
	return survey.Campaign{Cycle: c, State: survey.CampaignOpen}, nil
}

func (f *fakeRegistry) Campaigns() []survey.Campaign { return nil }

func (f *fakeRegistry) Counts(c survey.Cycle) (survey.CampaignCounts, error) {
	return survey.CampaignCounts{Cycle: c}, nil
}

func (f *fakeRegistry) OpenCampaign(_ context.Context, r survey.Request, c survey.Campaign) (survey.Outcome, error) {
	if f.OpenFn != nil {
		return f.OpenFn(r, c)
	}
	return survey.Outcome{Status: survey.OutcomeCreated}, nil
}

func (f *fakeRegistry) AddSupported(_ context.Context, r survey.Request, c survey.Cycle, ids []survey.Identifier) ([]survey.Outcome, error) {
	if f.SupportedFn != nil {
		return f.SupportedFn(r, c, ids)
	}
	return outcomes(ids, survey.OutcomeCreated), nil
}

func (f *fakeRegistry) ClaimOf(c survey.Cycle, id survey.Identifier) (survey.Claim, error) {
	if f.ClaimOfFn != nil {
		return f.ClaimOfFn(c, id)
	}
	return aClaim(id), nil
}

func (f *fakeRegistry) Claims(filter survey.ClaimFilter, after string, limit int) ([]survey.Claim, string) {
	if f.ClaimsFn != nil {
		return f.ClaimsFn(filter, after, limit)
	}
	return nil, ""
}

func (f *fakeRegistry) Claim(_ context.Context, r survey.Request, c survey.Cycle, ids []survey.Identifier) ([]survey.Outcome, error) {
	if f.ClaimFn != nil {
		return f.ClaimFn(r, c, ids)
	}
	return outcomes(ids, survey.OutcomeGranted), nil
}

func (f *fakeRegistry) ChangeClaims(_ context.Context, r survey.Request, c survey.Cycle, changes []survey.ClaimChange) ([]survey.Outcome, error) {
	if f.ChangeFn != nil {
		return f.ChangeFn(r, c, changes)
	}
	return []survey.Outcome{{Status: survey.OutcomeChanged, ID: changes[0].Organisation}}, nil
}

func outcomes(ids []survey.Identifier, status survey.OutcomeStatus) []survey.Outcome {
	out := make([]survey.Outcome, len(ids))
	for i, id := range ids {
		out[i] = survey.Outcome{Status: status, ID: id, Number: uint64(i + 1)}
	}
	return out
}

// fakeRooms are all the rooms but the registry.
type fakeRooms struct {
	RecordFn    func(survey.Request, survey.Cycle, survey.Identifier, []byte) (survey.ResponseResult, error)
	ResponseFn  func(survey.Cycle, survey.Identifier) (survey.Response, error)
	ResponsesFn func(survey.Cycle, string, int) ([]survey.Response, string, error)
	NationalFn  func(survey.TotalsQuery) (survey.Totals, error)
	SummaryFn   func(survey.Region, survey.Cycle) (api.Summary, error)
	StatusFn    func() api.NodeStatus
	NationFn    func() survey.FederationStatus
	HeadsFn     func() []survey.SummaryHead
	WatchFn     func() <-chan struct{}
}

func (f *fakeRooms) NewestSummaries() []survey.SummaryHead {
	if f.HeadsFn != nil {
		return f.HeadsFn()
	}
	return nil
}

func (f *fakeRooms) Watch() <-chan struct{} {
	if f.WatchFn != nil {
		return f.WatchFn()
	}
	return nil
}

func (f *fakeRooms) RecordResponse(_ context.Context, r survey.Request, c survey.Cycle, id survey.Identifier, answers []byte) (survey.ResponseResult, error) {
	if f.RecordFn != nil {
		return f.RecordFn(r, c, id, answers)
	}
	return survey.ResponseResult{State: survey.ResponseAccepted, Complete: true, Version: 1}, nil
}

func (f *fakeRooms) Response(_ context.Context, c survey.Cycle, id survey.Identifier) (survey.Response, error) {
	if f.ResponseFn != nil {
		return f.ResponseFn(c, id)
	}
	return survey.Response{Cycle: c, Organisation: id, Answers: survey.Answers{Questionnaire: survey.CurrentQuestionnaire}}, nil
}

func (f *fakeRooms) SetSharing(context.Context, survey.Request, survey.Cycle, survey.Identifier, survey.Sharing) error {
	return nil
}

func (f *fakeRooms) HandedOn(survey.Cycle) ([]survey.HandedOn, error) {
	return []survey.HandedOn{{Organisation: acme, To: "gm"}, {Organisation: "GB-COH:99000007", To: "gm", Fetched: true}}, nil
}

func (f *fakeRooms) Takeovers(survey.Cycle) ([]survey.TakeoverOffer, error) {
	return []survey.TakeoverOffer{{Organisation: acme, From: "sw", LastYear: true}, {Organisation: "GB-COH:99000008", From: "sw"},
		{Organisation: "GB-COH:99000009", From: "sw", LastYear: true, TakenOver: true, Fetched: true}}, nil
}

func (f *fakeRooms) TakeOver(context.Context, survey.Request, survey.Cycle, survey.Identifier) (survey.Takeover, error) {
	return survey.Takeover{From: "wessex", Contacts: 1}, nil
}

func (f *fakeRooms) Shared(c survey.Cycle) ([]survey.SharedResponse, error) {
	return []survey.SharedResponse{{Cycle: c, Organisation: acme, From: "wessex", Version: 1}}, nil
}

func (f *fakeRooms) Responses(_ context.Context, c survey.Cycle, after string, limit int) ([]survey.Response, string, error) {
	if f.ResponsesFn != nil {
		return f.ResponsesFn(c, after, limit)
	}
	return nil, "", nil
}

func (f *fakeRooms) National(_ context.Context, q survey.TotalsQuery) (survey.Totals, error) {
	if f.NationalFn != nil {
		return f.NationalFn(q)
	}
	return survey.Totals{Cycle: q.Cycle, Mode: q.Mode, AnswerID: "a1", Coverage: survey.Coverage{Of: 15, Included: 14}}, nil
}

func (f *fakeRooms) Summary(r survey.Region, c survey.Cycle) (api.Summary, error) {
	if f.SummaryFn != nil {
		return f.SummaryFn(r, c)
	}
	return api.Summary{Region: r, Cycle: c, Signed: []byte{0xa1, 0x01, 0x02}}, nil
}

func (f *fakeRooms) FederationStatus() survey.FederationStatus {
	if f.NationFn != nil {
		return f.NationFn()
	}
	return survey.FederationStatus{Quorum: survey.Quorum{Voters: 15, Reachable: 5, Needed: 8}}
}

func (f *fakeRooms) NodeStatus() api.NodeStatus {
	if f.StatusFn != nil {
		return f.StatusFn()
	}
	return api.NodeStatus{Region: region}
}

// people are the tokens of the tests: the secret is the role's name.
func people(secret string) (store.Token, error) {
	actors := map[string]uint64{"viewer": 1, "adviser": 2, "lead": 3, "administrator": 4, "colleague": 5}
	actor, known := actors[secret]
	if !known {
		return store.Token{}, fmt.Errorf("authenticate: %w", store.ErrUnauthenticated)
	}
	role := store.Permission(secret)
	if secret == "colleague" {
		role = store.PermissionAdviser
	}
	return store.Token{Role: role, Actor: actor}, nil
}

// open is the API over the fakes.
func open(t *testing.T, registry *fakeRegistry, rooms *fakeRooms) http.Handler {
	t.Helper()
	return openWith(t, registry, rooms, func(*api.Options) {})
}

// required are the rooms without which the API does not open.
func required(registry *fakeRegistry, rooms *fakeRooms) api.Options {
	return api.Options{
		Region: region, Version: "test",
		Replica: registry, Organisations: registry, OrganisationLife: registry, Campaigns: registry, EligibleSets: registry,
		Claims: registry, Receipts: registry, Innovations: registry, Changes: registry,
		Status: rooms, Governor: rooms, Totals: rooms, PublicTables: rooms, Summaries: rooms, SummaryHeads: rooms,
		Takeovers: rooms, Responses: rooms, Records: &fakeRecords{}, Areas: &fakeRecords{},
		Imports: &fakeImports{}, Lists: &fakeImports{}, Uploads: &fakeImports{}, Exporter: &fakeExports{},
		Eraser: &fakeExports{}, Checker: &fakeTokens{}, Tokens: &fakeTokens{},
	}
}

// openWith is the API over the fakes, with other options.
func openWith(t *testing.T, registry *fakeRegistry, rooms *fakeRooms, change func(*api.Options)) http.Handler {
	t.Helper()
	options := required(registry, rooms)
	options.Backups, options.Users, options.Links = fakeBackups{}, fakeUsers{}, &fakeLinks{}
	options.Mailer, options.RespondURL = fakeMailer{}, "https://survey.example.org"
	change(&options)
	handler, err := api.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

// answer is what came back, read.
type answer struct {
	*http.Response
	text []byte
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.text, &v); err != nil {
		t.Fatalf("%s is not a JSON object: %v", a.text, err)
	}
	return v
}

func (a answer) problem(t *testing.T) api.Problem {
	t.Helper()
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("%d has content type %q: %s", a.StatusCode, got, a.text)
	}
	var p api.Problem
	if err := json.Unmarshal(a.text, &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != a.StatusCode || p.Type != "/problems/"+p.Code || p.Code == "" || p.Title == "" || p.Detail == "" || !strings.HasPrefix(p.Instance, "/") {
		t.Fatalf("the problem is not whole: %s", a.text)
	}
	return p
}

// ask sends one request. Headers come as name, value pairs.
func ask(t *testing.T, h http.Handler, as, method, target, body string, headers ...string) answer {
	t.Helper()
	var reader io.Reader = http.NoBody
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	if strings.HasSuffix(r.URL.Path, "/events") { // a stream ends when its reader goes
		ctx, gone := context.WithCancel(r.Context())
		gone()
		r = r.WithContext(ctx)
	}
	if as != "" {
		r.Header.Set("Authorization", "Bearer "+as)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{Response: w.Result(), text: w.Body.Bytes()}
}

func want(t *testing.T, a answer, status int) {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("status %d, want %d: %s", a.StatusCode, status, a.text)
	}
}

// fakeTokens knows people and passes every check.
type fakeTokens struct {
	CreateFn  func(store.NewToken) (store.Token, string, error)
	DisableFn func(id string, by uint64) error
}

func (f *fakeTokens) Authenticate(secret string) (store.Token, error) { return people(secret) }

func (f *fakeTokens) CreateToken(_ context.Context, n store.NewToken) (store.Token, string, error) {
	if f.CreateFn != nil {
		return f.CreateFn(n)
	}
	return store.Token{ID: "7", Name: n.Name, Role: n.Role, Hash: []byte("hash")}, "trk_secret", nil
}

func (f *fakeTokens) Tokens() ([]store.Token, error) {
	return []store.Token{{ID: "7", Name: "sheet", Role: store.PermissionAdviser, Hash: []byte("hash")}}, nil
}

func (f *fakeTokens) DisableToken(_ context.Context, id string, by uint64) error {
	if f.DisableFn != nil {
		return f.DisableFn(id, by)
	}
	return nil
}

func (f *fakeTokens) Check(context.Context) (store.Report, error) {
	return store.Report{File: "records.db", Records: 12}, nil
}
