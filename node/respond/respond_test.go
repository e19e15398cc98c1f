package respond_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/node/respond"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestLinksAreSecrets(t *testing.T) {
	s := newSite(t)
	// A guessed link: after a few, the network has to wait, also with a good one.
	for range 20 {
		pagetest.WantPage(t, s.Get("/respond/guessed"), 404, "This link is not known")
	}
	pagetest.WantPage(t, s.Get("/respond/guessed"), 429, "Too many links were not known")
	pagetest.WantPage(t, s.Get("/respond/fresh"), 429)
	r := httptest.NewRequest("GET", "/respond/fresh", nil)
	r.RemoteAddr = "198.51.100.7:4444"
	w := s.Send(r)
	pagetest.WantPage(t, w, 200, "Isis Wound Care Ltd")
	if w.Header().Get("Content-Encoding") != "" || w.Header().Get("Referrer-Policy") != "no-referrer" || strings.Contains(w.Body.String(), `href="/claims"`) {
		t.Error("the companies' form gives something away")
	}
}

func TestForwardedLinkShowsNoAnswers(t *testing.T) {
	s := newSite(t)
	fillIn(s)
	pagetest.WantPage(t, s.Post("/respond/fresh/send"), 303)
	pagetest.WantPage(t, s.Get("/respond/fresh/done"), 200, "Your copy", "41 posts")
	pagetest.WantPage(t, s.Get("/respond/fresh/copy.txt"), 200, "41 posts")
	// Somebody else, with the same link.
	s.Cookies = map[string]*http.Cookie{}
	w := s.Get("/respond/fresh/done")
	pagetest.WantPage(t, w, 200, "Thank you")
	if strings.Contains(w.Body.String(), "41 posts") {
		t.Error("the link alone shows the answers")
	}
	pagetest.WantPage(t, s.Get("/respond/fresh/copy.txt"), 404)
	for _, page := range []string{"", "/check", "/questions/3", "/saved"} {
		if w := s.Get("/respond/fresh" + page); w.Code != http.StatusSeeOther || strings.Contains(w.Body.String(), "41") {
			t.Errorf("%s after sending: %d", page, w.Code)
		}
	}
	// A forged mark is no mark.
	s.Cookies["__Host-answers"] = &http.Cookie{Name: "__Host-answers", Value: "AAAA.99999999999.AAAA"}
	pagetest.WantPage(t, s.Get("/respond/fresh/copy.txt"), 404)
}

func TestRespondSavesWhatIsWrong(t *testing.T) {
	s := newSite(t)
	pagetest.WantPage(t, s.Post("/respond/fresh/questions/3", "q03", "about twelve"), 422, "Error: ")
	pagetest.WantPage(t, s.Get("/respond/fresh/questions/3"), 200, `value="about twelve"`)
	w := s.Post("/respond/fresh/questions/7", "q07.equity", "25,000,000")
	pagetest.WantPage(t, w, 422, "I have checked it: it is right")
	sure := regexp.MustCompile(`name="q07.sure" type="checkbox" value="([^"]+)"`).FindStringSubmatch(w.Body.String())[1]
	pagetest.WantPage(t, s.Post("/respond/fresh/questions/7", "q07.equity", "26,000,000", "q07.sure", sure), 422, "I have checked it")
	if w := s.Post("/respond/fresh/questions/7", "q07.equity", "25,000,000", "q07.sure", sure); w.Code != http.StatusSeeOther {
		t.Errorf("confirmed: %d", w.Code)
	}
	pagetest.WantPage(t, s.Post("/respond/fresh/send"), 422, "This question still needs an answer")
	if !s.links.byID["51"].Complete.IsZero() {
		t.Error("it counts as sent")
	}
	if w := s.Post("/respond/fresh/questions/4", "q04", "1", "later", "1"); w.Header().Get("Location") != "/respond/fresh/saved" {
		t.Errorf("come back later: %s", w.Header().Get("Location"))
	}
}

// The companies' own listener serves nothing else.
func TestRespondAlone(t *testing.T) {
	s := newSite(t)
	for address, want := range map[string]int{"/respond/fresh": 200, "/": 404, "/sign-in": 404, "/claims": 404, "/companies/GB-COH:99000002": 404} {
		w := httptest.NewRecorder()
		s.form.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
		if w.Code != want {
			t.Errorf("%s: %d", address, w.Code)
		}
	}
}

