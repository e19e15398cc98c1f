package api_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestReceipt: the receipt's bytes come as they are.
func TestReceipt(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	path := claimsPath + "/GB-COH:7209813/receipt"
	a := ask(t, h, "viewer", "GET", path+"?number=41", "")
	want(t, a, 200)
	if got := string(a.text); got != "{\"receipt\":  \"2022-23 GB-COH:07209813 41\"}\n" || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%q %s", got, a.Header.Get("Content-Type"))
	}
	want(t, ask(t, h, "viewer", "GET", path, ""), 200)
	want(t, ask(t, h, "viewer", "GET", path+"?number=9", ""), 404)
	want(t, ask(t, h, "viewer", "GET", path+"?number=-1", ""), 422)
	want(t, ask(t, h, "viewer", "GET", path+"?token=1", ""), 422)
	want(t, ask(t, h, "", "GET", path, ""), 401)
}

// TestClaimHistory: each change with who made it; none for a company nobody knows.
func TestClaimHistory(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	a := ask(t, h, "viewer", "GET", claimsPath+"/GB-COH:7209813/history", "")
	want(t, a, 200)
	if e := a.json(t)["items"].([]any)[0].(map[string]any); e["number"] != 41.0 || e["holder"] != "otv" || e["state"] != "claimed" {
		t.Errorf("%s", a.text)
	}
	want(t, ask(t, h, "viewer", "GET", claimsPath+"/GB-COH:99000009/history", ""), 404)
	want(t, ask(t, h, "", "GET", claimsPath+"/GB-COH:7209813/history", ""), 401)
}

// TestOrganisationLife: merge and split, history and duplicates.
func TestOrganisationLife(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	const path = "/api/v1/organisations/GB-COH:99000001"
	a := ask(t, h, "lead", "POST", path+"/merge", `{"into":"GB-COH:7209813","reason":"same-company"}`)
	want(t, a, 200)
	if a.json(t)["id"] != string(acme) {
		t.Errorf("%s", a.text)
	}
	a = ask(t, h, "lead", "POST", path+"/merge", `{"into":"GB-COH:99000001","reason":"same-company"}`)
	want(t, a, 422)
	want(t, ask(t, h, "lead", "POST", path+"/merge", `{"into":"GB-COH:7209813","reason":"boredom"}`), 422)
	want(t, ask(t, h, "adviser", "POST", path+"/merge", `{"into":"GB-COH:7209813","reason":"same-company"}`), 403)
	want(t, ask(t, h, "lead", "POST", path+"/split", `{}`), 200)
	want(t, ask(t, h, "lead", "POST", path+"/split", `{"reason":"other"}`), 503)
	a = ask(t, h, "viewer", "GET", path+"/history", "")
	want(t, a, 200)
	if event := a.json(t)["items"].([]any)[0].(map[string]any); event["action"] != "merged-into" || event["actor"] != 7.0 || event["other"] != string(acme) {
		t.Errorf("%s", a.text)
	}
	a = ask(t, h, "viewer", "GET", "/api/v1/organisations/duplicates?limit=1", "")
	want(t, a, 200)
	if n := len(a.json(t)["items"].([]any)); n != 1 {
		t.Errorf("%d pairs", n)
	}
}

