package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// table is who may do what: every route with the least role that passes the
// door. A route that is added has to be added here.
var table = []struct {
	method, address string
	least           store.Permission
}{
	{"GET", "/", store.PermissionViewer},
	{"GET", "/sign-in", ""},
	{"POST", "/sign-in", ""},
	{"POST", "/sign-out", ""},
	{"GET", "/accessibility", ""},
	{"GET", "/national", store.PermissionViewer},
	{"GET", "/national/2022-23", store.PermissionViewer},
	{"GET", "/national/2022-23/figures.csv", store.PermissionViewer},
	{"GET", "/national/2022-23/figures.xlsx", store.PermissionViewer},
	{"GET", "/national/2022-23/report.html", store.PermissionViewer},
	{"GET", "/national/2022-23/published", store.PermissionViewer},
	{"GET", "/national/2022-23/certification", store.PermissionLead},
	{"POST", "/national/2022-23/certification/sign-off", store.PermissionLead},
	{"POST", "/national/2022-23/certification/co-sign", store.PermissionLead},
	{"POST", "/national/2022-23/certification/settle", store.PermissionLead},
	{"POST", "/national/2022-23/certification/revise", store.PermissionLead},
	{"GET", "/campaigns", store.PermissionViewer},
	{"POST", "/campaigns", store.PermissionLead},
	{"GET", "/campaigns/2022-23", store.PermissionViewer},
	{"POST", "/campaigns/2022-23/change", store.PermissionLead},
	{"POST", "/campaigns/2022-23/endorse", store.PermissionLead},
	{"GET", "/campaigns/2022-23/companies", store.PermissionViewer},
	{"GET", "/campaigns/2022-23/companies/take-over", store.PermissionLead},
	{"POST", "/campaigns/2022-23/companies/take-over", store.PermissionLead},
	{"GET", "/campaigns/2022-23/companies/add", store.PermissionLead},
	{"POST", "/campaigns/2022-23/companies/add", store.PermissionLead},
	{"GET", "/region", store.PermissionViewer},
	{"GET", "/companies", store.PermissionViewer},
	{"GET", "/companies/results?q=x", store.PermissionViewer},
	{"GET", "/companies/add", store.PermissionAdviser},
	{"POST", "/companies/add", store.PermissionAdviser},
	{"GET", "/companies/GB-COH:99000002", store.PermissionViewer},
	{"POST", "/companies/GB-COH:99000001/claim", store.PermissionAdviser},
	{"GET", "/companies/GB-COH:99000002/receipt", store.PermissionViewer},
	{"GET", "/companies/GB-COH:99000002/receipt.txt", store.PermissionViewer},
	{"GET", "/companies/GB-COH:99000002/receipt.json", store.PermissionViewer},
	{"POST", "/companies/GB-COH:99000002/step", store.PermissionAdviser},
	{"POST", "/companies/GB-COH:99000002/lift", store.PermissionLead},
	{"GET", "/companies/GB-COH:99000003/free", store.PermissionLead},
	{"POST", "/companies/GB-COH:99000003/free", store.PermissionLead},
	{"GET", "/companies/GB-COH:99000002/answers", store.PermissionAdviser},
	{"POST", "/companies/GB-COH:99000002/answers", store.PermissionAdviser},
	{"GET", "/companies/GB-COH:99000002/form.xlsx", store.PermissionAdviser},
	{"POST", "/companies/GB-COH:99000002/take-over", store.PermissionAdviser},
	{"POST", "/companies/GB-COH:99000002/link", store.PermissionAdviser},
	{"POST", "/companies/GB-COH:99000002/link/end", store.PermissionAdviser},
	{"GET", "/claims", store.PermissionViewer},
	{"GET", "/claims/idle", store.PermissionViewer},
	{"GET", "/claims/list", store.PermissionAdviser},
	{"POST", "/claims/list", store.PermissionAdviser},
	{"GET", "/links", store.PermissionAdviser},
	{"POST", "/links/remind", store.PermissionLead},
	{"GET", "/returned", store.PermissionAdviser},
	{"GET", "/returned/template.xlsx", store.PermissionAdviser},
	{"POST", "/returned", store.PermissionAdviser},
	{"GET", "/returned/01234567-0123-8123-8123-0123456789ab", store.PermissionAdviser},
	{"POST", "/returned/01234567-0123-8123-8123-0123456789ab", store.PermissionAdviser},
	{"GET", "/returned/01234567-0123-8123-8123-0123456789ab/refused.csv", store.PermissionAdviser},
	{"GET", "/returned/01234567-0123-8123-8123-0123456789ab/refused.xlsx", store.PermissionAdviser},
}

