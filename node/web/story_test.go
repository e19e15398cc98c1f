package web_test

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/web"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// story is one page in one state. Run makes the request that shows it, after
// whatever came before it.
type story struct {
	name   string
	role   store.Permission
	status int
	run    func(*site) *httptest.ResponseRecorder
}

func page(address string) func(*site) *httptest.ResponseRecorder {
	return func(s *site) *httptest.ResponseRecorder { return s.get(address) }
}

const (
	complete = `{"q01":"yes","q02":["otv"],"q03":41,"q04":6,"q05":3.5,"q06":1,"q07":{"equity":900000},"q08":400000,"q10":3}`
	lastYear = `{"q01":"yes","q02":["otv"],"q03":12,"q04":2,"q05":1,"q06":0,"q07":{"equity":50000},"q08":20000,"q10":1}`
)

// stories are every page of the site, in its usual state and in those of
// error.
func stories() []story {
	const adviser, viewer, lead = store.PermissionAdviser, store.PermissionViewer, store.PermissionLead
	free, mine, theirs := "/companies/"+string(freeID), "/companies/"+string(oursID), "/companies/"+string(theirsID)
	respond := func(page string) string { return "/respond/fresh" + page }
	return append([]story{
		{"sign-in", "", 200, page("/sign-in")},
		{"sign-in-wrong", "", 401, func(s *site) *httptest.ResponseRecorder {
			return s.post("/sign-in", "name", "sam", "password", "not the password")
		}},
		{"sign-in-ended", "", 401, func(s *site) *httptest.ResponseRecorder {
			return s.post(mine+"/answers", "q03", "41", "q15", "a long text")
		}},
		{"pending", "", 200, func(s *site) *httptest.ResponseRecorder {
			return s.post("/sign-in", "name", "adviser", "password", "adviser-password", "to", mine+"/answers", "pending", "q03=41&q15=a+long+text")
		}},
		{"home", adviser, 200, page("/")},
		{"home-alone", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			s.rooms.status.Quorum.Reachable = 7
			return s.get("/")
		}},
		{"home-empty", lead, 200, func(s *site) *httptest.ResponseRecorder { s.rooms.campaigns = nil; return s.get("/") }},
		{"national", viewer, 200, page("/national/2022-23")},
		{"national-sector", viewer, 200, page("/national/2022-23?by=sector&metric=jobs_created&answer=old")},
		{"region", adviser, 200, page("/region")},
		{"companies", viewer, 200, page("/companies")},
		{"companies-found", adviser, 200, page("/companies?q=ltd")},
		{"companies-none", adviser, 200, page("/companies?q=zzz")},
		{"company-free", adviser, 200, page(free)},
		{"company-ours", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			s.rooms.answer("2021-22", oursID, lastYear)
			return s.get(mine)
		}},
		{"company-theirs", adviser, 200, page(theirs)},
		{"company-hostile", adviser, 200, page("/companies/" + string(hostileID))},
		{"company-offered", adviser, 200, page("/companies/" + string(offeredID))},
		{"company-handed-over", adviser, 200, func(s *site) *httptest.ResponseRecorder { s.rooms.handed(); return s.get(mine) }},
		{"company-shared", adviser, 200, func(s *site) *httptest.ResponseRecorder { s.rooms.share(s.t); return s.get(theirs) }},
		{"taken-over", adviser, 200, func(s *site) *httptest.ResponseRecorder { return s.post(mine+"/take-over", "cycle", "2022-23") }},
		{"taken-over-away", adviser, 503, func(s *site) *httptest.ResponseRecorder {
			s.rooms.takeoverError = web.ErrRegionAway
			return s.post(mine+"/take-over", "cycle", "2022-23", "key", "k1")
		}},
		{"company-left-out", lead, 200, func(s *site) *httptest.ResponseRecorder {
			s.rooms.organisations[0].DoNotSurvey = "2021-22"
			return s.get(free)
		}},
		{"company-no-reason", adviser, 422, func(s *site) *httptest.ResponseRecorder {
			return s.post(mine+"/step", "cycle", "2022-23", "token", "4001", "action", "decline")
		}},
		{"held", adviser, 409, func(s *site) *httptest.ResponseRecorder { return s.post(theirs+"/claim", "cycle", "2022-23") }},
		{"claim-alone", adviser, 503, func(s *site) *httptest.ResponseRecorder {
			s.rooms.writeError, s.rooms.status.Quorum.Reachable = survey.ErrNoQuorum, 7
			return s.post(free+"/claim", "cycle", "2022-23", "key", "k1")
		}},
		{"claim-unknown", adviser, 504, func(s *site) *httptest.ResponseRecorder {
			s.rooms.writeError = survey.ErrUnknownOutcome
			return s.post(free+"/claim", "cycle", "2022-23", "key", "k1")
		}},
		{"claim-stale", adviser, 409, func(s *site) *httptest.ResponseRecorder {
			return s.post(mine+"/step", "cycle", "2022-23", "token", "1", "action", "unreachable", "reason", "no-contact")
		}},
		{"receipt", adviser, 200, page(mine + "/receipt?cycle=2022-23")},
		{"claims", adviser, 200, page("/claims")},
		{"claims-moved", adviser, 200, func(s *site) *httptest.ResponseRecorder { s.rooms.handed(); return s.get("/claims") }},
		{"claims-empty", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			clear(s.rooms.claims)
			return s.get("/claims")
		}},
		{"claim-list", adviser, 200, page("/claims/list")},
		{"claim-list-nothing", adviser, 422, func(s *site) *httptest.ResponseRecorder { return s.post("/claims/list", "cycle", "2022-23") }},
		{"claim-list-done", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			return s.post("/claims/list", "cycle", "2022-23", "list", "99000001\n99000002\n99000003\n99123456\nnot a number\n")
		}},
		{"add-company", adviser, 200, page("/companies/add?name=Northfield")},
		{"add-company-faulty", adviser, 422, func(s *site) *httptest.ResponseRecorder {
			return s.post("/companies/add", "name", " ", "number", "not a number", "kind", "company", "postcode", "OX4 1AA")
		}},
		{"add-company-candidates", adviser, 409, func(s *site) *httptest.ResponseRecorder {
			return s.post("/companies/add", "name", "Northfield Digital", "kind", "company")
		}},
		{"answers", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			s.rooms.answer("2021-22", oursID, lastYear)
			return s.get(mine + "/answers")
		}},
		{"answers-faulty", adviser, 422, func(s *site) *httptest.ResponseRecorder {
			return s.post(mine+"/answers", "cycle", "2022-23", "q03", "twelve", "q04", "3", "q05", "4", "q07.equity", "£1.2m", "q10", "1", "q10.status", "refused")
		}},
		{"answers-warned", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			s.rooms.answer("2021-22", oursID, lastYear)
			return s.post(mine+"/answers", "cycle", "2022-23", "q03", "41", "q07.equity", "£25,000,000")
		}},
		{"recorded", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			return s.post(mine+"/answers", "cycle", "2022-23", "q01", "yes", "q03", "41")
		}},
		{"link", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			return s.post(mine+"/link", "cycle", "2022-23", "email", "pat@isis.example", "contact", "Pat Lee")
		}},
		{"links", lead, 200, page("/links")},
		{"links-empty", adviser, 200, func(s *site) *httptest.ResponseRecorder { clear(s.links.byID); return s.get("/links") }},
		{"link-sent", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			s.office.sends = true
			return s.post(mine+"/link", "cycle", "2022-23", "email", "pat@isis.example", "contact", "Pat Lee", "send", "1")
		}},
		{"link-refused", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			s.office.sends = true
			return s.post(mine+"/link", "cycle", "2022-23", "email", "gone@isis.example", "send", "1")
		}},
		{"link-opted-out", adviser, 422, func(s *site) *httptest.ResponseRecorder {
			s.office.sends, s.office.optedOut = true, "pat@isis.example"
			return s.post(mine+"/link", "cycle", "2022-23", "email", "pat@isis.example")
		}},
		{"links-mail", lead, 200, func(s *site) *httptest.ResponseRecorder { s.office.sends = true; return s.get("/links") }},
		{"reminded", lead, 200, func(s *site) *httptest.ResponseRecorder {
			s.office.sends = true
			s.links.put("gone", store.SurveyLink{ID: "54", Organisation: hostileID, Email: "gone@hostile.example"})
			return s.post("/links/remind", "cycle", "2022-23", "how", "mail")
		}},
		{"returned", adviser, 200, page("/returned")},
		{"returned-nothing", adviser, 422, func(s *site) *httptest.ResponseRecorder { return s.post("/returned", "cycle", "2022-23") }},
		{"returned-unreadable", adviser, 422, func(s *site) *httptest.ResponseRecorder {
			return s.upload("/returned", "form.csv", "nothing", "cycle", "2022-23")
		}},
		{"returned-compared", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			return s.get(s.upload("/returned", `C:\Users\pat\form "2022".csv`, "number,q03", "cycle", "2022-23", "key", "k").Header().Get("Location"))
		}},
		{"returned-recorded", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			address := s.upload("/returned", "form.csv", "number,q03", "cycle", "2022-23", "key", "k").Header().Get("Location")
			return s.get(s.post(address).Header().Get("Location"))
		}},
		{"returned-gone", adviser, 404, page("/returned/01234567-0123-8123-8123-0123456789ab")},
		{"forbidden", viewer, 403, page("/companies/add")},
		{"not-found", viewer, 404, page("/nowhere")},
		{"accessibility", "", 200, page("/accessibility")},
		{"respond-start", "", 200, page(respond(""))},
		{"respond-unknown", "", 404, page("/respond/guessed")},
		{"respond-ended", "", 410, page("/respond/ended")},
		{"respond-saved", "", 200, page(respond("/saved"))},
		{"respond-faulty", "", 422, func(s *site) *httptest.ResponseRecorder {
			return s.post(respond("/questions/3"), "q03", "about twelve")
		}},
		{"respond-warned", "", 422, func(s *site) *httptest.ResponseRecorder {
			return s.post(respond("/questions/7"), "q07.equity", "25,000,000")
		}},
		{"respond-check", "", 200, func(s *site) *httptest.ResponseRecorder {
			fillIn(s)
			return s.get(respond("/check"))
		}},
		{"respond-check-missing", "", 200, page(respond("/check"))},
		{"respond-done", "", 200, func(s *site) *httptest.ResponseRecorder {
			fillIn(s)
			s.post(respond("/send"), "consent", "yes")
			return s.get(respond("/done"))
		}},
		{"respond-done-elsewhere", "", 200, page("/respond/sent/done")},
	}, slices.Concat(finalStories(), campaignStories(), eligibleStories(), lapseStories(), questionStories(respond))...)
}

