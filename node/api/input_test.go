package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

const claimsPath = api.Prefix + "/campaigns/2022-23/claims"

// neverAsked fails the test when bad input reaches a room.
func neverAsked(t *testing.T) *fakeRegistry {
	return &fakeRegistry{
		ClaimFn: func(survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error) {
			t.Error("the registry was asked to claim")
			return nil, survey.ErrInvalid
		},
		AddFn: func(survey.Request, []survey.NewOrganisation) ([]survey.Outcome, error) {
			t.Error("the registry was asked to add organisations")
			return nil, survey.ErrInvalid
		},
		ChangeFn: func(survey.Request, survey.Cycle, []survey.ClaimChange) ([]survey.Outcome, error) {
			t.Error("the registry was asked to change a claim")
			return nil, survey.ErrInvalid
		},
		OpenFn: func(survey.Request, survey.Campaign) (survey.Outcome, error) {
			t.Error("the registry was asked to open a campaign")
			return survey.Outcome{}, survey.ErrInvalid
		},
	}
}

// TestBadBodies: a clear problem, no echo of a value, nothing changed.
func TestBadBodies(t *testing.T) {
	const secret = "xyzzy-4711"
	organisations, step := api.Prefix+"/organisations", claimsPath+"/GB-COH:07209813/"
	rows := []struct {
		name, path, body string
		status           int
		code, field      string
	}{
		{"empty", claimsPath, "", 400, "bad-request", ""},
		{"not JSON", claimsPath, `{"organisation": ` + secret, 400, "bad-request", "body"},
		{"two values", claimsPath, `{"organisation":"GB-COH:1"} {}`, 400, "bad-request", "body"},
		{"not an object", claimsPath, `["` + secret + `"]`, 422, "invalid", "body"},
		{"null", claimsPath, `null`, 422, "invalid", "body"},
		{"wrong type", claimsPath, `{"organisation": 4711}`, 422, "invalid", "body.organisation"},
		{"null text", claimsPath, `{"organisation": null}`, 422, "invalid", "body.organisation"},
		{"missing", claimsPath, `{}`, 422, "invalid", "body"},
		{"unknown field", claimsPath, `{"organisation":"GB-COH:1","xtra":"` + secret + `"}`, 422, "invalid", "body.xtra"},
		{"twice", claimsPath, `{"organisation":"GB-COH:1","organisation":"GB-COH:2"}`, 400, "bad-request", "body"},
		{"twice in another case", claimsPath, `{"organisation":"GB-COH:1","Organisation":"GB-COH:2"}`, 400, "bad-request", "body"},
		{"deep", claimsPath, strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), 400, "bad-request", "body"},
		{"deep array", claimsPath, strings.Repeat("[", 100000), 400, "bad-request", "body"},
		{"NUL", claimsPath, `{"organisation":"GB-COH:1\u0000"}`, 400, "bad-request", "body"},
		{"not UTF-8", claimsPath, "{\"organisation\":\"\xff\xfe\"}", 400, "bad-request", "body"},
		{"not an identifier", claimsPath, `{"organisation":"` + secret + `"}`, 422, "invalid", "body.organisation"},
		{"unknown scheme", claimsPath, `{"organisation":"US-EIN:` + secret + `"}`, 422, "invalid", "body.organisation"},
		{"too long", claimsPath, `{"organisation":"` + strings.Repeat("x", 81) + `"}`, 422, "invalid", "body.organisation"},
		{"too large", claimsPath, `{"organisation":"` + strings.Repeat("x", 256<<10) + `"}`, 413, "too-large", ""},
		{"no rows", claimsPath + ":batch", `{"organisations":[]}`, 422, "invalid", "body.organisations"},
		{"null rows", claimsPath + ":batch", `{"organisations":null}`, 422, "invalid", "body.organisations"},
		{"too many rows", claimsPath + ":batch", `{"organisations":[` + strings.Repeat(`"GB-COH:1",`, 5000) + `"GB-COH:1"]}`, 422, "invalid", "body.organisations"},
		{"too many values", claimsPath + ":batch", `[` + strings.Repeat(`[],`, 500000) + `[]]`, 400, "bad-request", "body"},
		{"batch too large", claimsPath + ":batch", `{"organisations":["` + strings.Repeat("x", 8<<20) + `"]}`, 413, "too-large", ""},
		{"token as text", step + "contact", `{"token":"` + secret + `"}`, 422, "invalid", "body.token"},
		{"negative token", step + "contact", `{"token":-1}`, 422, "invalid", "body.token"},
		{"token above 64 bits", step + "contact", `{"token":99999999999999999999999}`, 422, "invalid", "body"},
		{"token with an exponent", step + "contact", `{"token":1e3}`, 422, "invalid", "body"},
		{"no token", step + "contact", `{}`, 422, "invalid", "body.token"},
		{"unknown reason", step + "decline", `{"token":1,"reason":"` + secret + `"}`, 422, "invalid", "body.reason"},
		{"offer to nobody", step + "offer", `{"token":1}`, 422, "invalid", "body.to"},
		{"offer to a stranger", step + "offer", `{"token":1,"to":"` + secret + `"}`, 422, "invalid", "body.to"},
		{"to without an offer", step + "contact", `{"token":1,"to":"wessex"}`, 422, "invalid", "body.to"},
		{"nameless", organisations, `{"name":" \u200b "}`, 422, "invalid", "body.name"},
		{"unknown sector", organisations, `{"name":"Acme","sector":"` + secret + `"}`, 422, "invalid", "body.sector"},
		{"impossible day", organisations, `{"name":"Acme","name_as_of":"2020-02-31"}`, 422, "invalid", "body.name_as_of"},
		{"bad identifier", organisations, `{"name":"Acme","identifiers":["GB-COH:1","` + secret + `"]}`, 422, "invalid", "body.identifiers[1]"},
		{"bad cycle", api.Prefix + "/campaigns", `{"cycle":"2022-24"}`, 422, "invalid", "body.cycle"},
		{"closes before it opens", api.Prefix + "/campaigns", `{"cycle":"2022-23","opens":"2023-06-01","closes":"2023-05-01"}`, 422, "invalid", "body.closes"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			a := ask(t, open(t, neverAsked(t), &fakeRooms{}), "administrator", "POST", row.path, row.body)
			want(t, a, row.status)
			p := a.problem(t)
			if p.Code != row.code {
				t.Errorf("code %q, want %q", p.Code, row.code)
			}
			if row.field != "" && (len(p.Errors) == 0 || p.Errors[0].Field != row.field) {
				t.Errorf("faults %+v, want %q first", p.Errors, row.field)
			}
			if strings.Contains(string(a.text), secret) || strings.Contains(string(a.text), `"value"`) || len(a.text) > 4<<10 {
				t.Errorf("the problem repeats what was sent: %.300s", a.text)
			}
			if !strings.Contains(p.Detail, "Nothing was recorded") {
				t.Errorf("detail %q", p.Detail)
			}
		})
	}
}