func TestRolesByRoute(t *testing.T) {
	for _, role := range append([]store.Permission{""}, roles...) {
		s := newSite(t)
		for _, row := range table {
			s.Cookies = map[string]*http.Cookie{}
			if role != "" {
				s.as(role)
			}
			r := httptest.NewRequest(row.method, row.address, nil)
			if row.method == "POST" {
				r = pagetest.PostRequest(row.address)
			}
			w := s.Send(r)
			switch {
			case role.Includes(row.least) || row.least == "":
				if w.Code == http.StatusForbidden || w.Header().Get("Location") != "" && strings.HasPrefix(w.Header().Get("Location"), "/sign-in") && row.address != "/sign-out" {
					t.Errorf("%s %s as %q: refused with %d", row.method, row.address, role, w.Code)
				}
			case role == "" && row.method == "GET":
				if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
					t.Errorf("%s %s by nobody: %d %s", row.method, row.address, w.Code, w.Header().Get("Location"))
				}
			case role == "":
				if w.Code != http.StatusUnauthorized {
					t.Errorf("%s %s by nobody: %d", row.method, row.address, w.Code)
				}
			case w.Code != http.StatusForbidden:
				t.Errorf("%s %s as %s: %d, want 403", row.method, row.address, role, w.Code)
			}
		}
		if s.rooms.claims[freeID].Region == ours && !role.Includes(store.PermissionAdviser) {
			t.Errorf("as %q a company was claimed", role)
		}
	}
}

// The companies' form is handed its own paths, whoever asks and however.
func TestTheCompaniesFormHasItsPaths(t *testing.T) {
	s := newSite(t)
	for _, address := range []string{"/respond", "/respond/fresh", "/respond/fresh/questions/1", "/respond/%00"} {
		if w := s.Get(address); w.Code != http.StatusTeapot {
			t.Errorf("%s: %d", address, w.Code)
		}
	}
	if w := s.Get("/respondents"); w.Code != http.StatusNotFound {
		t.Errorf("another path: %d", w.Code)
	}
}

// Every route of the site is in the table.
func TestTableHasEveryRoute(t *testing.T) {
	s := newSite(t).as(store.PermissionAdministrator)
	for _, pattern := range s.pages.Patterns() {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.ReplaceAll(path, "{$}", "")
		want := regexp.MustCompile("^" + regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), `[^/]+`) + "$")
		if path == "/static/" {
			continue
		}
		if !slices.ContainsFunc(table, func(row struct {
			method, address string
			least           store.Permission
		}) bool {
			address, _, _ := strings.Cut(row.address, "?")
			return row.method == method && want.MatchString(address)
		}) {
			t.Errorf("%s is not in the table of roles", pattern)
		}
	}
}

func TestCrossSiteRequestsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"another site":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a sister site":  func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"an old browser": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
		"a sandbox":      func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") },
	} {
		s := newSite(t).as(store.PermissionAdviser)
		for _, address := range []string{"/companies/GB-COH:99000001/claim", "/sign-in", "/sign-out"} {
			r := pagetest.PostRequest(address, "cycle", "2022-23")
			change(r)
			if w := s.Send(r); w.Code != http.StatusForbidden {
				t.Errorf("%s to %s: %d", name, address, w.Code)
			}
		}
		if _, err := s.rooms.ClaimOf(thisCycle, freeID); err == nil {
			t.Errorf("%s claimed a company", name)
		}
	}
}

