package web_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/web"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sessions"
	"github.com/ahsn-network/tracker/store/survey"
)

// site is the pages over canned rooms, with a browser that keeps cookies and
// follows nothing by itself.
type site struct {
	t       *testing.T
	pages   *web.Site
	rooms   *canned
	people  *people
	links   *links
	office  *office
	desk    *desk
	cookies map[string]*http.Cookie
}

func newSite(t *testing.T, change ...func(*web.Options)) *site {
	t.Helper()
	sessions, err := sessions.Open(filepath.Join(t.TempDir(), "sessions.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sessions.Close() })
	s := &site{t: t, rooms: newCanned(), people: &people{disabled: map[string]bool{}}, links: newLinks(), office: &office{}, desk: &desk{imports: map[string]survey.Import{}}, cookies: map[string]*http.Cookie{}}
	options := web.Options{Region: ours, Registry: s.rooms, Campaigns: s.rooms, Responses: s.rooms, Records: s.rooms, Sharing: s.rooms, Takeovers: s.rooms, Forms: s.rooms, Totals: s.rooms, Certification: s.rooms, Proposals: s.rooms, Reports: s.rooms, Federation: s.rooms,
		People: s.people, Links: s.links, Post: s.office, Imports: s.desk, Sessions: sessions, RespondURL: "https://survey.example.org", Now: func() time.Time { return morning }}
	for _, c := range change {
		c(&options)
	}
	s.rooms.editions = options.Editions
	if s.pages, err = web.New(options); err != nil {
		t.Fatal(err)
	}
	return s
}

// send makes one request and keeps the cookies of the answer.
func (s *site) send(r *http.Request) *httptest.ResponseRecorder {
	s.t.Helper()
	for _, c := range s.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		s.cookies[c.Name] = c
		if c.MaxAge < 0 {
			delete(s.cookies, c.Name)
		}
	}
	return w
}

func (s *site) get(address string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.send(httptest.NewRequest(http.MethodGet, address, nil))
}

func (s *site) post(address string, fields ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.send(postRequest(address, fields...))
}

func postRequest(address string, fields ...string) *http.Request {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

func (s *site) upload(address, name, content string, fields ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		_ = w.WriteField(fields[i], fields[i+1])
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		s.t.Fatal(err)
	}
	_, _ = io.WriteString(part, content)
	_ = w.Close()
	r := httptest.NewRequest(http.MethodPost, address, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return s.send(r)
}

// as signs in with the role's password.
func (s *site) as(role store.Permission) *site {
	s.t.Helper()
	w := s.post("/sign-in", "name", string(role), "password", string(role)+"-password")
	if w.Code != http.StatusSeeOther {
		s.t.Fatalf("sign in as %s: %d", role, w.Code)
	}
	return s
}

func wantPage(t *testing.T, w *httptest.ResponseRecorder, status int, words ...string) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d:\n%s", w.Code, status, main(w))
	}
	for _, word := range words {
		if !strings.Contains(w.Body.String(), word) {
			t.Errorf("the page lacks %q:\n%s", word, main(w))
		}
	}
}

// main is what of a page is its own.
func main(w *httptest.ResponseRecorder) string {
	_, body, _ := strings.Cut(w.Body.String(), "<main")
	body, _, _ = strings.Cut(body, "</main>")
	return body
}
