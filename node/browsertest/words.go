package browsertest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// findByWords marks what a person would press or fill in, by the words that
// stand on it: a link, a button, a summary, or what a label belongs to.
const findByWords = `(words => {
	const clean = s => (s || '').replace(/\s+/g, ' ').trim();
	const seen = e => e.checkVisibility({visibilityProperty: true});
	for (const old of document.querySelectorAll('[data-chosen]')) old.removeAttribute('data-chosen');
	const all = [...document.querySelectorAll('a, button, summary, label')].filter(seen);
	const by = (test) => all.find(e => test(clean(e.innerText)));
	const e = by(t => t === words) || by(t => t.startsWith(words)) || by(t => t.includes(words));
	if (!e) return '';
	const target = e.tagName === 'LABEL' ? document.getElementById(e.htmlFor) : e;
	target.setAttribute('data-chosen', '');

	return target.tagName.toLowerCase() + (target.type ? '.' + target.type : '');
})(%s)`

// chosen is what findByWords marked.
const chosen = "[data-chosen]"

// Sees returns what the words stand on, such as "a" or "input.radio"; "" if a
// person sees nothing with them.
func (b Browser) Sees(words string) (kind string) {
	b.t.Helper()
	quoted, err := json.Marshal(words)
	if err == nil {
		kind, err = chromedp.Run(b.ctx, chromedp.Evaluate[string](fmt.Sprintf(findByWords, quoted)))
	}
	if err != nil {
		b.t.Fatalf("look for %q: %v", words, err)
	}
	return kind
}

// find is Sees, and fails the test if there is nothing.
func (b Browser) find(words string) (kind string) {
	b.t.Helper()
	if kind = b.Sees(words); kind == "" {
		b.t.Fatalf("nothing on the page says %q:\n%s", words, b.Text())
	}
	return kind
}

// Choose presses what has these words: a link or a button leads to another
// page, a box or a circle is ticked, a summary unfolds.
func (b Browser) Choose(words string) {
	b.t.Helper()
	if kind := b.find(words); kind == "summary" || strings.HasPrefix(kind, "input") {
		b.Unfold(words)
		return
	}
	b.press(chosen, func() bool { return b.Sees(words) != "" })
}

// Unfold presses what has these words and changes the page itself, such as the
// button of a menu.
func (b Browser) Unfold(words string) {
	b.t.Helper()
	b.find(words)
	b.Do("press "+words, chromedp.ScrollIntoView(chromedp.CSS(chosen)), chromedp.Click(chromedp.CSS(chosen)))
}

// Enter types into the field, or chooses in the list, that has these words as
// its label.
func (b Browser) Enter(words, text string) {
	b.t.Helper()
	switch kind := b.find(words); {
	case kind == "a" || strings.HasPrefix(kind, "button"):
		b.t.Fatalf("%q is no field but %s", words, kind)
	case kind == "select.select-one":
		b.Do("choose "+text, chromedp.SendKeys(chromedp.CSS(chosen), text))
	default:
		b.Fill(chosen, text)
	}
}
