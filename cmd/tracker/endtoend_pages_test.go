//go:build unix

package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/cmd/tracker/demo"
	"github.com/ahsn-network/tracker/node/browsertest"
	"github.com/ahsn-network/tracker/store/survey"
)

// TestTenTasks walks the ten tasks of node/web/DESIGN.md on a whole demo, its
// fifteen processes and invented companies, by the words on the pages alone: at
// a desk, and on a telephone.
func TestTenTasks(t *testing.T) {
	b := browsertest.New(t, 8*time.Minute) // before the demo: without a browser there is nothing to do
	d := startDemo(t, t.TempDir())
	newWalk(d, b, "desk", "otv", "wessex").all()
	b.Window(telephone)
	newWalk(d, b, "telephone", "gm", "yh").all()
}

const (
	telephone = 375
	// nextQuestion is what the companies' form goes on with.
	nextQuestion = "Save and continue"
)

// walk is the way of the people of one region through the tasks, and of a
// neighbour who holds a company that they want.
type walk struct {
	browsertest.Browser
	t         *testing.T
	place     string
	us, them  cli.DemoNode
	passwords map[string]string
	// Companies that nobody holds, and one that the neighbour holds.
	first, second, theirs demo.Company
}

func newWalk(d *federated, b browsertest.Browser, place, us, them string) *walk {
	d.t.Helper()
	at := func(region string) cli.DemoNode {
		return d.file.Nodes[slices.IndexFunc(d.file.Nodes, func(n cli.DemoNode) bool { return n.Region == region })]
	}
	w := &walk{Browser: b, t: d.t, place: place, us: at(us), them: at(them), passwords: map[string]string{}}
	w.passwords["Ada Adviser"] = strings.TrimSpace(d.must(w.us, "user", "add", "Ada Adviser", "--role", "adviser"))
	w.passwords["Lee Lead"] = strings.TrimSpace(d.must(w.us, "user", "add", "Lee Lead", "--role", "lead"))
	w.passwords["Nia Neighbour"] = strings.TrimSpace(d.must(w.them, "user", "add", "Nia Neighbour", "--role", "adviser"))
	led := func(region string, state survey.ClaimState) (out []demo.Company) {
		for _, c := range d.companies() {
			if c.Supporters[0] == survey.Region(region) && c.State == state {
				out = append(out, c)
			}
		}
		return out
	}
	free := led(us, "")
	w.first, w.second, w.theirs = free[0], free[1], led(them, survey.Claimed)[0]
	return w
}

// all does every task in its order.
func (w *walk) all() {
	w.signs(w.Browser, w.us, "Ada Adviser")
	w.finds()
	w.claims()
	w.isRefusedAndAsks()
	w.isGiven()
	w.records()
	link := w.invites()
	w.answersOnATelephone(link)
	w.Choose("Sign out")
	w.signs(w.Browser, w.us, "Lee Lead")
	w.reminds()
	w.readsTheNation()
	w.downloads()
	w.Choose("Sign out")
}

func (w *walk) looks(name string) { w.Picture("walk-" + name + "-" + w.place) }

// menu chooses from the menu, of which a telephone folds up the end.
func (w *walk) menu(words string) {
	w.t.Helper()
	if w.Sees(words) == "" {
		w.Unfold("Browse More")
	}
	w.Choose(words)
}

// finally opens a page from the menu until it says what has to come from
// another node.
func (w *walk) finally(words, says string) {
	w.t.Helper()
	eventually(w.t, factTimeout, func() string {
		if w.menu(words); !strings.Contains(w.Text(), says) {
			return words + " does not say " + says + ":\n" + w.Text()
		}
		return ""
	})
}

func (w *walk) signs(b browsertest.Browser, at cli.DemoNode, name string) {
	w.t.Helper()
	b.Open(at.URL + "/")
	b.Enter("Name", name)
	b.Enter("Password", w.passwords[name])
	b.Choose("Sign in")
	b.Reads(survey.Region(at.Region).Name(), "What to do next")
}

// search types a part of a company's name and waits for the company: what is
// found changes while one types, and ends with a link that has the whole text.
func (w *walk) search(c demo.Company) {
	w.t.Helper()
	name := c.New.Name
	typed := strings.ToLower(name[:len(name)-len("s Ltd")])
	w.Enter("Name or number", typed)
	w.Do("find "+name, chromedp.WaitVisible(chromedp.CSS(`#results a[href="/companies/add?name=`+strings.ReplaceAll(typed, " ", "%20")+`"]`)))
	w.Reads(name, "found")
}

// 1: find a company while typing.
func (w *walk) finds() {
	w.looks("02-home")
	w.Choose("Companies")
	w.search(w.first)
	w.Reads("Free")
	w.looks("03-find")
	w.Choose(w.first.New.Name)
}

// 2: claim it.
func (w *walk) claims() {
	w.Reads("Nobody holds this company")
	w.looks("04-free")
	w.Choose("Claim for")
	w.Reads(w.first.New.Name+" is yours", "Registry number", "What to do next")
	w.looks("05-claimed")
}

// 3 and 4: be refused, and ask the holder for it.
func (w *walk) isRefusedAndAsks() {
	them := survey.Region(w.them.Region).Name()
	w.Choose("Find another company")
	w.search(w.theirs)
	w.Reads("Held by")
	w.Choose(w.theirs.New.Name)
	w.Reads("Held by", them)
	w.looks("06-held")
	w.Choose("Ask " + them + " for it")
	w.Reads("You have asked " + them)
	w.looks("07-asked")
}