func TestSessions(t *testing.T) {
	s := newSite(t)
	// A session that somebody planted before the sign-in is worth nothing.
	s.Cookies["__Host-tracker"] = &http.Cookie{Name: "__Host-tracker", Value: "planted"}
	w := s.Post("/sign-in", "name", "adviser", "password", "adviser-password")
	first := s.Cookies["__Host-tracker"]
	if w.Code != http.StatusSeeOther || first.Value == "planted" || first.Value == "" {
		t.Fatalf("%d %v", w.Code, first)
	}
	if !first.Secure || !first.HttpOnly || first.SameSite != http.SameSiteLaxMode || first.Path != "/" || first.Domain != "" || !first.Expires.IsZero() {
		t.Errorf("the cookie is %v", first)
	}
	// Signing in again changes the token, and the earlier one is dead.
	s.Post("/sign-in", "name", "lead", "password", "lead-password")
	if s.Cookies["__Host-tracker"].Value == first.Value {
		t.Error("the session kept its token over a sign-in")
	}
	now := s.Cookies["__Host-tracker"]
	s.Cookies["__Host-tracker"] = first
	if w := s.Get("/claims"); w.Code != http.StatusSeeOther {
		t.Errorf("the session from before the sign-in: %d", w.Code)
	}
	// After sign-out the cookie, even if somebody kept it, shows nothing.
	s.Cookies["__Host-tracker"] = now
	pagetest.WantPage(t, s.Get("/claims"), 200)
	if w := s.Post("/sign-out"); w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Clear-Site-Data"), "cache") {
		t.Errorf("sign-out: %d %v", w.Code, w.Header())
	}
	s.Cookies["__Host-tracker"] = now
	if w := s.Get("/claims"); w.Code != http.StatusSeeOther {
		t.Errorf("after sign-out: %d", w.Code)
	}
}

func TestDisabledPeopleAreOutAtOnce(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	pagetest.WantPage(t, s.Get("/claims"), 200)
	s.people.mu.Lock()
	s.people.disabled["adviser"] = true
	s.people.mu.Unlock()
	if w := s.Get("/claims"); w.Code != http.StatusSeeOther {
		t.Errorf("%d", w.Code)
	}
}