// TestCampaignLife: closing, and the eligible set.
func TestCampaignLife(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	const path = "/api/v1/campaigns/2022-23"
	want(t, ask(t, h, "lead", "POST", path+"/close", ""), 200)
	want(t, ask(t, h, "adviser", "POST", path+"/close", ""), 403)
	want(t, ask(t, h, "lead", "POST", "/api/v1/campaigns/2021-22/close", ""), 409)
	want(t, ask(t, h, "lead", "POST", path+"/eligible/freeze", ""), 200)
	want(t, ask(t, h, "lead", "POST", path+"/eligible/roll", `{"from":"2021-22"}`), 200)
	want(t, ask(t, h, "lead", "POST", path+"/eligible/roll", `{"from":"2023-24"}`), 422)
	want(t, ask(t, h, "lead", "POST", "/api/v1/organisations/GB-COH:07209813/lift", ""), 200)
	a := ask(t, h, "lead", "POST", path+"/eligible", `{"organisations":["GB-COH:1","nonsense"]}`)
	want(t, a, 200)
	if rows := a.json(t)["items"].([]any); len(rows) != 2 || rows[0].(map[string]any)["status"] != "created" || rows[1].(map[string]any)["status"] != "refused" {
		t.Errorf("%s", a.text)
	}
	a = ask(t, h, "viewer", "GET", path+"/eligible", "")
	want(t, a, 200)
	if row := a.json(t)["items"].([]any)[0].(map[string]any); row["source"] != "rolled" || row["last_holder"] != "wessex" || row["do_not_survey"] != true {
		t.Errorf("%s", a.text)
	}
	next := a.json(t)["next"].(string)
	want(t, ask(t, h, "viewer", "GET", path+"/eligible?cursor="+next, ""), 200)
	want(t, ask(t, h, "viewer", "GET", "/api/v1/campaigns/2021-22/eligible?cursor="+next, ""), 400)
}

// TestEvents: changes come as they happen, from where the reader was.
func TestEvents(t *testing.T) {
	var newest atomic.Uint64
	newest.Store(80)
	news := make(chan struct{})
	registry := &fakeRegistry{
		ChangesFn: func(number uint64, limit int) (changes []survey.Change, upTo uint64) {
			for n := number + 1; n <= newest.Load() && len(changes) < limit; n++ {
				claim := aClaim(acme)
				claim.Token = n
				changes, upTo = append(changes, survey.Change{Number: n, Claim: &claim}), n
			}
			return changes, max(upTo, number)
		},
		WatchFn: func() <-chan struct{} { return news },
	}
	server := httptest.NewServer(open(t, registry, &fakeRooms{}))
	defer server.Close()
	listen := func(query string, headers ...string) (*http.Response, *bufio.Scanner, context.CancelFunc) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/api/v1/events"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer viewer")
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return response, bufio.NewScanner(response.Body), cancel
	}
	ids := func(lines *bufio.Scanner, n int) (got []string) {
		for len(got) < n && lines.Scan() {
			if id, found := strings.CutPrefix(lines.Text(), "id: "); found {
				got = append(got, id)
			}
		}
		return got
	}
	response, lines, cancel := listen("?since=77")
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %s", response.StatusCode, response.Header.Get("Content-Type"))
	}
	if got := fmt.Sprint(ids(lines, 3)); got != "[78 79 80]" {
		t.Errorf("%s", got)
	}
	newest.Store(82)
	close(news)
	if got := fmt.Sprint(ids(lines, 2)); got != "[81 82]" {
		t.Errorf("%s", got)
	}
	cancel()
	_, lines, cancel = listen("", "Last-Event-ID", "81")
	if got := fmt.Sprint(ids(lines, 1)); got != "[82]" {
		t.Errorf("resumed: %s", got)
	}
	cancel()
	for _, query := range []string{"?since=-1", "?topics=weather", "?from=3"} {
		response, _, cancel := listen(query)
		if response.StatusCode != 422 {
			t.Errorf("%s: %d", query, response.StatusCode)
		}
		cancel()
	}
}

// TestListenersAreBounded: the 65th is told to come later.
func TestListenersAreBounded(t *testing.T) {
	registry := &fakeRegistry{WatchFn: func() <-chan struct{} { return make(chan struct{}) }}
	server := httptest.NewServer(open(t, registry, &fakeRooms{}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for i := range 65 {
		r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/api/v1/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer viewer")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 200, false: 429}[i < 64]; response.StatusCode != want {
			t.Fatalf("listener %d: %d, want %d", i+1, response.StatusCode, want)
		}
	}
}

func TestProposed(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	a := ask(t, h, "viewer", "GET", "/api/v1/campaigns/2022-23/proposed", "")
	want(t, a, 200)
	if row := a.json(t)["items"].([]any)[0].(map[string]any); row["holder"] != "otv" || row["name"] != "Acme Ltd" {
		t.Errorf("%s", a.text)
	}
}