// TestManyFaultsStayOneReadableAnswer: 5,000 wrong rows name the first 50.
func TestManyFaultsStayOneReadableAnswer(t *testing.T) {
	body := `{"organisations":[` + strings.Repeat(`1,`, 4999) + `1]}`
	a := ask(t, open(t, neverAsked(t), &fakeRooms{}), "adviser", "POST", claimsPath+":batch", body)
	want(t, a, 422)
	if p := a.problem(t); len(p.Errors) != 50 || !strings.Contains(p.Detail, "5000 fields") {
		t.Errorf("%d faults, detail %q", len(p.Errors), p.Detail)
	}
}

func TestBadAddresses(t *testing.T) {
	rows := []struct {
		name, target string
		status       int
		code         string
	}{
		{"dots", api.Prefix + "/organisations/%2e%2e", 400, "bad-request"},
		{"dots and a slash", api.Prefix + "/organisations/..%2f..%2fstatus", 400, "bad-request"},
		{"plain dots", api.Prefix + "/organisations/../status", 400, "bad-request"},
		{"empty segment", api.Prefix + "//status", 400, "bad-request"},
		{"hidden empty segment", api.Prefix + "/organisations/%2f", 400, "bad-request"},
		{"NUL", api.Prefix + "/organisations/GB-COH:1%00", 400, "bad-request"},
		{"line break", api.Prefix + "/organisations/GB-COH:1%0d%0aX:y", 400, "bad-request"},
		{"not UTF-8", api.Prefix + "/organisations/%ff", 400, "bad-request"},
		{"NUL in the query", api.Prefix + "/organisations?q=%00", 400, "bad-request"},
		{"bad escape in the query", api.Prefix + "/organisations?q=%zz", 400, "bad-request"},
		{"semicolon in the query", api.Prefix + "/organisations?q=a;b=c", 400, "bad-request"},
		{"parameter twice", api.Prefix + "/organisations?limit=1&limit=2", 400, "bad-request"},
		{"unknown parameter", api.Prefix + "/organisations?lmit=1", 422, "invalid"},
		{"huge query", api.Prefix + "/organisations?q=" + strings.Repeat("x", 5000), 414, "uri-too-long"},
		{"huge path", api.Prefix + "/organisations/" + strings.Repeat("x", 2000), 414, "uri-too-long"},
		{"many parameters", api.Prefix + "/organisations?" + strings.Repeat("a=b&", 10) + manyParameters(20), 400, "bad-request"},
		{"long search", api.Prefix + "/organisations?q=" + strings.Repeat("x", 201), 422, "invalid"},
		{"limit of nothing", api.Prefix + "/organisations?limit=0", 422, "invalid"},
		{"limit beyond", api.Prefix + "/organisations?limit=1001", 422, "invalid"},
		{"limit in words", api.Prefix + "/organisations?limit=many", 422, "invalid"},
		{"not an identifier", api.Prefix + "/organisations/acme", 422, "invalid"},
		{"bad cycle", api.Prefix + "/campaigns/2022", 422, "invalid"},
		{"bad state", claimsPath + "?state=lost", 422, "invalid"},
		{"bad region", claimsPath + "?region=hin", 422, "invalid"},
		{"region and mine", claimsPath + "?region=otv&mine=true", 422, "invalid"},
		{"bad consistency", api.Prefix + "/campaigns?consistency=quick", 422, "invalid"},
		{"bad age", api.Prefix + "/campaigns?max_age=soon", 422, "invalid"},
		{"negative age", api.Prefix + "/campaigns?max_age=-5s", 422, "invalid"},
		{"age and linearizable", api.Prefix + "/campaigns?max_age=5s&consistency=linearizable", 422, "invalid"},
		{"totals of no cycle", api.Prefix + "/totals", 422, "invalid"},
		{"totals by rank", api.Prefix + "/totals?cycle=2022-23&by=rank", 422, "invalid"},
		{"bad format", api.Prefix + "/summaries/otv/2022-23?format=xml", 422, "invalid"},
		{"unknown path", api.Prefix + "/nowhere", 404, "no-such-path"},
		{"trailing slash", api.Prefix + "/status/", 404, "no-such-path"},
		{"outside", "/", 404, "no-such-path"},
	}
	h := open(t, neverAsked(t), &fakeRooms{})
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			a := ask(t, h, "viewer", "GET", row.target, "")
			want(t, a, row.status)
			if p := a.problem(t); p.Code != row.code {
				t.Errorf("code %q, want %q", p.Code, row.code)
			}
		})
	}
}

