// Package browsertest drives a real Chromium for tests of pages, as a person would. A Browser finds
// links, buttons and fields by the words on them, and fails the test when a page is not as
// expected.
//
// Imports no other room.
package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Timeouts, far above the times on an idle machine.
const (
	startTimeout = 2 * time.Minute
	stepTimeout  = time.Minute
	pressTimeout = 15 * time.Second
	backTimeout  = 8 * time.Second
	pollInterval = 50 * time.Millisecond
)

// Chromium starts a browser that ends with the test, or after limit. Without a Chromium it skips
// the test, but in CI it fails it. "go test -short" also skips it.
func Chromium(t testing.TB, most time.Duration) context.Context {
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

	allocated, stop := chromedp.NewExecAllocator(context.Background(),
		append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
			chromedp.IgnoreCertErrors, chromedp.WSURLReadTimeout(startTimeout))...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	ctx, late := context.WithTimeout(ctx, most)
	t.Cleanup(late)

	// The browser starts here and lives as long as this context.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return ctx
}

// Browser shows one page. Only one goroutine may use it.
type Browser struct {
	t   testing.TB
	ctx context.Context
}

// New starts a browser as Chromium does, with a window of 1280 by 900 pixels.
func New(t testing.TB, most time.Duration) Browser {
	t.Helper()
	b := Browser{t: t, ctx: Chromium(t, most)}
	b.Window(1280)
	return b
}

// Another returns the browser of another person, with cookies of their own. It ends with the test.
// A window behind another takes no clicks, so call Front before using it again.
func (b Browser) Another() Browser {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	b.t.Cleanup(cancel)

	// The window opens here and lives as long as this context.
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatalf("open another window: %v", err)
	}

	other := Browser{t: b.t, ctx: ctx}
	other.Window(1280)
	return other
}

// Front brings the window to the front.
func (b Browser) Front() {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, page.BringToFront, cdp.Empty{}); err != nil {
		b.t.Fatalf("bring the window to the front: %v", err)
	}
}

// Window sets the window's width in pixels.
func (b Browser) Window(wide int64) {
	b.t.Helper()
	b.Do("change the window", chromedp.EmulateViewport(wide, 900))
}

// Telephone gives the window the size of a telephone's.
func (b Browser) Telephone() {
	b.t.Helper()
	b.Do("take a telephone", chromedp.EmulateViewport(375, 700, chromedp.EmulateMobile))
}

// Scripts enables or disables the scripts of the pages that follow.
func (b Browser) Scripts(on bool) {
	b.t.Helper()
	disabled := emulation.SetScriptExecutionDisabledParams{Value: !on}
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, disabled); err != nil {
		b.t.Fatalf("switch scripts: %v", err)
	}
}

// Do runs the steps. Its error begins with what.
func (b Browser) Do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.Text())
	}
}

// Open goes to an address.
func (b Browser) Open(address string) {
	b.t.Helper()
	b.Do("open "+address, chromedp.Navigate(address))
}

// Back presses the back button. The page before may come from the browser's cache, which reports no
// load.
func (b Browser) Back() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, backTimeout)
	defer cancel()

	// A cached page is there although no load is reported before the timeout.
	if err := chromedp.Do(ctx, chromedp.NavigateBack()); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		b.t.Fatalf("go back: %v", err)
	}
}

// Press clicks an element that leads to another page and waits for that page.
func (b Browser) Press(selector string) {
	b.t.Helper()
	b.press(selector, func() bool { return b.has(selector) })
}

// press clicks until a page comes: a page that still scrolls can move away under the pointer, and a
// person would press again. Every form may be sent several times without harm. On a slow machine
// the page may come after the wait; then press stops, also if the new page has the same words.
// again reports whether the old page still has the element.
func (b Browser) press(selector string, again func() bool) {
	b.t.Helper()

	var err error
	marked := false
	for try := range 3 {
		if try > 0 && (marked && !b.has("html[data-pressed]") || !again()) {
			return
		}

		// The mark cannot be set while the page is changing.
		if err = b.mark(); err != nil {
			continue
		}

		marked = true

		ctx, cancel := context.WithTimeout(b.ctx, pressTimeout)
		element := chromedp.CSS(selector)
		_, err = chromedp.RunResponse(ctx, chromedp.ScrollIntoView(element), chromedp.Click(element))
		cancel()
		if err == nil {
			return
		}
	}

	b.t.Fatalf("press %s: %v\n%s", selector, err, b.Text())
}

// mark marks the page, to tell it from the next one.
func (b Browser) mark() error {
	const script = `document.documentElement.toggleAttribute('data-pressed', true)`
	_, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](script))
	return err
}

// has reports whether an element of the page matches.
func (b Browser) has(selector string) bool {
	script := fmt.Sprintf("document.querySelector(%q) !== null", selector)
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](script))
	return err == nil && found
}

// Fill replaces the text of a field.
func (b Browser) Fill(selector, text string) {
	b.t.Helper()
	b.Do("fill in "+selector, chromedp.Clear(chromedp.CSS(selector)), chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Upload chooses a file in a field.
func (b Browser) Upload(selector, path string) {
	b.t.Helper()
	b.Do("choose the file "+filepath.Base(path), chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path}))
}

// Value returns the text of a field.
func (b Browser) Value(selector string) string {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Value(chromedp.CSS(selector)))
	if err != nil {
		b.t.Fatalf("read %s: %v", selector, err)
	}
	return value
}

// Text returns the text that a person reads on the page.
func (b Browser) Text() string {
	text, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS("main")))
	if err != nil {
		return err.Error()
	}
	return text
}

// Reads fails the test unless the page contains all the words.
func (b Browser) Reads(words ...string) {
	b.t.Helper()
	text := b.Text()
	for _, word := range words {
		if !strings.Contains(text, word) {
			b.t.Fatalf("the page does not say %q:\n%s", word, text)
		}
	}
}

// Waits waits until the page contains the words.
func (b Browser) Waits(words string) {
	b.t.Helper()
	b.await("page that says "+words, func() bool { return strings.Contains(b.Text(), words) })
}

// Picture saves the whole page as NAME.png in the directory WEB_SCREENSHOTS, if that is set.
func (b Browser) Picture(name string) {
	b.t.Helper()
	Photograph(b.t, b.ctx, name)
}

// Photograph does the same as Picture for the page of a context.
func Photograph(t testing.TB, shown context.Context, name string) {
	t.Helper()
	dir := os.Getenv("WEB_SCREENSHOTS")
	if dir == "" {
		return
	}

	png, err := chromedp.Run(shown, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// await polls done, for at most a minute.
func (b Browser) await(what string, done func() bool) {
	b.t.Helper()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	late := time.After(stepTimeout)

	for !done() {
		select {
		case <-tick.C:
		case <-late:
			b.t.Fatalf("there is no %s after %v:\n%s", what, stepTimeout, b.Text())
		}
	}
}
