package pagetest

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// contrastScript defines contrastOf(selectors), which computes the ratios
// that axe leaves undecided from the styles as they are.
//
//go:embed testdata/contrast.js
var contrastScript string

// contrast is the ratio of one element's text to its background by the formula of
// WCAG 2.2, and the element that covers the text, if there is one.
type contrast struct {
	Target  string  `json:"target"`
	Text    string  `json:"text"`
	Colour  string  `json:"colour"`
	Ground  string  `json:"ground"`
	Ratio   float64 `json:"ratio"`
	Needed  float64 `json:"needed"` // 4.5, of large text 3
	Covered string  `json:"covered"`
}

// decideContrast holds every element whose contrast axe cannot decide against
// the ratio that is needed.
func decideContrast(t *testing.T, ctx context.Context, name string, rule axeRule) {
	t.Helper()
	var targets []string
	for _, n := range rule.Nodes {
		if len(n.Target) != 1 {
			t.Errorf("%s: %s stands in a page of its own", name, n.HTML)
			continue
		}
		targets = append(targets, n.Target[0])
	}

	quoted, err := json.Marshal(targets)
	if err != nil {
		t.Fatal(err)
	}
	said, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf("%s; JSON.stringify(contrastOf(%s))",
		contrastScript, quoted)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var found []contrast
	if err := json.Unmarshal([]byte(said), &found); err != nil {
		t.Fatal(err)
	}

	// An element without a ratio would pass unseen.
	if len(found) != len(targets) {
		t.Errorf("%s: of %d elements %d have a ratio", name, len(targets), len(found))
	}
	for _, c := range found {
		if c.Covered != "" || c.Ratio < c.Needed {
			t.Errorf("%s: %q, %s on %s: %.2f, needs %.1f %s", name, c.Text, c.Colour, c.Ground, c.Ratio, c.Needed,
				c.Covered)
		}
		t.Logf("%s: %s %q %s on %s: %.2f", name, c.Target, c.Text, c.Colour, c.Ground, c.Ratio)
	}
}