func manyParameters(n int) string {
	v := url.Values{}
	for i := range n {
		v.Set(fmt.Sprintf("p%d", i), "1")
	}
	return v.Encode()
}

func TestForgedCursors(t *testing.T) {
	registry := &fakeRegistry{
		OrganisationsFn: func(after string, _ int) ([]survey.Organisation, string) {
			return []survey.Organisation{{ID: acme}}, string(acme)
		},
		ClaimsFn: func(_ survey.ClaimFilter, after string, _ int) ([]survey.Claim, string) {
			return []survey.Claim{aClaim(acme)}, "after " + after
		},
	}
	h := open(t, registry, &fakeRooms{})
	first := ask(t, h, "viewer", "GET", api.Prefix+"/organisations", "").json(t)["next"].(string)
	if first == "" || strings.Contains(first, "GB-COH") {
		t.Fatalf("cursor %q", first)
	}
	want(t, ask(t, h, "viewer", "GET", api.Prefix+"/organisations?cursor="+first, ""), 200)
	claims := ask(t, h, "viewer", "GET", claimsPath+"?mine=true", "").json(t)["next"].(string)
	want(t, ask(t, h, "viewer", "GET", claimsPath+"?mine=true&cursor="+claims, ""), 200)
	for name, target := range map[string]string{
		"of another list":    claimsPath + "?cursor=" + first,
		"of another filter":  claimsPath + "?cursor=" + claims,
		"of another cycle":   api.Prefix + "/campaigns/2021-22/claims?mine=true&cursor=" + claims,
		"one character off":  api.Prefix + "/organisations?cursor=" + first[:len(first)-1] + "A",
		"cut":                api.Prefix + "/organisations?cursor=" + first[:5],
		"a plain identifier": api.Prefix + "/organisations?cursor=GB-COH:07209813",
		"padded":             api.Prefix + "/organisations?cursor=" + first + "==",
	} {
		a := ask(t, h, "viewer", "GET", target, "")
		if p := a.problem(t); a.StatusCode != 400 || p.Code != "bad-cursor" {
			t.Errorf("%s: %s", name, a.text)
		}
	}
}

