package pagetest

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ahsn-network/tracker/node/browsertest"
)

// axe is axe-core 4.14.1 (Mozilla Public License 2.0, testdata/axe.LICENSE.txt).
//
//go:embed testdata/axe.min.js
var axe string

// widths at which every page is looked at: a desk and a telephone.
var widths = []struct {
	name string
	wide int64
}{{"desk", 1280}, {"telephone", 375}}

// serve serves every story as it was answered, with its headers, and any other
// address by the other handler.
func serve(t *testing.T, stories []Story, other http.Handler) *httptest.Server {
	t.Helper()
	answers := map[string]*httptest.ResponseRecorder{}
	for _, story := range stories {
		answers["/story/"+story.Name] = story.Run(t)
	}

	// Cookies belong to the browser of the story, not to this one.
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path]
		if !ok {
			other.ServeHTTP(w, r)
			return
		}
		for name, values := range answer.Header() {
			if name != "Set-Cookie" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(server.Close)
	return server
}

// axeResult is the result of axe for one page.
type axeResult struct {
	Violations []axeRule `json:"violations"`
	Incomplete []axeRule `json:"incomplete"`
}

type axeRule struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML   string   `json:"html"`
		Target []string `json:"target"`
	} `json:"nodes"`
}

const runAxe = `axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']}).then(r => JSON.stringify({violations: r.violations, incomplete: r.incomplete}))`

// Axe holds every page against the accessibility rules at both widths, and
// sees that none is wider than its window. The handler serves the static files.
// With WEB_SCREENSHOTS=DIR it leaves pictures of all of them there.
func Axe(t *testing.T, stories []Story, static http.Handler) {
	ctx := browsertest.Chromium(t, 8*time.Minute)
	server := serve(t, stories, static)
	for _, width := range widths {
		t.Run(width.name, func(t *testing.T) {
			// A tab for each width: people do not see a page that is
			// resized. One after the other, since tabs behind others are slow.
			tab, done := chromedp.NewContext(ctx)
			defer done()
			for _, story := range stories {
				look(t, tab, width.wide, server.URL+"/story/"+story.Name, story.Name+"-"+width.name)
			}
		})
	}
}

// look holds one page against the rules.
func look(t *testing.T, ctx context.Context, wide int64, address, name string) {
	t.Helper()
	if err := load(ctx, wide, address); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	browsertest.Photograph(t, ctx, name)

	said, overflow, err := examine(ctx)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var result axeResult
	if err := json.Unmarshal([]byte(said), &result); err != nil {
		t.Fatal(err)
	}

	for _, v := range result.Violations {
		for _, n := range v.Nodes {
			t.Errorf("%s: %s (%s): %s", name, v.ID, v.Help, n.HTML)
		}
	}
	for _, v := range result.Incomplete {
		if v.ID != "color-contrast" {
			t.Errorf("%s: axe cannot decide %s (%s) for %d elements, such as %s", name, v.ID, v.Help, len(v.Nodes),
				v.Nodes[0].HTML)
			continue
		}
		decideContrast(t, ctx, name, v)
	}

	if overflow > 0 {
		t.Errorf("%s: %d pixels too wide", name, overflow)
	}
}

// load opens a page and puts axe into it. That goes through the browser's own
// door, so that the page's policy stays as it is.
func load(ctx context.Context, wide int64, address string) error {
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(wide, 900), chromedp.Navigate(address)); err != nil {
		return err
	}
	ready, err := chromedp.Run(ctx, chromedp.Evaluate[bool](axe+"; document.body.classList.contains('nhsuk-frontend-supported')"))
	if err == nil && !ready {
		return errors.New("the scripts did not run")
	}
	return err
}

// examine returns the result of axe as JSON, and by how many pixels the page is
// too wide.
func examine(ctx context.Context) (said string, overflow int64, err error) {
	if said, err = chromedp.Run(ctx, chromedp.Evaluate[string](runAxe, chromedp.EvalAwaitPromise)); err != nil {
		return "", 0, err
	}
	overflow, err = chromedp.Run(ctx, chromedp.Evaluate[int64](`document.documentElement.scrollWidth - window.innerWidth`))
	return said, overflow, err
}
