package pagetest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// plainClasses are classes of nhsuk-frontend's own markup that its CSS gives
// no look.
var plainClasses = []string{"nhsuk-header__account-form", "nhsuk-header__navigation-item--current"}

// KnownClasses fails if a golden page uses a class that nhsuk-frontend does not
// have in the version that the node carries.
func KnownClasses(t *testing.T) {
	var known strings.Builder
	for _, name := range []string{"nhsuk.css", "nhsuk.js"} {
		text, err := os.ReadFile(filepath.Join("..", "page", "static", name))
		if err != nil {
			t.Fatal(err)
		}
		known.Write(text)
	}

	names := regexp.MustCompile(`nhsuk-[a-zA-Z0-9_-]+`).FindAllString(known.String(), -1)
	slices.Sort(names)
	pages, err := filepath.Glob(filepath.Join("testdata", "golden", "*.html"))
	if err != nil || len(pages) == 0 {
		t.Fatal(err, len(pages))
	}

	class := regexp.MustCompile(`class="([^"]*)"`)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range class.FindAllStringSubmatch(string(text), -1) {
			for _, name := range strings.Fields(m[1]) {
				_, found := slices.BinarySearch(names, name)
				if strings.HasPrefix(name, "nhsuk-") && !found && !slices.Contains(plainClasses, name) {
					t.Errorf("%s: nhsuk-frontend has no class %s", filepath.Base(page), name)
				}
			}
		}
	}
}