func TestMethodsAndMedia(t *testing.T) {
	h := open(t, neverAsked(t), &fakeRooms{})
	body := `{"organisation":"GB-COH:7209813"}`
	for name, row := range map[string]struct {
		method, target string
		headers        []string
		status         int
	}{
		"DELETE":                {"DELETE", claimsPath, nil, 405},
		"OPTIONS":               {"OPTIONS", claimsPath, nil, 405},
		"TRACE":                 {"TRACE", api.Prefix + "/status", nil, 405},
		"made up":               {"CLAIM", claimsPath, nil, 405},
		"PATCH of a batch":      {"PATCH", claimsPath + ":batch", nil, 405},
		"a form":                {"POST", claimsPath, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		"plain text":            {"POST", claimsPath, []string{"Content-Type", "text/plain"}, 415},
		"another JSON":          {"POST", claimsPath, []string{"Content-Type", "application/merge-patch+json"}, 415},
		"CBOR":                  {"POST", claimsPath, []string{"Content-Type", "application/cbor"}, 415},
		"UTF-16":                {"POST", claimsPath, []string{"Content-Type", "application/json; charset=utf-16"}, 415},
		"no media type at all":  {"POST", claimsPath, []string{"Content-Type", ";;"}, 415},
		"compressed":            {"POST", claimsPath, []string{"Content-Encoding", "gzip"}, 415},
		"many headers":          {"POST", claimsPath, []string{"X-Large", strings.Repeat("x", 33<<10)}, 431},
		"key of nothing":        {"POST", claimsPath, []string{"Idempotency-Key", ""}, 400},
		"long key":              {"POST", claimsPath, []string{"Idempotency-Key", strings.Repeat("k", 65)}, 400},
		"key in another script": {"POST", claimsPath, []string{"Idempotency-Key", "schlüssel"}, 400},
		"key with a tab":        {"POST", claimsPath, []string{"Idempotency-Key", "a\tb"}, 400},
	} {
		a := ask(t, h, "adviser", row.method, row.target, body, row.headers...)
		if a.StatusCode != row.status {
			t.Errorf("%s: %d, want %d: %s", name, a.StatusCode, row.status, a.text)
			continue
		}
		a.problem(t)
		if row.status == 405 && a.Header.Get("Allow") == "" {
			t.Errorf("%s: no Allow header", name)
		}
	}
	want(t, ask(t, open(t, &fakeRegistry{}, &fakeRooms{}), "adviser", "POST", claimsPath, body, "Content-Type", "application/json; charset=UTF-8"), 201)
}

// TestIdentifiersInPaths: a colon, plain or encoded, in any usual spelling.
func TestIdentifiersInPaths(t *testing.T) {
	var asked survey.Identifier
	registry := &fakeRegistry{OrganisationFn: func(id survey.Identifier) (survey.Organisation, error) {
		asked = id
		return survey.Organisation{ID: id}, nil
	}}
	h := open(t, registry, &fakeRooms{})
	for _, spelling := range []string{"GB-COH:07209813", "GB-COH%3A07209813", "gb-coh:7209813", "GB-COH:%207209813"} {
		asked = ""
		want(t, ask(t, h, "viewer", "GET", api.Prefix+"/organisations/"+spelling, ""), 200)
		if asked != acme {
			t.Errorf("%s asks for %q", spelling, asked)
		}
	}
	want(t, ask(t, h, "viewer", "GET", api.Prefix+"/campaigns/2022%2F23", ""), 200)
}

// TestOverAConnection: what net/http itself answers, a body without a length,
// and one that never comes to an end.
func TestOverAConnection(t *testing.T) {
	server := httptest.NewServer(open(t, neverAsked(t), &fakeRooms{}))
	defer server.Close()
	endless := &repeating{text: []byte(`"GB-COH:07209813",`)}
	r, err := http.NewRequest("POST", server.URL+claimsPath+":batch", endless)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer adviser")
	r.Header.Set("Content-Type", "application/json")
	client := &http.Client{Timeout: 20 * time.Second}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != 413 || answer.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %s", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	if endless.read > 64<<20 {
		t.Errorf("%d bytes were taken", endless.read)
	}
}

type repeating struct {
	text []byte
	read int
}

func (r *repeating) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], r.text)
	}
	r.read += n
	return n, nil
}