// The company's word on others seeing its answers is kept with them.
func TestACompanySaysWhoMaySee(t *testing.T) {
	for consent, want := range map[string]survey.Sharing{"yes": survey.SharingAllowed, "": survey.SharingRefused} {
		s := newSite(t)
		fillIn(s)
		if w := s.Post("/respond/fresh/send", "consent", consent); w.Code != http.StatusSeeOther {
			t.Fatal(w.Code)
		}
		if got := s.rooms.shared[oursID]; got != want {
			t.Errorf("with %q: %q was noted", consent, got)
		}
	}
}

// Forms of other sites are refused, and addresses that no page has.
func TestTheFormIsBehindTheChecks(t *testing.T) {
	s := newSite(t)
	for name, change := range map[string]func(*http.Request){
		"another site":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a sister site":  func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"an old browser": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
		"a sandbox":      func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") },
	} {
		r := pagetest.PostRequest("/respond/fresh/questions/1", "q01", "yes")
		change(r)
		if w := s.Send(r); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	for address, want := range map[string]int{"/respond/fresh/questions/99": 404, "/respond/fresh/questions/-1": 404, "/respond/%00": 400, "/respond": 404} {
		if w := s.Get(address); w.Code != want {
			t.Errorf("%s: %d, want %d", address, w.Code, want)
		}
	}
	pagetest.WantPage(t, s.Post("/respond/fresh/questions/15", "q15", strings.Repeat("x", 70_000)), 413, "too large")
	if w := s.Post("/respond/fresh/check"); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET" {
		t.Errorf("a form for a page without one: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

// Every route of the form can be opened without signing in.
func TestNobodySignsIn(t *testing.T) {
	addresses := map[string]string{"GET /respond": "/respond", "GET /respond/{link}": "/respond/fresh", "GET /respond/{link}/check": "/respond/fresh/check",
		"POST /respond/{link}/send": "/respond/fresh/send", "GET /respond/{link}/done": "/respond/fresh/done", "GET /respond/{link}/copy.txt": "/respond/fresh/copy.txt",
		"GET /respond/{link}/saved": "/respond/fresh/saved", "GET /respond/{link}/questions/{question}": "/respond/fresh/questions/1",
		"POST /respond/{link}/questions/{question}": "/respond/fresh/questions/1", "GET /static/": "/static/x/app.css"}
	s := newSite(t)
	for _, pattern := range s.form.Patterns() {
		method, _, _ := strings.Cut(pattern, " ")
		address, known := addresses[pattern]
		if !known {
			t.Errorf("%s is not in the table", pattern)
			continue
		}
		r := httptest.NewRequest(method, address, nil)
		if method == "POST" {
			r = pagetest.PostRequest(address)
		}
		w := s.Send(r)
		if w.Code == http.StatusForbidden || strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
			t.Errorf("%s: refused with %d", pattern, w.Code)
		}
		if w.Result().Header.Get("Set-Cookie") != "" {
			t.Errorf("%s begins a session", pattern)
		}
	}
}

// The log never has a link's secret.
func TestTheLogHoldsNoSecret(t *testing.T) {
	var log bytes.Buffer
	s := newSite(t, func(o *respond.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	s.links.byID["51"] = store.SurveyLink{ID: "51", Organisation: oursID, Cycle: thisCycle, Created: daysAgo(18), Expires: morning.AddDate(0, 3, 0)}
	s.rooms.campaigns[1].Questionnaire = "nq-of-the-future"
	s.Get("/respond/fresh")
	if strings.Contains(log.String(), "fresh") || !strings.Contains(log.String(), "/respond/{link}") {
		t.Errorf("the log says %s", &log)
	}
}

// A survey that another AHSN has taken over is not sent there.
func TestAnotherRegionTookTheSurveyOver(t *testing.T) {
	s := newSite(t)
	fillIn(s)
	s.rooms.holder = "wessex"
	pagetest.WantPage(t, s.Post("/respond/fresh/send"), 409, "Another AHSN looks after your survey now", "They are kept here")
}
