package browsertest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// findByWords marks the element that a person would press or fill in, by the words on it: a link, a
// button, a summary, or the field of a label.
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

// chosen selects the element that findByWords marked.
const chosen = "[data-chosen]"

// Sees returns the kind of the element with the words, such as "a" or "input.radio", or "" if a
// person sees none.
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

// find is Sees, but fails the test if there is no such element.
func (b Browser) find(words string) (kind string) {
	b.t.Helper()
	if kind = b.Sees(words); kind == "" {
		b.t.Fatalf("nothing on the page says %q:\n%s", words, b.Text())
	}
	return kind
}

// Choose presses the element with these words: a link or a button leads to another page, a box or a
// circle is ticked, a summary unfolds.
func (b Browser) Choose(words string) {
	b.t.Helper()
	if kind := b.find(words); kind == "summary" || strings.HasPrefix(kind, "input") {
		b.Unfold(words)
		return
	}
	b.press(chosen, func() bool { return b.Sees(words) != "" })
}

// Unfold presses an element that changes the page itself, such as the button of a menu.
func (b Browser) Unfold(words string) {
	b.t.Helper()
	b.find(words)
	b.Do("press "+words, chromedp.ScrollIntoView(chromedp.CSS(chosen)), chromedp.Click(chromedp.CSS(chosen)))
}

// Enter types into the field with this label, or chooses in its list.
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
