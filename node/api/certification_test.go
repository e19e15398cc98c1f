package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// TestStepsThatWait: a step that waits for a second region is 202, with the
// number to endorse; asked for again it is the same, and 200 once in effect.
func TestStepsThatWait(t *testing.T) {
	registry := &fakeRegistry{}
	h := open(t, registry, &fakeRooms{})
	for _, c := range []struct {
		method, path, body string
		status             int
		proposal           float64
	}{
		{"PATCH", "/campaigns/2022-23", `{"closes":"2023-10-31"}`, 202, 7},
		{"PATCH", "/campaigns/2022-23", `{"policy":"standard"}`, 202, 7},
		{"PATCH", "/campaigns/2022-23", `{"policy":"open"}`, 422, 0},
		{"PATCH", "/campaigns/2022-23", `{"policy":"standard","closes":"2023-10-31"}`, 422, 0},
		{"PATCH", "/campaigns/2022-23", `{"lapse_days":56}`, 202, 7},
		{"PATCH", "/campaigns/2022-23", `{"lapse_days":0}`, 200, 0},
		{"PATCH", "/campaigns/2022-23", `{"lapse_days":367}`, 422, 0},
		{"PATCH", "/campaigns/2022-23", `{"lapse_days":56,"policy":"standard"}`, 422, 0},
		{"PATCH", "/campaigns/2022-23", `{"opens":"2023-10-31","closes":"2023-10-01"}`, 422, 0},
		{"PATCH", "/campaigns/2022-23", `{}`, 422, 0},
		{"POST", "/campaigns/2022-23/claims/GB-COH:07209813/release-idle", ``, 202, 7},
		{"POST", "/campaigns/2022-23/claims/GB-COH:99000001/release-idle", ``, 409, 0},
		{"POST", "/campaigns", `{"cycle":"2022-23"}`, 201, 0},
	} {
		a := ask(t, h, "lead", c.method, api.Prefix+c.path, c.body)
		want(t, a, c.status)
		if key := a.Header.Get("Idempotency-Key"); key == "" {
			t.Errorf("%s %s: no key: the next change would be taken for this one", c.method, c.path)
		}
		if c.proposal > 0 && a.json(t)["proposal"] != c.proposal {
			t.Errorf("%s %s: %s", c.path, c.body, a.text)
		}
	}
	for _, outcome := range []struct {
		survey.Outcome
		status int
	}{
		{survey.Outcome{Status: survey.OutcomeProposed, Number: 7}, 202},
		{survey.Outcome{Status: survey.OutcomeExists, Number: 7}, 202}, // proposed before
		{survey.Outcome{Status: survey.OutcomeExists, Number: 9}, 200}, // open before
		{survey.Outcome{Status: survey.OutcomeCreated, Number: 9}, 201},
	} {
		registry.OpenFn = func(survey.Request, survey.Campaign) (survey.Outcome, error) { return outcome.Outcome, nil }
		want(t, ask(t, h, "lead", "POST", api.Prefix+"/campaigns", `{"cycle":"2022-23"}`), outcome.status)
	}
}

// TestEndorsing: leads consent to what is about a campaign, administrators to
// what is about a region.
func TestEndorsing(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	want(t, ask(t, h, "lead", "POST", api.Prefix+"/federation/proposals/7/endorse", `{}`), 403)
	want(t, ask(t, h, "lead", "POST", api.Prefix+"/federation/proposals/70/endorse", `{}`), 200)
	want(t, ask(t, h, "adviser", "POST", api.Prefix+"/federation/proposals/70/endorse", `{}`), 403)
	want(t, ask(t, h, "administrator", "POST", api.Prefix+"/federation/proposals/7/endorse", `{}`), 200)
}

