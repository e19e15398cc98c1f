package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Names come from other nodes: they are text, wherever they appear.
func TestHostileNames(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	evil := `<script>alert(1)</script>`
	for _, address := range []string{"/companies?q=script", "/companies/results?q=script", "/companies/GB-COH:99000004", "/companies/GB-COH:99000004/receipt", "/companies/GB-COH:99000004/answers", "/returned", "/region",
		"/claims", "/links", "/companies?q=" + url.QueryEscape(evil), "/companies/add?name=" + url.QueryEscape(evil), "/national/2022-23?answer=" + url.QueryEscape(evil), "/claims?state=" + url.QueryEscape(evil)} {
		w := s.Get(address)
		if w.Code != 200 || strings.Contains(w.Body.String(), evil) || strings.Contains(w.Body.String(), `="">`+"<script") {
			t.Errorf("%s: %d, or it holds the script", address, w.Code)
		}
	}
	s = s.as(store.PermissionLead)
	s.rooms.propose()
	s.rooms.closed("sw", ours)
	s.rooms.proposals[3].Policy, s.rooms.proposals[0].By, s.rooms.proposals[6].Region = evil, survey.Region(evil), survey.Region(evil)
	s.rooms.revisions[thisCycle][0].Regions = append(s.rooms.revisions[thisCycle][0].Regions, survey.Region(evil))
	s.rooms.handed()
	for _, address := range []string{finalPage, finalPage + "?done=" + url.QueryEscape(evil), "/campaigns/2022-23", "/campaigns/2022-23?done=" + url.QueryEscape(evil), "/national/2022-23/published",
		"/national/2022-23?asof=" + url.QueryEscape(evil), "/national/2022-23?figures=" + url.QueryEscape(evil), "/companies/GB-COH:99000002"} {
		w := s.Get(address)
		if w.Code >= 500 || strings.Contains(w.Body.String(), evil) || strings.Contains(w.Body.String(), `="">`+"<script") {
			t.Errorf("%s: %d, or it holds the script", address, w.Code)
		}
	}
	if w := s.Post(finalPage+"/settle", "region", evil, "how", evil, "reason", evil, "words", evil); w.Code != 422 || strings.Contains(w.Body.String(), evil) {
		t.Errorf("a hostile step: %d", w.Code)
	}
	w := s.Post("/companies/GB-COH:99000004/link", "cycle", "2022-23", "contact", evil+"\"'", "email", "a@b.example")
	if w.Code != 200 || strings.Contains(w.Body.String(), evil) || strings.Contains(w.Body.String(), "javascript:") {
		t.Errorf("the letter: %d", w.Code)
	}
	csv := s.Get("/national/2022-23/figures.csv")
	if csv.Header().Get("Content-Disposition") == "" {
		t.Error("the file is shown instead of saved")
	}
}

func TestHostileAddresses(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	for address, want := range map[string]int{
		"/companies/%2e%2e": 400, "/%00": 400, "//claims": 400, "/claims?state=%00": 400, "/companies/GB-COH:1%0d%0aX": 400, "/claims?x=%zz": 400,
		"/" + strings.Repeat("a", 2000): 400, "/companies?q=" + strings.Repeat("a", 5000): 400, "/companies/nonsense": 404, "/national/2199-00": 404,
		"/national/2022-23?by=nonsense": 404, "/static/x/../../web.go": 400, "/static/x/nhsuk.LICENSE.txt": 404,
		"/claims?page=99999999999999999999999": 200, "/claims?page=-1": 200,
	} {
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		u, err := url.Parse(address)
		if err != nil {
			u = &url.URL{Path: address}
			if path, query, cut := strings.Cut(address, "?"); cut {
				u = &url.URL{Path: path, RawQuery: query}
			}
		}
		r.URL = u
		if strings.HasPrefix(address, "//") {
			r.URL = &url.URL{Path: address}
		}
		if w := s.Send(r); w.Code != want {
			t.Errorf("%.60s: %d, want %d", address, w.Code, want)
		}
	}
	if w := s.Send(httptest.NewRequest("DELETE", "/claims", nil)); w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusForbidden {
		t.Errorf("DELETE: %d", w.Code)
	}
}

