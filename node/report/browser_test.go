package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/ahsn-network/tracker/node/report"
)

func chromium(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes long")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no chromium: CI has to install it")
		}
		t.Skip("there is no chromium")
	}
	allocated, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WSURLReadTimeout(time.Minute))...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	ctx, late := context.WithTimeout(ctx, 6*time.Minute) // it takes one on a machine that does other things too
	t.Cleanup(late)
	return ctx
}

// a4 is 210 by 297 mm in points of print.
var a4 = regexp.MustCompile(`/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]`)

// watched collects the requests and complaints of a page.
type watched struct {
	mu   sync.Mutex
	said []string
}

func (w *watched) event(ev any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(ev.Request.URL, "data:") {
			w.said = append(w.said, "asked for "+ev.Request.URL)
		}
	case *log.EventEntryAdded:
		w.said = append(w.said, "logged "+ev.Entry.Text)
	case *runtime.EventExceptionThrown:
		w.said = append(w.said, "threw "+ev.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		w.said = append(w.said, "called the console")
	}
}

func (w *watched) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.said...)
}

// In a real browser a report requests only itself, reports no error under its own content policy,
// keeps the accessibility rules at both widths, is no wider than its window, and prints on A4. With
// WEB_SCREENSHOTS=DIR it saves pictures and the print there.
func TestInABrowser(t *testing.T) {
	ctx := chromium(t)
	axe, err := os.ReadFile(filepath.Join("..", "page", "pagetest", "testdata", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	for name, source := range sources {
		page := rendered(t, source)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", report.ContentPolicy())
			_, _ = io.WriteString(w, page)
		}))
		address := server.URL + "/2022-23.html"
		for _, wide := range []int64{1280, 375} {
			visit(t, ctx, name, address, wide, string(axe))
		}
		server.Close()
	}
}

func visit(t *testing.T, ctx context.Context, name, address string, wide int64, axe string) {
	t.Helper()
	var seen watched
	tab, done := chromedp.NewContext(ctx)
	defer done()
	if err := chromedp.Do(tab, chromedp.EmulateViewport(wide, 900)); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(tab, seen.event); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(tab, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	too, err := chromedp.Run(tab, chromedp.Evaluate[int64](`document.documentElement.scrollWidth - window.innerWidth`))
	if err != nil || too > 0 {
		t.Errorf("%s at %d: %d pixels too wide, %v", name, wide, too, err)
	}
	if got := seen.all(); len(got) != 1 || got[0] != "asked for "+address {
		t.Errorf("%s at %d: %q", name, wide, got)
	}
	said, err := chromedp.Run(tab, chromedp.Evaluate[string](axe+`; axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']}).then(r => JSON.stringify(r.violations.map(v => v.id + ': ' + v.nodes[0].html)))`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var violations []string
	if err := json.Unmarshal([]byte(said), &violations); err != nil || len(violations) > 0 {
		t.Errorf("%s at %d: %q %v", name, wide, violations, err)
	}
	yes := true
	paper, err := chromedp.Call(tab, cdppage.PrintToPDF, cdppage.PrintToPDFParams{PreferCSSPageSize: &yes})
	if err != nil || !bytes.HasPrefix(paper.Data, []byte("%PDF")) || !a4.Match(paper.Data) {
		t.Errorf("%s at %d: it does not print on A4: %v", name, wide, err)
	}
	if dir := os.Getenv("WEB_SCREENSHOTS"); dir != "" {
		picture, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "report-"+name+".pdf"), paper.Data, 0o644)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "report-"+name+"-"+map[int64]string{1280: "desk", 375: "telephone"}[wide]+".png"), picture, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