func TestCertification(t *testing.T) {
	h := openWith(t, &fakeRegistry{}, &fakeRooms{}, withAllRooms)
	const path = api.Prefix + "/certification/2021-22"
	a := ask(t, h, "viewer", "GET", path, "")
	want(t, a, 200)
	part := a.json(t)["revisions"].([]any)[0].(map[string]any)["settled"].([]any)[0].(map[string]any)
	if part["region"] != "otv" || part["summary"] != "cd" || part["how"] != "signed" {
		t.Errorf("%s", a.text)
	}
	want(t, ask(t, h, "viewer", "GET", api.Prefix+"/certification/2015-16", ""), 404)
	want(t, ask(t, h, "viewer", "GET", api.Prefix+"/certification/soon", ""), 422)
	for _, c := range []struct {
		step, body string
		status     int
		code       string
	}{
		{"/sign-off", `{}`, 200, ""},
		{"/sign-off", `{"revision":64}`, 422, "invalid"},
		{"/cosign", `{"revision":0}`, 200, ""},
		{"/cosign", `{"table":"0000000000000000000000000000000000000000000000000000000000000000"}`, 409, "no-table"},
		{"/cosign", `{"table":"abc"}`, 422, "invalid"},
		{"/stand", `{"region":"sw","reason":"region-unreachable","words":"by telephone"}`, 202, ""},
		{"/stand", `{"region":"hin","reason":"region-unreachable"}`, 422, "invalid"},
		{"/absent", `{"region":"sw","reason":"records-lost"}`, 200, ""},
		{"/absent", `{"region":"sw","reason":"boredom"}`, 422, "invalid"},
		{"/absent", `{"region":"sw"}`, 422, "invalid"},
		{"/revision", `{"reason":"late-answers"}`, 200, ""},
	} {
		a := ask(t, h, "lead", "POST", path+c.step, c.body)
		if a.StatusCode != c.status {
			t.Errorf("%s %s: %d %s", c.step, c.body, a.StatusCode, a.text)
		} else if c.code != "" && a.problem(t).Code != c.code {
			t.Errorf("%s %s: %s", c.step, c.body, a.text)
		}
	}
	a = ask(t, h, "lead", "POST", api.Prefix+"/certification/2022-23/sign-off", `{}`)
	want(t, a, 409)
	if a.problem(t).Code != "campaign-not-closed" {
		t.Errorf("%s", a.text)
	}
	a = ask(t, h, "viewer", "GET", path+"/published", "")
	want(t, a, 200)
	if string(a.text) != "{\"published\":  1}\n" {
		t.Errorf("the file's bytes were changed: %q", a.text)
	}
	want(t, ask(t, h, "viewer", "GET", path+"/published?revision=1", ""), 404)
	want(t, ask(t, h, "viewer", "GET", path+"/published?revision=-1", ""), 422)
	want(t, ask(t, h, "viewer", "GET", api.Prefix+"/receipts/41", ""), 200)
	want(t, ask(t, h, "viewer", "GET", api.Prefix+"/receipts/9", ""), 404)
	want(t, ask(t, h, "viewer", "GET", api.Prefix+"/receipts/x", ""), 422)
}

func TestNationalInnovations(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	const path = api.Prefix + "/national-innovations"
	a := ask(t, h, "adviser", "POST", path, `{"organisation":"GB-COH:7209813","stage":"early"}`)
	want(t, a, 201)
	if a.json(t)["id"] != string(inhaler) {
		t.Errorf("%s", a.text)
	}
	want(t, ask(t, h, "adviser", "POST", path, `{"organisation":"GB-COH:7209813","stage":"dreamt"}`), 422)
	want(t, ask(t, h, "adviser", "POST", path+"/"+string(inhaler)+"/adopt", ""), 200)
	want(t, ask(t, h, "adviser", "POST", path+"/INN:X/adopt", ""), 404)
	want(t, ask(t, h, "viewer", "GET", path+"?organisation=GB-COH:7209813", ""), 200)
	want(t, ask(t, h, "viewer", "GET", path, ""), 422)
	want(t, ask(t, h, "viewer", "GET", path+"/counts", ""), 200)
	want(t, ask(t, h, "viewer", "GET", path+"/"+string(inhaler), ""), 200)
}