// questionStories are one story for each question of the companies' form.
func questionStories(respond func(string) string) []story {
	var out []story
	q, err := survey.QuestionnaireByID("nq-1")
	if err != nil {
		panic(err)
	}
	for i, question := range q.Questions {
		number := string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10))
		out = append(out, story{"respond-question-" + string(question.ID), "", 200, func(s *site) *httptest.ResponseRecorder {
			s.rooms.answer("2021-22", oursID, lastYear)
			return s.get(respond("/questions/" + strings.TrimLeft(number, "0")))
		}})
	}
	return out
}

// fillIn answers every core question of the companies' form.
func fillIn(s *site) {
	for _, typed := range [][]string{{"1", "q01", "yes"}, {"2", "q02", "otv"}, {"3", "q03", "41"}, {"4", "q04", "6"}, {"5", "q05", "3.5"}, {"6", "q06", "1"},
		{"7", "q07.equity", "£900,000"}, {"8", "q08", "400,000"}, {"10", "q10", "3"}} {
		s.post("/respond/fresh/questions/"+typed[0], typed[1:]...)
	}
}

var (
	randomKey = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	buildKey  = regexp.MustCompile(`/static/[a-z2-7]{10}/`)
)

func golden(body string) string {
	return buildKey.ReplaceAllString(randomKey.ReplaceAllString(body, "KEY"), "/static/BUILD/")
}