func TestHostileForms(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	answers := "/companies/GB-COH:99000002/answers"
	pagetest.WantPage(t, s.Post(answers, "cycle", "2022-23", "q15", strings.Repeat("x", 70_000)), 413, "too large")
	pagetest.WantPage(t, s.Post(answers, "cycle", "2022-23", "q15", "a\x00b"), 400, "cannot be read")
	pagetest.WantPage(t, s.Post(answers, "cycle", "2022-23", "q15", "\xff\xfe"), 400)
	pagetest.WantPage(t, s.Post(answers, "cycle", "2022-23", "q15", strings.Repeat("x", 1001)), 422, "at most 1000 characters")
	for _, number := range []string{"1.2m", "£1.2bn", "1.234,50", "(500)", "-3", "1e309", "NaN", "0x10", "１２", "99999999999999999999"} {
		pagetest.WantPage(t, s.Post(answers, "cycle", "2022-23", "q08", number), 422, "There is a problem")
	}
	version := func() string {
		got, _ := s.rooms.Response(t.Context(), thisCycle, oursID)
		return fmt.Sprint(got.Version)
	}
	for number, want := range map[string]int64{"£1,234.50": 123450, " 250000 ": 25000000, "0": 0, "1,000,000": 100000000} {
		pagetest.WantPage(t, s.Post(answers, "cycle", "2022-23", "version", version(), "q08", number), 200, "Answers recorded")
		got, _ := s.rooms.Response(t.Context(), thisCycle, oursID)
		if got.Answers.Of("q08").Number != want {
			t.Errorf("%q was taken as %d", number, got.Answers.Of("q08").Number)
		}
	}
	pagetest.WantPage(t, s.Post(answers, "cycle", "2022-23", "version", version(), "q08", ""), 200)
	if got, _ := s.rooms.Response(t.Context(), thisCycle, oursID); got.Answers.Of("q08").Status != survey.AnswerMissing {
		t.Error("a blank became an answer")
	}
	many := make([]string, 0, 1200)
	for i := range 600 {
		many = append(many, "f"+strings.Repeat("x", i%7)+string(rune('a'+i%26))+strings.Repeat("y", i/26), "1")
	}
	pagetest.WantPage(t, s.Post("/companies/add", many...), 400)
	r := pagetest.PostRequest(answers)
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	if w := s.Send(r); w.Code >= 500 {
		t.Errorf("a broken upload: %d", w.Code)
	}
	pagetest.WantPage(t, s.Upload("/claims/list", "list.xlsx", "PK\x03\x04", "cycle", "2022-23"), 422, "Save the list as CSV first")
	pagetest.WantPage(t, s.Upload("/claims/list", "list.csv", strings.Repeat("x", 9<<20), "cycle", "2022-23"), 413)
	pagetest.WantPage(t, s.Upload("/claims/list", "list.csv", "Company number,Name\n99000001,Northfield\n=cmd|,x\n", "cycle", "2022-23"), 200, "1 of 2 claimed")
}

// Two tabs: what one of them changed, the other cannot change by accident.
func TestTwoTabs(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	token := regexp.MustCompile(`name="token" value="(\d+)"`).FindStringSubmatch(s.Get("/companies/GB-COH:99000002").Body.String())[1]
	step := func(action, reason, key string) *httptest.ResponseRecorder {
		return s.Post("/companies/GB-COH:99000002/step", "cycle", "2022-23", "token", token, "action", action, "reason", reason, "key", key)
	}
	if w := step("decline", "no-time", "one"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body)
	}
	pagetest.WantPage(t, step("unreachable", "no-contact", "two"), 409, "This has changed since you looked", "/companies/GB-COH:99000002")
	if claim, _ := s.rooms.ClaimOf(thisCycle, oursID); claim.State != survey.Declined {
		t.Errorf("it is %s", claim.State)
	}
	// The same form sent twice is done once.
	if w := step("decline", "no-time", "one"); w.Code != http.StatusSeeOther {
		t.Errorf("sent again: %d", w.Code)
	}
}
