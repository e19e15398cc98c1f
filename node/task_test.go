package node_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"github.com/ahsn-network/tracker/store/survey"
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

// words returns what the words stand on, and fails the test if nothing that a
// person sees has them.
func (b browser) words(words string) (kind string) {
	b.t.Helper()
	if kind = b.seen(words); kind == "" {
		b.t.Fatalf("nothing on the page says %q:\n%s", words, b.text())
	}
	return kind
}

// seen returns what the words stand on, "" if a person sees nothing with them.
func (b browser) seen(words string) (kind string) {
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

// choose presses what has these words: a link or a button leads to another
// page, a box or a circle is ticked.
func (b browser) choose(words string) {
	b.t.Helper()
	switch kind := b.words(words); {
	case strings.HasPrefix(kind, "input"), kind == "summary":
		b.do("tick "+words, chromedp.ScrollIntoView(chromedp.CSS("[data-chosen]")), chromedp.Click(chromedp.CSS("[data-chosen]")))
	default:
		b.pressAgain("[data-chosen]", func() bool { return b.seen(words) != "" })
	}
}

// enter types into the field that has these words as its label.
func (b browser) enter(words, text string) {
	b.t.Helper()
	if kind := b.words(words); kind == "a" || strings.HasPrefix(kind, "button") {
		b.t.Fatalf("%q is no field but %s", words, kind)
	}
	b.fill("[data-chosen]", text)
}

// waits until a person reads the words.
func (b browser) waits(words string) {
	b.t.Helper()
	eventually(b.t, "page that says "+words, func() bool { return strings.Contains(b.text(), words) })
}

// picture leaves the page as it is in WEB_SCREENSHOTS, if that is set.
func (b browser) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("WEB_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// nextQuestion is what the companies' form goes on with.
const nextQuestion = "Save and continue"

// TestTenTasks walks the ten tasks of node/web/DESIGN.md by the words on the
// pages alone, at a desk and on a telephone.
func TestTenTasks(t *testing.T) {
	for _, place := range []struct {
		name string
		wide int64
	}{{"desk", 1280}, {"telephone", 375}} {
		t.Run(place.name, func(t *testing.T) {
			b := newBrowser(t)
			if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(place.wide, 900)); err != nil {
				t.Fatal(err)
			}
			us, adviser, lead := nation(t)
			w := walk{browser: b, us: us, place: place.name}
			w.signs("Ada Adviser", adviser)
			w.finds()
			w.claims()
			w.isRefusedAndAsks()
			w.records()
			link := w.invites()
			w.answersOnATelephone(link, place.wide)
			w.choose("Sign out")
			w.signs("Lee Lead", lead)
			w.reminds()
			w.readsTheNation()
			w.downloads()
		})
	}
}

// walk is one person's way through the tasks.
type walk struct {
	browser
	us    region
	place string
}

func (w walk) looks(name string) { w.picture("walk-" + name + "-" + w.place) }

// menu chooses from the menu, of which a telephone folds up the end.
func (w walk) menu(words string) {
	w.t.Helper()
	if w.seen(words) == "" {
		w.words("Browse More")
		w.do("unfold the menu", chromedp.Click(chromedp.CSS("[data-chosen]")))
	}
	w.choose(words)
}

func (w walk) signs(name, password string) {
	w.t.Helper()
	w.open(w.us.url + "/")
	w.enter("Name", name)
	w.enter("Password", password)
	w.looks("01-sign-in")
	w.choose("Sign in")
	w.reads("What to do next")
	w.looks("02-home")
}

// 1: find a company while typing.
func (w walk) finds() {
	w.choose("Companies")
	w.enter("Name or number", "northf")
	w.waits("1 company found")
	w.reads("Northfield Digital Health Ltd", "Free")
	w.looks("03-find")
	w.choose("Northfield Digital Health Ltd")
}

// 2: claim it.
func (w walk) claims() {
	w.reads("Nobody holds this company")
	w.looks("04-free")
	w.choose("Claim for")
	w.reads("Northfield Digital Health Ltd is yours", "Registry number", "What to do next")
	w.looks("05-claimed")
}

// 3 and 4: be refused, and ask the holder for it.
func (w walk) isRefusedAndAsks() {
	them := survey.Regions()[1].Region.Name()
	w.choose("Find another company")
	w.enter("Name or number", "solent")
	w.waits("Held by")
	w.choose("Solent Sensors Ltd")
	w.reads("Held by", them)
	w.looks("06-held")
	w.choose("Ask " + them + " for it")
	w.reads("You have asked " + them)
	w.looks("07-asked")
}

// 5: record answers that were taken by telephone, of a second company.
func (w walk) records() {
	w.choose("Companies")
	w.enter("Name or number", "thames")
	w.waits("1 company found")
	w.choose("Thames Robotics Ltd")
	w.choose("Claim for")
	w.choose("Contact the company")
	w.choose("Record answers taken by telephone")
	w.enter("3. How many staff", "twelve")
	w.choose("Record the answers")
	w.reads("Write the number of posts with digits")
	w.looks("08-faulty")
	w.enter("3. How many staff", "12")
	w.choose("Record the answers")
	w.reads("Answers recorded", "not complete yet")
	w.looks("09-recorded")
}

// 6: invite a company to answer by itself.
func (w walk) invites() (link string) {
	w.choose("My claims")
	w.reads("Northfield Digital Health Ltd", "not contacted yet")
	w.looks("10-claims")
	w.choose("Northfield Digital Health Ltd")
	w.enter("Name of the contact", "Pat Lee")
	w.enter("E-mail address", "pat@northfield.example")
	w.choose("Make a link")
	w.reads("This is the only time that the link is shown")
	w.looks("11-link")
	link = w.text()
	link = strings.Fields(link[strings.Index(link, w.us.url+"/respond/"):])[0]
	w.choose("Northfield Digital Health Ltd")
	w.choose("Contacted")
	w.looks("12-company")
	w.choose("Save")
	w.reads("Contacted", "today", "not opened yet")
	return link
}

// 7: the company answers on a telephone, stops, and goes on.
func (w walk) answersOnATelephone(link string, back int64) {
	w.do("take a telephone", chromedp.EmulateViewport(375, 700, chromedp.EmulateMobile))
	w.open(link)
	w.reads("Yearly survey of Northfield Digital Health Ltd")
	w.looks("13-start")
	w.choose("Start")
	w.looks("14-question")
	w.choose("Yes")
	w.choose(nextQuestion)
	w.choose(w.usName())
	w.choose("Save and come back later")
	w.reads("Your answers are saved")
	w.looks("15-saved")
	w.open(link)
	w.choose("Go on")
	for _, typed := range []string{"41", "6", "3.5", "1"} {
		w.fill("input[type=text]", typed)
		w.choose(nextQuestion)
	}
	w.enter("Equity", "£900,000")
	w.choose(nextQuestion)
	w.fill("input[type=text]", "400,000")
	w.choose(nextQuestion)
	w.choose(nextQuestion) // sales are left out
	w.fill("input[type=text]", "3")
	for range 6 {
		w.choose(nextQuestion)
	}
	w.reads("Check your answers", "£400,000", "41 posts", "Left out")
	w.looks("16-check")
	w.choose("Yes, those that I named")
	w.choose("Send the answers")
	w.reads("Thank you", "Your copy", "41 posts")
	w.looks("17-thanks")
	w.do("put the telephone away", chromedp.EmulateViewport(back, 900))
	w.open(w.us.url + "/")
}

func (w walk) usName() string { return survey.Regions()[0].Region.Name() }

// 8: remind those who have not answered.
func (w walk) reminds() {
	w.menu("My claims")
	w.choose("Thames Robotics Ltd")
	w.enter("E-mail address", "kim@thames.example")
	w.choose("Make a link")
	w.menu("Links")
	w.reads("1 company with an e-mail address has not answered", "sent in by the company")
	w.looks("18-links")
	if file := w.saves("Make reminders"); !strings.Contains(file, "kim@thames.example") || strings.Contains(file, "pat@northfield.example") {
		w.t.Errorf("the reminders are\n%s", file)
	}
	w.menu("Links")
	w.reads("1 time")
}

// 9: read the nation.
func (w walk) readsTheNation() {
	w.menu("National")
	w.reads("National figures "+cycle, "2 of 2 AHSNs are current", "Investment leveraged", "£400,000", "1 of 3 companies answered")
	w.looks("19-national")
	w.choose("Sector")
	w.reads("Investment leveraged by sector")
}

// 10: take the figures away.
func (w walk) downloads() {
	if file := w.saves("CSV (UTF-8)"); !strings.Contains(file, "400000") && !strings.Contains(file, "400,000") {
		w.t.Errorf("the figures are\n%s", file)
	}
	if file := w.saves("Excel (.xlsx)"); !strings.HasPrefix(file, "PK") {
		w.t.Errorf("the workbook begins with %.20q", file)
	}
}

// saves presses what has these words and returns the file that comes.
func (b browser) saves(words string) string {
	b.t.Helper()
	dir := b.t.TempDir()
	kind := b.words(words)
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	into := cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir}
	if _, err := chromedp.Call(ctx, cdpbrowser.SetDownloadBehavior, into); err != nil {
		b.t.Fatalf("save %s (%s): %v", words, kind, err)
	}
	b.do("press "+words, chromedp.Click(chromedp.CSS("[data-chosen]")))
	var content string
	eventually(b.t, "file of "+words, func() bool {
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(files) != 1 || strings.HasSuffix(files[0], ".crdownload") {
			return false
		}
		data, err := os.ReadFile(files[0])
		content = string(data)
		return err == nil && content != ""
	})
	return content
}