// TestStories holds every page against its golden HTML.
func TestStories(t *testing.T) {
	seen := map[string]bool{}
	for _, story := range stories() {
		t.Run(story.name, func(t *testing.T) {
			s := newSite(t)
			if story.role != "" {
				s.as(story.role)
			}
			w := story.run(s)
			if w.Code != story.status {
				t.Fatalf("status %d, want %d: %s", w.Code, story.status, w.Body)
			}
			checkHTML(t, w)
			file := filepath.Join("testdata", "golden", story.name+".html")
			if *update {
				if err := os.WriteFile(file, []byte(golden(w.Body.String())), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got := golden(w.Body.String()); got != string(want) {
				t.Errorf("the page is not as %s: look at it, then run go test -update\n%s", file, firstDifference(got, string(want)))
			}
		})
		if seen[story.name] {
			t.Errorf("%s is told twice", story.name)
		}
		seen[story.name] = true
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			line := ""
			if i < len(w) {
				line = w[i]
			}
			return "got:  " + g[i] + "\nwant: " + line
		}
	}
	return "it is shorter"
}

var (
	inlineStyle = regexp.MustCompile(`(?i)<[^>]+\s(style|on[a-z]+)\s*=`)
	idAttribute = regexp.MustCompile(`\sid="([^"]*)"`)
	insideWords = regexp.MustCompile(`(?i)\b(quorum|voter|fencing|complement)\b`)
	elsewhere   = regexp.MustCompile(`(?:src|href|action)="(?:https?:)?//`)
)

// checkHTML holds for every page: the headers, one heading, no inline style or
// script, ids that are there once, nothing from other hosts, people's words.
func checkHTML(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	body := w.Body.String()
	wantHeaders(t, w.Result())
	if n := strings.Count(body, "<h1"); n != 1 {
		t.Errorf("%d main headings", n)
	}
	if m := inlineStyle.FindString(body); m != "" {
		t.Errorf("inline style or script: %s", m)
	}
	if strings.Count(body, "<script") != 2 || strings.Contains(body, "<script>") {
		t.Error("a script that is not ours")
	}
	ids := map[string]bool{}
	for _, m := range idAttribute.FindAllStringSubmatch(body, -1) {
		if ids[m[1]] {
			t.Errorf("the id %s is there twice", m[1])
		}
		ids[m[1]] = true
	}
	if m := insideWords.FindString(body); m != "" {
		t.Errorf("%q is no word for people", m)
	}
	if m := elsewhere.FindString(strings.ReplaceAll(body, `href="https://survey.example.org`, "")); m != "" {
		t.Errorf("something from another host: %s", m)
	}
	for _, m := range regexp.MustCompile(`aria-(?:describedby|labelledby)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		for _, id := range strings.Fields(m[1]) {
			if !ids[id] {
				t.Errorf("nothing has the id %s", id)
			}
		}
	}
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(body, -1) {
		if !ids[m[1]] {
			t.Errorf("a link leads to #%s, which is not there", m[1])
		}
	}
}

func wantHeaders(t *testing.T, r *http.Response) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy":   "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":    "nosniff",
		"X-Frame-Options":           "DENY",
		"Referrer-Policy":           "no-referrer",
		"Strict-Transport-Security": "max-age=31536000",
		"Content-Type":              "text/html; charset=utf-8",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := r.Header.Values("Cache-Control"); len(got) == 0 || got[0] != "no-store" {
		t.Errorf("Cache-Control: %q", got)
	}
}
