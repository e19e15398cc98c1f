package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// Saves presses the element with these words. It returns the content of the file that comes, and
// its path. The file exists until the test ends.
func (b Browser) Saves(words string) (content, path string) {
	b.t.Helper()
	dir := b.t.TempDir()
	kind := b.find(words)

	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	into := browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir}
	if _, err := chromedp.Call(ctx, browser.SetDownloadBehavior, into); err != nil {
		b.t.Fatalf("save %s (%s): %v", words, kind, err)
	}

	b.Do("press "+words, chromedp.Click(chromedp.CSS(chosen)))

	// Chromium writes under another name until the file is complete.
	b.await("file of "+words, func() bool {
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(files) != 1 || strings.HasSuffix(files[0], ".crdownload") {
			return false
		}
		data, err := os.ReadFile(files[0])
		content, path = string(data), files[0]
		return err == nil && content != ""
	})
	return content, path
}