func TestSignInByToken(t *testing.T) {
	s := newSite(t)
	pagetest.WantPage(t, s.Post("/sign-in", "token", "trk_bad"), 401, "The token is not right")
	if w := s.Post("/sign-in", "token", "trk_good"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	pagetest.WantPage(t, s.Get("/national/2022-23"), 200, "reporting")
}

func TestSignInIsBounded(t *testing.T) {
	s := newSite(t)
	refused := 0
	for range 15 {
		if w := s.Post("/sign-in", "name", "adviser", "password", "wrong"); w.Code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 5 {
		t.Errorf("%d of 15 wrong passwords were not even looked at", refused)
	}
	// Not even the right one, and not under another name from there.
	pagetest.WantPage(t, s.Post("/sign-in", "name", "adviser", "password", "adviser-password"), 429, "Too many attempts failed")
	pagetest.WantPage(t, s.Post("/sign-in", "name", "lead", "password", "lead-password"), 429)
	r := pagetest.PostRequest("/sign-in", "name", "lead", "password", "lead-password")
	r.RemoteAddr = "198.51.100.7:4444"
	if w := s.Send(r); w.Code != http.StatusSeeOther {
		t.Errorf("from elsewhere: %d", w.Code)
	}
}

func TestSignInLeadsNowhereElse(t *testing.T) {
	for _, to := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "/respond/fresh", "/sign-out", "javascript:alert(1)", "/nowhere", "/%2f%2fevil.example", "/claims\r\nX: y", "/sign-in?to=/"} {
		s := newSite(t)
		w := s.Post("/sign-in", "name", "viewer", "password", "viewer-password", "to", to)
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != "/" {
			t.Errorf("%q led to %q (%d)", to, got, w.Code)
		}
	}
	s := newSite(t)
	if w := s.Get("/claims?state=contacted"); w.Header().Get("Location") != "/sign-in?to=%2Fclaims%3Fstate%3Dcontacted" {
		t.Errorf("asked to sign in at %s", w.Header().Get("Location"))
	}
	w := s.Post("/sign-in", "name", "viewer", "password", "viewer-password", "to", "/claims?state=contacted")
	if w.Header().Get("Location") != "/claims?state=contacted" {
		t.Errorf("led to %q", w.Header().Get("Location"))
	}
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// A session that ends in the middle of a long form loses nothing of it.
func TestExpiryLosesNothing(t *testing.T) {
	s := newSite(t)
	long := strings.Repeat("what we did, in words & \"quotes\" <b>. ", 20)
	w := s.Post("/companies/GB-COH:99000002/answers", "cycle", "2022-23", "q01", "yes", "q03", "41", "q15", long, "q02", "otv", "q02", "wessex")
	pagetest.WantPage(t, w, 401, "You had been signed out", "nothing that you typed is lost")
	form := url.Values{"name": {"adviser"}, "password": {"adviser-password"}}
	for _, m := range hiddenField.FindAllStringSubmatch(w.Body.String(), -1) {
		form.Set(m[1], unescape(m[2]))
	}
	r := httptest.NewRequest("POST", "/sign-in", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w = s.Send(r)
	pagetest.WantPage(t, w, 200, "You are signed in again", "It has not been recorded yet")
	if _, err := s.rooms.Response(t.Context(), thisCycle, oursID); err == nil {
		t.Fatal("it was recorded without being asked")
	}
	var fields []string
	for _, m := range hiddenField.FindAllStringSubmatch(w.Body.String(), -1) {
		fields = append(fields, m[1], unescape(m[2]))
	}
	pagetest.WantPage(t, s.Post("/companies/GB-COH:99000002/answers", fields...), 200, "Answers recorded")
	got, err := s.rooms.Response(t.Context(), thisCycle, oursID)
	if err != nil || got.Answers.Of("q15").Text != strings.TrimSpace(long) || len(got.Answers.Of("q02").Codes) != 2 {
		t.Errorf("recorded %+v, %v", got.Answers, err)
	}
}

func unescape(text string) string {
	return strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&#43;", "+", "&amp;", "&").Replace(text)
}

func TestReminders(t *testing.T) {
	s := newSite(t).as(store.PermissionLead)
	w := s.Post("/links/remind", "cycle", "2022-23")
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	body := w.Body.String()
	if !strings.Contains(body, "pat@isis.example") || !strings.Contains(body, "https://survey.example.org/respond/again51") || strings.Contains(body, "cherwell") {
		t.Errorf("the reminders are %s", body)
	}
	// Never to those who refused.
	s.rooms.claims[oursID] = survey.Claim{Organisation: oursID, Region: ours, State: survey.Declined, Cycle: thisCycle}
	if w := s.Post("/links/remind", "cycle", "2022-23"); strings.Contains(w.Body.String(), "isis") {
		t.Error("a company that declined is reminded")
	}
}

func TestDownloads(t *testing.T) {
	s := newSite(t).as(store.PermissionViewer)
	s.rooms.totals.Rows[0].Label = "=HYPERLINK(\"http://evil.example\")"
	csv := s.Get("/national/2022-23/figures.csv?by=region").Body.String()
	if strings.Contains(csv, ",=HYPERLINK") || strings.Contains(csv, ",\"=HYPERLINK") || !strings.Contains(csv, "'=HYPERLINK") || !strings.Contains(csv, "427440000.00,GBP,reported,at_least") {
		t.Errorf("the CSV is\n%.600s", csv)
	}
	w := s.Get("/national/2022-23/figures.xlsx")
	if w.Code != 200 || !strings.HasPrefix(w.Body.String(), "PK") || !strings.Contains(w.Header().Get("Content-Disposition"), "national-figures-2022-23-by-region-2023-07-14.xlsx") {
		t.Errorf("the workbook: %d %v", w.Code, w.Header())
	}
}

// TestWeight: a first visit loads at most 150 kB.
func TestWeight(t *testing.T) {
	s := newSite(t).as(store.PermissionLead)
	fetch := func(address string) (int, string) {
		r := httptest.NewRequest("GET", address, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := s.Send(r)
		if w.Header().Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s is not compressed", address)
		}
		size := w.Body.Len()
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(z)
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		return size, string(plain)
	}
	for _, address := range []string{"/", "/national/2022-23", "/claims", "/claims/idle", "/companies?q=ltd", "/companies/" + string(oursID), "/companies/" + string(oursID) + "/answers",
		"/region", "/campaigns", "/campaigns/2022-23", "/campaigns/2022-23/companies", "/campaigns/2022-23/companies/take-over", "/campaigns/2022-23/companies/add",
		"/companies/" + string(theirsID) + "/free", "/national/2022-23/certification", "/links", "/returned"} {
		total, body := fetch(address)
		for _, m := range regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`).FindAllStringSubmatch(body, -1) {
			size, _ := fetch(m[1])
			total += size
		}
		size, _ := fetch(regexp.MustCompile(`/static/[^/]+/`).FindString(body) + "nhsuk.js") // imported by app.js
		total += size
		if total > 150<<10 {
			t.Errorf("%s weighs %d bytes", address, total)
		}
		t.Logf("%s: %d bytes in all", address, total)
	}
}

func TestTimesAreLondons(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	winter := s.rooms.claims[oursID]
	winter.ClaimedAt = time.Date(2023, 1, 10, 9, 5, 0, 0, time.UTC)
	s.rooms.claims[oursID] = winter
	pagetest.WantPage(t, s.Get("/companies/GB-COH:99000002/receipt"), 200, "10 January 2023, 09:05", "Printed 14 July 2023, 10:05")
}
