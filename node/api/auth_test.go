package api_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestWhoAsks(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	for header, status := range map[string]int{
		"Bearer viewer":                        200,
		"bearer viewer":                        200,
		"Bearer":                               401,
		"Bearer ":                              401,
		"Basic dmlld2VyOg==":                   401,
		"viewer":                               401,
		"Bearer viewer viewer":                 401,
		"Bearer " + strings.Repeat("x", 10000): 401,
	} {
		a := ask(t, h, "", "GET", api.Prefix+"/status", "", "Authorization", header)
		if a.StatusCode != status {
			t.Errorf("%.40q: %d, want %d", header, a.StatusCode, status)
		}
		if status == 401 && (a.problem(t).Code != "unauthorised" || a.Header.Get("WWW-Authenticate") == "") {
			t.Errorf("%.40q: %s", header, a.text)
		}
	}
}

// TestFailingAuthenticationsAreLimited: per address, with a burst, back after
// a second, and never in the way of a good token.
func TestFailingAuthenticationsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, &fakeRegistry{}, &fakeRooms{})
		for i := range 25 {
			a := ask(t, h, "wrong", "GET", api.Prefix+"/status", "")
			if i < 20 && a.StatusCode != 401 || i >= 20 && a.StatusCode != 429 {
				t.Fatalf("failure %d: %d", i, a.StatusCode)
			}
			if a.StatusCode == 429 && (a.problem(t).Code != "too-many-attempts" || a.Header.Get("Retry-After") != "1") {
				t.Fatalf("%s", a.text)
			}
		}
		want(t, ask(t, h, "viewer", "GET", api.Prefix+"/status", ""), 200)
		time.Sleep(time.Second)
		want(t, ask(t, h, "wrong", "GET", api.Prefix+"/status", ""), 401)
		want(t, ask(t, h, "wrong", "GET", api.Prefix+"/status", ""), 429)
	})
}

// TestRequestIDs: the same person and key give the same id, another person
// another one, and the key comes back.
func TestRequestIDs(t *testing.T) {
	var ids []survey.Request
	registry := &fakeRegistry{ClaimFn: func(r survey.Request, _ survey.Cycle, asked []survey.Identifier) ([]survey.Outcome, error) {
		ids = append(ids, r)
		return outcomes(asked, survey.OutcomeGranted), nil
	}}
	h := open(t, registry, &fakeRooms{})
	body := `{"organisation":"GB-COH:7209813"}`
	for _, who := range []string{"adviser", "adviser", "colleague"} {
		a := ask(t, h, who, "POST", claimsPath, body, "Idempotency-Key", "monday 1")
		want(t, a, 201)
		if a.Header.Get("Idempotency-Key") != "monday 1" {
			t.Errorf("key %q came back", a.Header.Get("Idempotency-Key"))
		}
	}
	a := ask(t, h, "adviser", "POST", claimsPath, body)
	made := a.Header.Get("Idempotency-Key")
	if len(made) != 36 || made[14] != '7' {
		t.Errorf("made key %q", made)
	}
	ask(t, h, "adviser", "POST", claimsPath, body, "Idempotency-Key", made)
	if ids[0] != ids[1] || ids[0].ID == ids[2].ID || ids[0].Actor != 2 || ids[2].Actor != 5 || ids[3] != ids[4] || ids[3].ID == ids[0].ID {
		t.Errorf("ids %+v", ids)
	}
	for _, id := range ids {
		if len(id.ID) < 1 || len(id.ID) > 64 {
			t.Errorf("id %q", id.ID)
		}
	}
}

// TestEveryAnswerIsSafe: the headers that keep browsers and caches from harm,
// also on errors.
func TestEveryAnswerIsSafe(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	for _, a := range []answer{
		ask(t, h, "viewer", "GET", api.Prefix+"/status", ""),
		ask(t, h, "", "GET", api.Prefix+"/status", ""),
		ask(t, h, "viewer", "GET", api.Prefix+"/nowhere", ""),
		ask(t, h, "viewer", "DELETE", api.Prefix+"/status", ""),
		ask(t, h, "", "GET", api.Prefix+"/docs", ""),
		ask(t, h, "viewer", "GET", api.Prefix+"/totals?cycle=2022-23", ""),
	} {
		policy := a.Header.Get("Content-Security-Policy")
		if a.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") ||
			a.Header.Get("Referrer-Policy") != "no-referrer" || a.Header.Get("Cache-Control") == "" || a.Header.Get("Link") != "" || len(a.Cookies()) != 0 {
			t.Errorf("%d: %v", a.StatusCode, a.Header)
		}
	}
	a := ask(t, h, "viewer", "GET", api.Prefix+"/organisations/GB-COH:07209813", "")
	if strings.Contains(string(a.text), "$schema") {
		t.Errorf("%s", a.text)
	}
}

// TestPanicIsAProblem: a handler that breaks tells nobody how.
func TestPanicIsAProblem(t *testing.T) {
	rooms := &fakeRooms{StatusFn: func() api.NodeStatus { panic("secret") }}
	a := ask(t, open(t, &fakeRegistry{}, rooms), "viewer", "GET", api.Prefix+"/status", "")
	want(t, a, 500)
	if p := a.problem(t); p.Code != "internal" || strings.Contains(string(a.text), "secret") {
		t.Errorf("%s", a.text)
	}
}