// TestTotalsAskedFor: what is asked for reaches the totals, and what does not go
// together is named.
func TestTotalsAskedFor(t *testing.T) {
	var asked survey.TotalsQuery
	h := open(t, &fakeRegistry{}, &fakeRooms{NationalFn: func(q survey.TotalsQuery) (survey.Totals, error) {
		asked = q
		return survey.Totals{Cycle: q.Cycle, Mode: q.Mode, AnswerID: "a1"}, nil
	}})
	const path = api.Prefix + "/totals?cycle=2021-22"
	for query, check := range map[string]func() bool{
		"":                               func() bool { return asked.Mode == survey.ModeCached },
		"&mode=certified":                func() bool { return asked.Mode == survey.ModeCertified && asked.Revision == nil },
		"&revision=0":                    func() bool { return asked.Mode == survey.ModeCertified && *asked.Revision == 0 },
		"&as_of=2023-09-30":              func() bool { return asked.Mode == "" && asked.AsOf.Format(time.RFC3339) == "2023-09-30T23:59:59Z" },
		"&as_of=2023-09-30T12:00:00Z":    func() bool { return asked.AsOf.Hour() == 12 },
		"&compare=2020-21&mode=live":     func() bool { return asked.Mode == survey.ModeLive },
		"&as_of=2999-01-01":              nil,
		"&as_of=soon":                    nil,
		"&as_of=2023-09-30&mode=live":    nil,
		"&revision=0&mode=live":          nil,
		"&revision=-1":                   nil,
		"&compare=2021-22":               nil,
		"&compare=2022-23":               nil,
		"&compare=2020-21&by=sector":     nil,
		"&compare=2020-21&revision=0":    nil,
		"&mode=as_of":                    nil,
		"&compare=2020-21&as_of=2023-01": nil,
	} {
		a := ask(t, h, "viewer", "GET", path+query, "")
		switch {
		case check == nil:
			want(t, a, 422)
		case a.StatusCode != 200 || !check():
			t.Errorf("%s: %d %+v", query, a.StatusCode, asked)
		}
	}
	a := ask(t, h, "viewer", "GET", path+"&compare=2020-21", "")
	if c := a.json(t)["comparison"].(map[string]any); c["against"] != "2020-21" || c["response_rate_before"] != 4400.0 {
		t.Errorf("%s", a.text)
	}
	a = ask(t, h, "viewer", "GET", path+"&compare=2013-14", "")
	want(t, a, 409)
	if a.problem(t).Code != "not-comparable" {
		t.Errorf("%s", a.text)
	}
	want(t, ask(t, h, "adviser", "GET", api.Prefix+"/totals/own?cycle=2021-22&by=sector", ""), 200)
	want(t, ask(t, h, "adviser", "GET", api.Prefix+"/totals/own?cycle=2021-22&by=region", ""), 422)
	want(t, ask(t, h, "viewer", "GET", api.Prefix+"/totals/public?cycle=2021-22&metric=investment_leveraged&by=sector", ""), 200)
	want(t, ask(t, h, "viewer", "GET", api.Prefix+"/totals/public?cycle=2021-22&metric=luck&by=sector", ""), 422)
	want(t, ask(t, h, "viewer", "GET", api.Prefix+"/totals/public?cycle=2021-22", ""), 200)
	want(t, ask(t, h, "viewer", "GET", api.Prefix+"/totals/public.csv?cycle=2021-22&metric=luck", ""), 422)
	want(t, ask(t, h, "viewer", "GET", api.Prefix+"/totals/public.csv?cycle=2021-22&secret=1", ""), 422)
	want(t, ask(t, h, "viewer", "GET", api.Prefix+"/totals/public.xlsx?cycle=2021-22&by=sector", ""), 200)
	list := ask(t, h, "viewer", "GET", api.Prefix+"/totals/public.csv?cycle=2021-22", "")
	want(t, list, 200)
	if !strings.HasPrefix(string(list.text), "CIRCLE,EDITION,") || !strings.Contains(list.Header.Get("Content-Disposition"), `"public-2021-22-investment_leveraged.csv"`) {
		t.Errorf("the public list: %v %s", list.Header, list.text)
	}
	a = ask(t, h, "viewer", "GET", api.Prefix+"/reconciliation?metric=investment_leveraged", "")
	want(t, a, 200)
	if a.json(t)["from"] != "2018-19" {
		t.Errorf("%s", a.text)
	}
}
