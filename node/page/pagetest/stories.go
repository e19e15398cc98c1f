package pagetest

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Story is one page in one state. Run makes the requests before it, and the
// one that shows it.
type Story struct {
	Name   string
	Status int
	Run    func(*testing.T) *httptest.ResponseRecorder
}

var (
	randomKey = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	buildKey  = regexp.MustCompile(`/static/[a-z2-7]{10}/`)
)

func golden(body string) string {
	return buildKey.ReplaceAllString(randomKey.ReplaceAllString(body, "KEY"), "/static/BUILD/")
}

// Stories holds every page against its golden HTML in testdata/golden, or
// writes that anew.
func Stories(t *testing.T, stories []Story, update bool) {
	seen := map[string]bool{}
	for _, story := range stories {
		t.Run(story.Name, func(t *testing.T) {
			w := story.Run(t)
			if w.Code != story.Status {
				t.Fatalf("status %d, want %d: %s", w.Code, story.Status, w.Body)
			}
			checkHTML(t, w)

			file := filepath.Join("testdata", "golden", story.Name+".html")
			if update {
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
				t.Errorf("the page is not as %s: look at it, then run go test -update\n%s", file,
					firstDifference(got, string(want)))
			}
		})

		// Two stories of one name would share a golden file.
		if seen[story.Name] {
			t.Errorf("%s is told twice", story.Name)
		}
		seen[story.Name] = true
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

	// These words are for programs, not for people.
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

// wantHeaders demands the headers of every answer.
func wantHeaders(t *testing.T, r *http.Response) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; " +
			"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
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

	// The middleware's value comes first; a page may add to it.
	if got := r.Header.Values("Cache-Control"); len(got) == 0 || got[0] != "no-store" {
		t.Errorf("Cache-Control: %q", got)
	}
}
