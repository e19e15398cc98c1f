package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestClaims(t *testing.T) {
	outcome := survey.Outcome{Status: survey.OutcomeGranted, ID: acme}
	var filter survey.ClaimFilter
	free := false
	registry := &fakeRegistry{
		ClaimFn: func(survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error) {
			return []survey.Outcome{outcome}, nil
		},
		ClaimsFn: func(f survey.ClaimFilter, _ string, _ int) ([]survey.Claim, string) {
			filter = f
			return []survey.Claim{aClaim(acme)}, ""
		},
		ClaimOfFn: func(c survey.Cycle, id survey.Identifier) (survey.Claim, error) {
			claim := aClaim(id)
			if free {
				claim.State, claim.Region = survey.Released, ""
			}
			return claim, nil
		},
	}
	h := open(t, registry, &fakeRooms{})
	body := `{"organisation":"GB-COH:7209813"}`
	a := ask(t, h, "adviser", "POST", claimsPath, body)
	want(t, a, 201)
	if got := a.json(t); got["token"] != 41.0 || got["region"] != "otv" {
		t.Errorf("%s", a.text)
	}
	outcome.Status = survey.OutcomeMine
	want(t, ask(t, h, "adviser", "POST", claimsPath, body), 200)
	want(t, ask(t, h, "viewer", "GET", claimsPath+"?mine=true&state=contacted", ""), 200)
	if filter != (survey.ClaimFilter{Cycle: cycle, Region: region, State: survey.Contacted}) {
		t.Errorf("filter %+v", filter)
	}
	want(t, ask(t, h, "viewer", "GET", claimsPath+"/GB-COH:07209813", ""), 200)
	free = true
	a = ask(t, h, "viewer", "GET", claimsPath+"/GB-COH:07209813", "")
	want(t, a, 404)
	if p := a.problem(t); p.Code != "not-found" || !strings.HasPrefix(p.Detail, "Nobody holds this company") {
		t.Errorf("%+v", p)
	}
	registry.CampaignFn = func(survey.Cycle) (survey.Campaign, error) { return survey.Campaign{}, survey.ErrNotFound }
	want(t, ask(t, h, "viewer", "GET", claimsPath, ""), 404)
}

func TestClaimSteps(t *testing.T) {
	var asked survey.ClaimChange
	outcome := survey.Outcome{Status: survey.OutcomeChanged}
	registry := &fakeRegistry{ChangeFn: func(_ survey.Request, _ survey.Cycle, changes []survey.ClaimChange) ([]survey.Outcome, error) {
		asked = changes[0]
		claim := aClaim(acme)
		claim.Token = 42
		outcome.Claim = &claim
		return []survey.Outcome{outcome}, nil
	}}
	h := open(t, registry, &fakeRooms{})
	for step, body := range map[survey.ClaimAction]string{
		survey.ActionContact: `{"token":41}`, survey.ActionRespond: `{"token":41}`, survey.ActionDecline: `{"token":41,"reason":"no-time"}`,
		survey.ActionUnreachable: `{"token":41}`, survey.ActionIneligible: `{"token":41}`, survey.ActionRelease: `{"token":41}`,
		survey.ActionReopen: `{"token":41}`, survey.ActionOffer: `{"token":41,"to":"wessex"}`, survey.ActionAccept: `{"token":41}`,
		survey.ActionRefuse: `{"token":41}`, survey.ActionWithdraw: `{"token":41}`, survey.ActionRequest: `{}`,
	} {
		a := ask(t, h, "lead", "POST", claimsPath+"/GB-COH:07209813/"+string(step), body)
		if a.StatusCode != 200 || a.json(t)["token"] != 42.0 || asked.Action != step || asked.Organisation != acme {
			t.Errorf("%s: %d %s, asked %+v", step, a.StatusCode, a.text, asked)
		}
	}
	outcome = survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedStaleToken}}
	want(t, ask(t, h, "adviser", "POST", claimsPath+"/GB-COH:07209813/contact", `{"token":40}`), 409)
}

// TestListOfSteps: a result per row, and no way round the role of a step.
func TestListOfSteps(t *testing.T) {
	registry := &fakeRegistry{ChangeFn: func(_ survey.Request, _ survey.Cycle, changes []survey.ClaimChange) ([]survey.Outcome, error) {
		out := make([]survey.Outcome, len(changes))
		for i := range out {
			out[i] = survey.Outcome{Status: survey.OutcomeChanged, ID: changes[i].Organisation}
		}
		return out, nil
	}}
	h := open(t, registry, &fakeRooms{})
	a := ask(t, h, "adviser", "POST", claimsPath+":change", `{"changes":[
		{"organisation":"GB-COH:1","action":"contact","token":4},
		{"organisation":"GB-COH:2","action":"claim","token":5},
		{"organisation":"GB-COH:3","action":"contact","token":0},
		{"organisation":"GB-COH:4","action":"offer","to":"wessex","token":6}]}`)
	want(t, a, 200)
	var batch api.Batch
	if err := json.Unmarshal(a.text, &batch); err != nil {
		t.Fatal(err)
	}
	for i, want := range []survey.OutcomeStatus{survey.OutcomeChanged, survey.OutcomeRefused, survey.OutcomeRefused, survey.OutcomeChanged} {
		if batch.Items[i].Status != want {
			t.Errorf("row %d is %s, want %s", i, batch.Items[i].Status, want)
		}
	}
	reopen := `{"changes":[{"organisation":"GB-COH:1","action":"reopen","token":4}]}`
	want(t, ask(t, h, "adviser", "POST", claimsPath+":change", reopen), 403)
	want(t, ask(t, h, "lead", "POST", claimsPath+":change", reopen), 200)
}
