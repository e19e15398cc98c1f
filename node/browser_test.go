package node_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser is a Chromium in front of one page. Every method fails the test
// when the page is not as a person would expect it.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func newBrowser(t *testing.T) browser {
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
		append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.IgnoreCertErrors)...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	ctx, late := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(late)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil { // the browser lives as long as this context
		t.Fatalf("start chromium: %v", err)
	}
	return browser{t: t, ctx: ctx}
}

func (b browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.text())
	}
}

func (b browser) open(address string) {
	b.t.Helper()
	b.do("open "+address, chromedp.Navigate(address))
}

// press clicks something that leads to another page, and waits for that page.
// A page that still scrolls can move away under the pointer: then it presses
// again, as a person would. Every form is done once however often it is sent.
func (b browser) press(selector string) {
	b.t.Helper()
	b.pressAgain(selector, func() bool { return b.has(selector) })
}

// pressAgain presses until a page comes. again says before another attempt
// whether what is to be pressed is still there: on a slow machine the page may
// have come after the wait.
func (b browser) pressAgain(selector string, again func() bool) {
	b.t.Helper()
	var err error
	for try := range 3 {
		if try > 0 && !again() {
			return
		}
		ctx, cancel := context.WithTimeout(b.ctx, 8*time.Second)
		_, err = chromedp.RunResponse(ctx, chromedp.ScrollIntoView(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
		cancel()
		if err == nil {
			return
		}
	}
	b.t.Fatalf("press %s: %v\n%s", selector, err, b.text())
}

// has reports whether something on the page matches.
func (b browser) has(selector string) bool {
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](fmt.Sprintf("document.querySelector(%q) !== null", selector)))
	return err == nil && found
}

func (b browser) fill(selector, text string) {
	b.t.Helper()
	b.do("fill in "+selector, chromedp.Clear(chromedp.CSS(selector)), chromedp.SendKeys(chromedp.CSS(selector), text))
}

// text is what a person reads on the page.
func (b browser) text() string {
	text, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS("main")))
	if err != nil {
		return err.Error()
	}
	return text
}

func (b browser) reads(words ...string) {
	b.t.Helper()
	text := b.text()
	for _, word := range words {
		if !strings.Contains(text, word) {
			b.t.Fatalf("the page does not say %q:\n%s", word, text)
		}
	}
}

func (b browser) value(selector string) string {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Value(chromedp.CSS(selector)))
	if err != nil {
		b.t.Fatalf("read %s: %v", selector, err)
	}
	return value
}
