package api_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

type tooFew struct{ totals survey.Totals }

func (t tooFew) Error() string          { return "too few" }
func (t tooFew) Partial() survey.Totals { return t.totals }

// TestProblemOfEachError sends every error that a room below can answer with
// through a change and back through the client's half of the table.
func TestProblemOfEachError(t *testing.T) {
	since := time.Date(2023, 5, 12, 10, 0, 0, 0, time.UTC)
	refusal := func(code survey.RefusalCode) error { return &survey.Refusal{Code: code} }
	rows := []struct {
		name   string
		err    error
		status int
		code   string
		is     error
	}{
		{"no quorum", fmt.Errorf("claim: %w", survey.ErrNoQuorum), 503, "no-quorum", survey.ErrNoQuorum},
		{"unknown outcome", fmt.Errorf("claim: %w", survey.ErrUnknownOutcome), 504, "unknown-outcome", survey.ErrUnknownOutcome},
		{"out of time", fmt.Errorf("claim: %w", context.DeadlineExceeded), 504, "unknown-outcome", survey.ErrUnknownOutcome},
		{"not found", fmt.Errorf("claim: %w", survey.ErrNotFound), 404, "not-found", survey.ErrNotFound},
		{"invalid", fmt.Errorf("claim %q: %w", "secret value", survey.ErrInvalid), 422, "invalid", survey.ErrInvalid},
		{"forbidden", survey.ErrForbidden, 403, "forbidden", survey.ErrForbidden},
		{"storage full", survey.ErrStorageFull, 507, "storage-full", survey.ErrStorageFull},
		{"disk failed", boltfile.ErrFailed, 507, "disk-failed", boltfile.ErrFailed},
		{"closing", boltfile.ErrClosed, 503, "closing", boltfile.ErrClosed},
		{"anything else", errors.New("secret value"), 500, "internal", nil},
		{"already claimed", &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: "wessex", Since: since}, 409, "already-claimed", nil},
		{"stale token", refusal(survey.RefusedStaleToken), 409, "stale-token", nil},
		{"not holder", &survey.Refusal{Code: survey.RefusedNotHolder, Holder: "wessex"}, 409, "not-holder", nil},
		{"not claimed", refusal(survey.RefusedNotClaimed), 409, "not-claimed", nil},
		{"transition", refusal(survey.RefusedInvalidTransition), 409, "invalid-transition", nil},
		{"organisation", refusal(survey.RefusedUnknownOrganisation), 404, "unknown-organisation", nil},
		{"campaign", refusal(survey.RefusedUnknownCampaign), 404, "unknown-campaign", nil},
		{"region", refusal(survey.RefusedUnknownRegion), 422, "unknown-region", nil},
		{"campaign exists", refusal(survey.RefusedCampaignExists), 409, "campaign-exists", nil},
		{"not open", refusal(survey.RefusedCampaignNotOpen), 409, "campaign-not-open", nil},
		{"duplicates", &survey.Refusal{Code: survey.RefusedPossibleDuplicates, Candidates: []survey.Identifier{acme}}, 409, "possible-duplicates", nil},
		{"conflict", refusal(survey.RefusedIdentifierConflict), 409, "identifier-conflict", nil},
		{"reused", refusal(survey.RefusedRequestReused), 422, "request-reused", nil},
		{"twice", refusal(survey.RefusedDuplicateInList), 422, "duplicate-in-list", nil},
		{"refused as invalid", refusal(survey.RefusedInvalid), 422, "invalid", survey.ErrInvalid},
		{"suspended", refusal(survey.RefusedSuspended), 403, "region-suspended", nil},
		{"do not survey", refusal(survey.RefusedDoNotSurvey), 409, "do-not-survey", nil},
		{"observer", refusal(survey.RefusedObserver), 403, "observer", nil},
		{"older software", refusal(survey.RefusedNeedsUpgrade), 409, "regions-need-upgrade", nil},
		{"not closed", refusal(survey.RefusedCampaignNotClosed), 409, "campaign-not-closed", nil},
		{"revision", refusal(survey.RefusedUnknownRevision), 404, "unknown-revision", nil},
		{"no part", refusal(survey.RefusedNotReporting), 409, "not-reporting", nil},
		{"not settled", refusal(survey.RefusedNotSettled), 409, "not-settled", nil},
		{"certified", refusal(survey.RefusedAlreadyCertified), 409, "already-certified", nil},
		{"not certified", refusal(survey.RefusedNotCertified), 409, "not-certified", nil},
		{"innovation", refusal(survey.RefusedUnknownInnovation), 404, "unknown-innovation", nil},
		{"no table", refusal(survey.RefusedNoTable), 409, "no-table", nil},
		{"a newer refusal", refusal("made-up-later"), 409, "made-up-later", nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			registry := &fakeRegistry{ClaimFn: func(survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error) {
				var refusal *survey.Refusal
				if errors.As(row.err, &refusal) {
					return []survey.Outcome{{Status: survey.OutcomeRefused, Refusal: refusal}}, nil
				}
				return nil, row.err
			}}
			a := ask(t, open(t, registry, &fakeRooms{}), "adviser", "POST", api.Prefix+"/campaigns/2022-23/claims", `{"organisation":"GB-COH:7209813"}`)
			want(t, a, row.status)
			p := a.problem(t)
			if p.Code != row.code {
				t.Errorf("code %q, want %q", p.Code, row.code)
			}
			if strings.Contains(string(a.text), "secret value") {
				t.Errorf("the problem repeats what was sent: %s", a.text)
			}
			if (a.Header.Get("Retry-After") != "") != (row.status == 503) {
				t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
			}
			checkRoundTrip(t, p, row.err, row.is)
		})
	}
}

