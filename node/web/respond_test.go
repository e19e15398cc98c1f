package web_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func TestLinksAreSecrets(t *testing.T) {
	s := newSite(t)
	// A guessed link: after a few, the network has to wait, also with a good one.
	for range 20 {
		wantPage(t, s.get("/respond/guessed"), 404, "This link is not known")
	}
	wantPage(t, s.get("/respond/guessed"), 429, "Too many links were not known")
	wantPage(t, s.get("/respond/fresh"), 429)
	r := httptest.NewRequest("GET", "/respond/fresh", nil)
	r.RemoteAddr = "198.51.100.7:4444"
	w := s.send(r)
	wantPage(t, w, 200, "Isis Wound Care Ltd")
	if w.Header().Get("Content-Encoding") != "" || w.Header().Get("Referrer-Policy") != "no-referrer" || strings.Contains(w.Body.String(), `href="/claims"`) {
		t.Error("the companies' form gives something away")
	}
}

func TestForwardedLinkShowsNoAnswers(t *testing.T) {
	s := newSite(t)
	fillIn(s)
	wantPage(t, s.post("/respond/fresh/send"), 303)
	wantPage(t, s.get("/respond/fresh/done"), 200, "Your copy", "41 posts")
	wantPage(t, s.get("/respond/fresh/copy.txt"), 200, "41 posts")
	// Somebody else, with the same link.
	s.cookies = map[string]*http.Cookie{}
	w := s.get("/respond/fresh/done")
	wantPage(t, w, 200, "Thank you")
	if strings.Contains(w.Body.String(), "41 posts") {
		t.Error("the link alone shows the answers")
	}
	wantPage(t, s.get("/respond/fresh/copy.txt"), 404)
	for _, page := range []string{"", "/check", "/questions/3", "/saved"} {
		if w := s.get("/respond/fresh" + page); w.Code != http.StatusSeeOther || strings.Contains(w.Body.String(), "41") {
			t.Errorf("%s after sending: %d", page, w.Code)
		}
	}
	// A forged mark is no mark.
	s.cookies["__Host-answers"] = &http.Cookie{Name: "__Host-answers", Value: "AAAA.99999999999.AAAA"}
	wantPage(t, s.get("/respond/fresh/copy.txt"), 404)
}

func TestRespondSavesWhatIsWrong(t *testing.T) {
	s := newSite(t)
	wantPage(t, s.post("/respond/fresh/questions/3", "q03", "about twelve"), 422, "Error: ")
	wantPage(t, s.get("/respond/fresh/questions/3"), 200, `value="about twelve"`)
	w := s.post("/respond/fresh/questions/7", "q07.equity", "25,000,000")
	wantPage(t, w, 422, "I have checked it: it is right")
	sure := regexp.MustCompile(`name="q07.sure" type="checkbox" value="([^"]+)"`).FindStringSubmatch(w.Body.String())[1]
	wantPage(t, s.post("/respond/fresh/questions/7", "q07.equity", "26,000,000", "q07.sure", sure), 422, "I have checked it")
	if w := s.post("/respond/fresh/questions/7", "q07.equity", "25,000,000", "q07.sure", sure); w.Code != http.StatusSeeOther {
		t.Errorf("confirmed: %d", w.Code)
	}
	wantPage(t, s.post("/respond/fresh/send"), 422, "This question still needs an answer")
	if !s.links.byID["51"].Complete.IsZero() {
		t.Error("it counts as sent")
	}
	if w := s.post("/respond/fresh/questions/4", "q04", "1", "later", "1"); w.Header().Get("Location") != "/respond/fresh/saved" {
		t.Errorf("come back later: %s", w.Header().Get("Location"))
	}
}

// The companies' own listener serves nothing else.
func TestRespondAlone(t *testing.T) {
	s := newSite(t)
	for address, want := range map[string]int{"/respond/fresh": 200, "/": 404, "/sign-in": 404, "/claims": 404, "/companies/GB-COH:99000002": 404} {
		w := httptest.NewRecorder()
		s.pages.Respond().ServeHTTP(w, httptest.NewRequest("GET", address, nil))
		if w.Code != want {
			t.Errorf("%s: %d", address, w.Code)
		}
	}
}
