package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func (*fakeRooms) Invite(_ context.Context, _ survey.Request, region survey.Region, role survey.Role, life time.Duration) (api.IssuedInvite, error) {
	return api.IssuedInvite{Token: "token-for-" + string(region), Region: region, Role: role, Expires: time.Unix(0, 0).Add(life).UTC()}, nil
}

// Decide is open for what concerns another region and done for the rest; the
// region gm is refused.
func (*fakeRooms) Decide(_ context.Context, _ survey.Request, d api.Decision) (api.Decided, error) {
	switch {
	case d.Proposal.Region == "gm":
		return api.Decided{}, &survey.Refusal{Code: survey.RefusedLastVoter, Detail: "nobody could decide anything any more"}
	case d.Proposal.Region != "" && d.Proposal.Region != region:
		return api.Decided{State: survey.ProposalOpen, Number: 7}, nil
	}
	return api.Decided{State: survey.ProposalDone, Number: 8}, nil
}

func (*fakeRooms) RotateKey(context.Context, survey.Request) (string, error) { return "ABC", nil }

func (*fakeRooms) Decisions() api.Decisions {
	return api.Decisions{Proposals: []survey.Proposal{{Number: 7, By: "sw", State: survey.ProposalOpen,
		NewProposal: survey.NewProposal{Kind: survey.ProposeSuspend, Region: "otv", Reason: survey.ReasonMisuse}},
		{Number: 70, By: "sw", State: survey.ProposalOpen, NewProposal: survey.NewProposal{Kind: survey.ProposeCloseCampaign, Cycle: cycle}}}}
}

// governanceSurface is the part of surface about who belongs to the
// federation.
func governanceSurface() map[string]string {
	return map[string]string{
		"GET /federation/invites":                     "administrator",
		"POST /federation/invites":                    "administrator",
		"GET /federation/proposals":                   "viewer",
		"POST /federation/proposals/{number}/endorse": "lead", // an administrator if it is about a region
		"GET /federation/recoveries":                  "viewer",
		"POST /federation/name":                       "administrator",
		"POST /federation/rotate-key":                 "administrator",
		"POST /federation/max-voters":                 "administrator",
		"POST /federation/regions/{region}/suspend":   "administrator",
		"POST /federation/regions/{region}/resume":    "administrator",
		"POST /federation/regions/{region}/remove":    "administrator",
		"POST /federation/regions/{region}/succeed":   "administrator",
		"POST /federation/regions/{region}/new-key":   "administrator",
		"POST /federation/regions/{region}/role":      "administrator",
	}
}

func TestGovernance(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	for _, c := range []struct {
		path, body string
		status     int
		code       string
	}{
		{"/federation/invites", `{"region":"sw"}`, 201, ""},
		{"/federation/invites", `{"region":"sw","role":"observer","hours":1}`, 201, ""},
		{"/federation/invites", `{"region":"hin"}`, 422, "invalid"},
		{"/federation/invites", `{"region":"sw","hours":25}`, 422, "invalid"},
		{"/federation/regions/sw/suspend", `{"reason":"misuse","words":"see the minutes"}`, 202, ""},
		{"/federation/regions/otv/suspend", `{"reason":"maintenance"}`, 200, ""},
		{"/federation/regions/sw/suspend", `{"reason":"no-time"}`, 422, "invalid"},
		{"/federation/regions/sw/suspend", `{}`, 422, "invalid"},
		{"/federation/regions/hin/remove", `{"reason":"leaves"}`, 422, "invalid"},
		{"/federation/regions/gm/remove", `{"reason":"leaves"}`, 409, "last-voter"},
		{"/federation/regions/sw/succeed", `{"reason":"merged","to":"otv"}`, 202, ""},
		{"/federation/regions/sw/succeed", `{"reason":"merged"}`, 422, "invalid"},
		{"/federation/regions/sw/new-key", `{"reason":"key-lost","card":"tracker-key-1.sw.AAAA"}`, 202, ""},
		{"/federation/regions/sw/role", `{"reason":"agreed","role":"observer"}`, 202, ""},
		{"/federation/regions/sw/role", `{"reason":"agreed","role":"leader"}`, 422, "invalid"},
		{"/federation/max-voters", `{"reason":"agreed","voters":9}`, 200, ""},
		{"/federation/max-voters", `{"reason":"agreed","voters":65}`, 422, "invalid"},
		{"/federation/name", `{"name":"Oxford","from":"2026-01-01"}`, 200, ""},
		{"/federation/name", `{"name":"Oxford","from":"soon"}`, 422, "invalid"},
		{"/federation/proposals/7/endorse", `{}`, 200, ""},
		{"/federation/proposals/0/endorse", `{}`, 404, "not-found"},
		{"/federation/proposals/x/endorse", `{}`, 422, "invalid"},
	} {
		a := ask(t, h, "administrator", "POST", api.Prefix+c.path, c.body)
		if a.StatusCode != c.status {
			t.Errorf("%s %s: %d %s", c.path, c.body, a.StatusCode, a.text)
			continue
		}
		if c.code != "" && a.problem(t).Code != c.code {
			t.Errorf("%s %s: %s", c.path, c.body, a.text)
		}
	}
	a := ask(t, h, "viewer", "GET", api.Prefix+"/federation/proposals", "")
	want(t, a, 200)
	var page api.Page[survey.Proposal]
	if err := json.Unmarshal(a.text, &page); err != nil || len(page.Items) != 2 || page.Items[0].Kind != survey.ProposeSuspend || page.Items[0].Number != 7 {
		t.Errorf("proposals: %s %v", a.text, errors.Join(err))
	}
}