func checkRoundTrip(t *testing.T, p api.Problem, sent, is error) {
	t.Helper()
	err := api.ErrorFromProblem(p)
	if is != nil && !errors.Is(err, is) {
		t.Errorf("the client sees %v, want %v", err, is)
	}
	var before, after *survey.Refusal
	if errors.As(sent, &before) && is == nil && before.Code != "made-up-later" {
		if !errors.As(err, &after) || after.Code != before.Code || after.Holder != before.Holder || !after.Since.Equal(before.Since) || !slices.Equal(after.Candidates, before.Candidates) {
			t.Errorf("the client sees %+v, want %+v", after, before)
		}
	}
}

func TestProblemNamesTheHolder(t *testing.T) {
	registry := &fakeRegistry{ClaimFn: func(survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error) {
		return []survey.Outcome{{Refusal: &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: "wessex", Since: time.Date(2023, 5, 12, 10, 0, 0, 0, time.UTC)}}}, nil
	}}
	a := ask(t, open(t, registry, &fakeRooms{}), "adviser", "POST", api.Prefix+"/campaigns/2022-23/claims", `{"organisation":"GB-COH:7209813"}`)
	got := a.json(t)
	if got["holder"] != "wessex" || got["since"] != "2023-05-12T10:00:00Z" {
		t.Errorf("%s", a.text)
	}
	for _, said := range []string{"Health Innovation Wessex", "12 May 2023", "Nothing was recorded"} {
		if !strings.Contains(got["detail"].(string), said) {
			t.Errorf("detail %q does not say %q", got["detail"], said)
		}
	}
}

func TestNoQuorumSaysHowMany(t *testing.T) {
	registry := &fakeRegistry{AwaitFn: func(survey.Consistency) (survey.Freshness, error) { return survey.Freshness{}, survey.ErrNoQuorum }}
	p := ask(t, open(t, registry, &fakeRooms{}), "viewer", "GET", api.Prefix+"/campaigns?consistency=linearizable", "").problem(t)
	if p.Code != "no-quorum" || !strings.Contains(p.Detail, "8 of 15 AHSNs must be reachable for this, and 5 are") {
		t.Errorf("%+v", p)
	}
}

func TestNeedsUpgradeIsSaid(t *testing.T) {
	registry := &fakeRegistry{AwaitFn: func(survey.Consistency) (survey.Freshness, error) { return survey.Freshness{}, errors.New("stuck") }}
	rooms := &fakeRooms{StatusFn: func() api.NodeStatus { return api.NodeStatus{Registry: api.RegistryStatus{NeedsUpgrade: true}} }}
	a := ask(t, open(t, registry, rooms), "viewer", "GET", api.Prefix+"/campaigns?consistency=linearizable", "")
	want(t, a, 503)
	if p := a.problem(t); p.Code != "needs-upgrade" {
		t.Errorf("%+v", p)
	}
}

func TestFaultyAnswersAreNamed(t *testing.T) {
	rooms := &fakeRooms{RecordFn: func(survey.Request, survey.Cycle, survey.Identifier, []byte) (survey.ResponseResult, error) {
		return survey.ResponseResult{}, fmt.Errorf("record: %w", &survey.FaultyAnswers{Problems: []survey.FieldProblem{{Field: "q03", Code: survey.ProblemNegative, Message: "is negative"}}})
	}}
	a := ask(t, open(t, &fakeRegistry{}, rooms), "adviser", "PUT", api.Prefix+"/campaigns/2022-23/responses/GB-COH:07209813", `{"answers":{"q03":-4711}}`)
	want(t, a, 422)
	p := a.problem(t)
	if len(p.Errors) != 1 || p.Errors[0] != (api.FieldError{Field: "body.answers.q03", Code: "negative", Message: "is negative"}) || strings.Contains(string(a.text), "4711") {
		t.Errorf("%s", a.text)
	}
}

func TestCoverageNotMetCarriesThePartialTotals(t *testing.T) {
	rooms := &fakeRooms{NationalFn: func(survey.TotalsQuery) (survey.Totals, error) {
		return survey.Totals{}, fmt.Errorf("totals: %w", tooFew{survey.Totals{Cycle: cycle, Coverage: survey.Coverage{Of: 15, Included: 14}}})
	}}
	a := ask(t, open(t, &fakeRegistry{}, rooms), "viewer", "GET", api.Prefix+"/totals?cycle=2022-23&require=15", "")
	want(t, a, 409)
	p := a.problem(t)
	if p.Code != "coverage-not-met" || p.Partial == nil || p.Partial.Coverage.Included != 14 || !strings.Contains(p.Detail, "14 of 15") {
		t.Errorf("%s", a.text)
	}
}

func TestParseProblemOfAStranger(t *testing.T) {
	p := api.ParseProblem(502, []byte("<html>bad gateway"))
	if p.Status != 502 || p.Code != "" || api.ErrorFromProblem(p) == nil {
		t.Errorf("%+v", p)
	}
}