// isGiven: the neighbour finds the question on the pages of their own AHSN and
// offers the company; we accept it.
func (w *walk) isGiven() {
	us, n := survey.Region(w.us.Region).Name(), w.Another()
	w.signs(n, w.them, "Nia Neighbour")
	eventually(w.t, factTimeout, func() string {
		if n.Open(w.them.URL + "/"); n.Sees("Answer other AHSNs") == "" {
			return "the neighbour is not asked:\n" + n.Text()
		}
		return ""
	})
	n.Choose("Answer other AHSNs")
	n.Reads("Other AHSNs ask for these", "asked for by "+us)
	n.Choose(w.theirs.New.Name)
	n.Choose("Offer it to another AHSN")
	n.Enter("To which AHSN?", us)
	n.Choose("Save")
	n.Reads("Offered to " + us)
	w.Front()
	w.finally("My claims", "Offered to you")
	w.looks("08-offered")
	w.Choose(w.theirs.New.Name)
	w.Choose("Accept the company")
	w.Choose("Save")
	w.Reads(us + " (us)")
}

// 5: record answers that were taken by telephone, of a second company.
func (w *walk) records() {
	w.Choose("Companies")
	w.search(w.second)
	w.Choose(w.second.New.Name)
	w.Choose("Claim for")
	w.Choose("Contact the company")
	w.Choose("Record answers taken by telephone")
	w.Enter("3. How many staff", "twelve")
	w.Choose("Record the answers")
	w.Reads("Write the number of posts with digits")
	w.looks("09-faulty")
	w.Enter("3. How many staff", "12")
	w.Choose("Record the answers")
	w.Reads("Answers recorded", "not complete yet")
	w.looks("10-recorded")
}

// 6: invite a company to answer by itself, and note that it was contacted.
func (w *walk) invites() (link string) {
	w.Choose("Companies")
	w.search(w.first)
	w.Choose(w.first.New.Name)
	w.Enter("Name of the contact", "Pat Lee")
	w.Enter("E-mail address", "pat@first.example")
	w.Choose("Make a link")
	w.Reads("This is the only time that the link is shown")
	w.looks("11-link")
	text := w.Text()
	link = strings.Fields(text[strings.Index(text, w.us.URL+"/respond/"):])[0]
	w.Choose(w.first.New.Name)
	w.Choose("Contacted")
	w.looks("12-company")
	w.Choose("Save")
	w.Reads("Contacted", "today", "not opened yet")
	return link
}

// 7: the company answers on a telephone, stops, and goes on: in one of the
// walks in a browser without scripts.
func (w *walk) answersOnATelephone(link string) {
	c := w.Another()
	c.Telephone()
	c.Scripts(w.place != "telephone")
	c.Open(link)
	c.Reads("Yearly survey of " + w.first.New.Name)
	c.Picture("walk-13-start-" + w.place)
	c.Choose("Start")
	c.Choose("Yes")
	c.Choose(nextQuestion)
	c.Choose(survey.Region(w.us.Region).Name())
	c.Choose("Save and come back later")
	c.Reads("Your answers are saved")
	c.Picture("walk-14-saved-" + w.place)
	c.Open(link)
	c.Choose("Go on")
	const field = "input[type=text]"
	for _, typed := range []string{"41", "6", "3.5", "1"} {
		c.Fill(field, typed)
		c.Choose(nextQuestion)
	}
	c.Enter("Equity", "£900,000")
	c.Choose(nextQuestion)
	c.Fill(field, "400,000")
	c.Choose(nextQuestion)
	c.Choose(nextQuestion) // sales are left out
	c.Fill(field, "3")
	for range 6 {
		c.Choose(nextQuestion)
	}
	c.Reads("Check your answers", "£400,000", "41 posts", "Left out")
	c.Picture("walk-15-check-" + w.place)
	c.Choose("Yes, those that I named")
	c.Choose("Send the answers")
	c.Reads("Thank you", "Your copy", "41 posts")
	c.Picture("walk-16-thanks-" + w.place)
	w.Front()
}

// 8: remind those who have not answered, and nobody else.
func (w *walk) reminds() {
	w.Choose("Companies")
	w.search(w.second)
	w.Choose(w.second.New.Name)
	w.Enter("E-mail address", "kim@second.example")
	w.Choose("Make a link")
	w.menu("Links")
	w.Reads("1 company with an e-mail address has not answered", "sent in by the company")
	w.looks("17-links")
	if file, _ := w.Saves("Make reminders"); !strings.Contains(file, "kim@second.example") || strings.Contains(file, "pat@first.example") {
		w.t.Errorf("the reminders are\n%s", file)
	}
	w.menu("Links")
	w.Reads("1 time")
}

// 9: read the nation.
func (w *walk) readsTheNation() {
	w.finally("National", "15 of 15 AHSNs are current")
	w.Reads("National figures "+string(cli.DemoCycle), "Companies supported", "2,831", "Investment leveraged", "£")
	w.looks("18-national")
	w.Choose("Sector")
	w.Reads("Investment leveraged by sector")
}

// 10: take the figures away.
func (w *walk) downloads() {
	if file, _ := w.Saves("CSV (UTF-8)"); !strings.Contains(file, "2831") && !strings.Contains(file, "2,831") {
		w.t.Errorf("the figures are\n%s", file)
	}
	if file, _ := w.Saves("Excel (.xlsx)"); !strings.HasPrefix(file, "PK") {
		w.t.Errorf("the workbook begins with %.20q", file)
	}
}
