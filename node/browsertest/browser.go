// Package browsertest is a person in front of a real Chromium, for tests of
// pages. A Browser finds what it presses by the words that stand on it, and
// fails the test when a page is not as a person would expect it.
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

// Bounds of what a browser waits for: far above what it takes on an idle
// machine.
const (
	startTimeout = 2 * time.Minute
	stepTimeout  = time.Minute
	pressTimeout = 15 * time.Second
	backTimeout  = 8 * time.Second
	pollInterval = 50 * time.Millisecond
)

// Chromium starts a browser that ends with the test, or after most. Where there
// is none the test is left out; in CI that is a failure. "go test -short" leaves
// it out too.
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
		append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.IgnoreCertErrors, chromedp.WSURLReadTimeout(startTimeout))...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	ctx, late := context.WithTimeout(ctx, most)
	t.Cleanup(late)
	if err := chromedp.Do(ctx); err != nil { // the browser lives as long as this context
		t.Fatalf("start chromium: %v", err)
	}
	return ctx
}

// Browser shows one page. It is used by one goroutine.
type Browser struct {
	t   testing.TB
	ctx context.Context
}

// New starts a browser, as Chromium does, with a window of 1280 by 900 pixels.
func New(t testing.TB, most time.Duration) Browser {
	t.Helper()
	b := Browser{t: t, ctx: Chromium(t, most)}
	b.Window(1280)
	return b
}

// Another is the browser of another person, who has cookies of their own. It
// ends with the test. A window behind others takes no clicks: call Front before
// one of them goes on.
func (b Browser) Another() Browser {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	b.t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // it lives as long as this context
		b.t.Fatalf("open another window: %v", err)
	}
	other := Browser{t: b.t, ctx: ctx}
	other.Window(1280)
	return other
}

// Front brings the window before the others.
func (b Browser) Front() {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, page.BringToFront, cdp.Empty{}); err != nil {
		b.t.Fatalf("bring the window to the front: %v", err)
	}
}

// Window makes the window that many pixels wide.
func (b Browser) Window(wide int64) {
	b.t.Helper()
	b.Do("change the window", chromedp.EmulateViewport(wide, 900))
}

// Telephone makes the window that of a telephone.
func (b Browser) Telephone() {
	b.t.Helper()
	b.Do("take a telephone", chromedp.EmulateViewport(375, 700, chromedp.EmulateMobile))
}

// Scripts switches the scripts of the pages that follow on or off.
func (b Browser) Scripts(on bool) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		b.t.Fatalf("switch scripts: %v", err)
	}
}

// Do runs steps; what says in the error what they were for.
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

// Back presses the back button. The page before may come from the browser's
// memory, and then says nothing of having loaded.
func (b Browser) Back() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, backTimeout)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.NavigateBack()); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		b.t.Fatalf("go back: %v", err)
	}
}

// Press clicks something that leads to another page, and waits for that page.
func (b Browser) Press(selector string) {
	b.t.Helper()
	b.press(selector, func() bool { return b.has(selector) })
}

// press clicks until a page comes: a page that still scrolls can move away
// under the pointer, and a person would press again. Every form is done once
// however often it is sent. On a slow machine the page may have come after the
// wait: it is not pressed, also if it has the same words. again says of the old
// one before another attempt whether what is to be pressed is still there.
func (b Browser) press(selector string, again func() bool) {
	b.t.Helper()
	var err error
	marked := false
	for try := range 3 {
		if try > 0 && (marked && !b.has("html[data-pressed]") || !again()) {
			return
		}
		if err = b.mark(); err != nil {
			continue // it is just changing
		}
		marked = true
		ctx, cancel := context.WithTimeout(b.ctx, pressTimeout)
		_, err = chromedp.RunResponse(ctx, chromedp.ScrollIntoView(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
		cancel()
		if err == nil {
			return
		}
	}
	b.t.Fatalf("press %s: %v\n%s", selector, err, b.Text())
}

// mark tells the page from the next one.
func (b Browser) mark() error {
	_, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.documentElement.toggleAttribute('data-pressed', true)`))
	return err
}

// has reports whether something on the page matches.
func (b Browser) has(selector string) bool {
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](fmt.Sprintf("document.querySelector(%q) !== null", selector)))
	return err == nil && found
}

// Fill types into a field in the place of what is there.
func (b Browser) Fill(selector, text string) {
	b.t.Helper()
	b.Do("fill in "+selector, chromedp.Clear(chromedp.CSS(selector)), chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Upload chooses a file in a field.
func (b Browser) Upload(selector, path string) {
	b.t.Helper()
	b.Do("choose the file "+filepath.Base(path), chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path}))
}

// Value is what stands in a field.
func (b Browser) Value(selector string) string {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Value(chromedp.CSS(selector)))
	if err != nil {
		b.t.Fatalf("read %s: %v", selector, err)
	}
	return value
}

// Text is what a person reads on the page.
func (b Browser) Text() string {
	text, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS("main")))
	if err != nil {
		return err.Error()
	}
	return text
}

// Reads fails the test unless the page says all the words.
func (b Browser) Reads(words ...string) {
	b.t.Helper()
	text := b.Text()
	for _, word := range words {
		if !strings.Contains(text, word) {
			b.t.Fatalf("the page does not say %q:\n%s", word, text)
		}
	}
}

// Waits until a person reads the words.
func (b Browser) Waits(words string) {
	b.t.Helper()
	b.await("page that says "+words, func() bool { return strings.Contains(b.Text(), words) })
}

// Picture leaves the whole page as NAME.png in WEB_SCREENSHOTS, if that is set.
func (b Browser) Picture(name string) {
	b.t.Helper()
	Photograph(b.t, b.ctx, name)
}

// Photograph does as Picture, for the page that a context shows.
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

// await asks again and again, for at most a minute.
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
