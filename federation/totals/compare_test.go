package totals

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestYearOnYear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv", "sw")
		defer n.end()
		n.registry.open(cycle.Previous())
		n.policy("standard")
		// otv surveyed companies 0 to 19 last year, 10 to 29 this year.
		for id := range 30 {
			if id < 20 {
				c := store.CountedItem{Organisation: survey.Identifier(fmt.Sprintf("AHSN:%06d", id)), Sector: "medtech", Size: "micro",
					Stage: "unknown", Support: []string{"unknown"}, Values: []survey.Contribution{{Metric: money, Value: 100_00}}}
				n.records["otv"].before = append(n.records["otv"].before, c)
			}
			if id >= 10 {
				n.records["otv"].answer(id, 150_00)
			}
		}
		n.registry.surveyed()
		n.closeCampaign()
		n.follow()
		time.Sleep(10 * time.Second)
		got, err := n.node("sw").Compare(t.Context(), survey.TotalsQuery{Cycle: cycle}, cycle.Previous())
		if err != nil {
			t.Fatal(err)
		}
		if got.ResponseRate == 0 || got.ResponseRateBefore == 0 || got.Definitions != "md-1" {
			t.Errorf("%+v", got)
		}
		f := got.Figures[0]
		if f.Metric != money || f.Now.Value != 20*150_00 || f.Panel == nil || f.Panel.Now != 10*150_00 || f.Panel.Before != 10*100_00 || *f.Panel.Change != 5000 ||
			f.Panel.Companies != 10 || f.Panel.Regions != 1 {
			t.Errorf("%+v, %+v", f, f.Panel)
		}
		if len(got.Panel) != 1 || got.Panel[0] != "otv" {
			t.Errorf("panel of %v", got.Panel)
		}
		if of := got.Companies; of == nil || *of != (survey.PanelCompanies{Answered: 5, Matched: 1, ChangedRegion: 1, NoAnswer: 2, New: 1}) {
			t.Errorf("who answered: %+v", of)
		}
		for _, f := range got.Figures {
			if f.Change == nil && f.Reason == "" {
				t.Errorf("no change and no reason: %+v", f)
			}
			if f.Metric == "meaningful_interactions" && (f.Panel != nil || f.PanelReason == "") {
				t.Errorf("records are not matched: %+v", f)
			}
		}
		n.registry.change(func() { n.registry.campaigns[1].Definitions = "md-0" })
		if _, err := n.node("sw").Compare(t.Context(), survey.TotalsQuery{Cycle: cycle}, cycle.Previous()); !errors.Is(err, survey.RefusedNotComparable) {
			t.Errorf("across definitions: %v", err)
		}
	})
}

// A certified year is taken from the registry, also where the summaries of the
// other regions have not arrived: so it is exact at once, and says why.
func TestComparisonTakesACertifiedYearFromTheRegistry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := closedNation(t, "standard", "gm", "kss", "otv", "sw")
		defer n.end()
		n.registry.open(cycle.Previous())
		n.certify(0)
		n.separate("sw", true)
		n.close("sw")
		n.archives["sw"] = newArchive()
		n.start("sw")
		for _, mode := range []survey.TotalsMode{"", survey.ModeCached} {
			got, err := n.node("sw").Compare(t.Context(), survey.TotalsQuery{Cycle: cycle, Mode: mode}, cycle.Previous())
			if err != nil {
				t.Fatal(err)
			}
			if f := got.Figures[0]; f.Metric != money || f.Now.Value != 80*100_00 || f.Now.Qualifier != survey.QualifierExact {
				t.Errorf("mode %q: %+v", mode, f.Now)
			}
			if s := got.Source; s.Mode != survey.ModeCertified || s.Revision == nil || *s.Revision != 0 || s.Coverage.Included != 4 ||
				s.Sentence("regions") != "2022-23: certified, revision 0, with 4 of 4 regions." {
				t.Errorf("mode %q: %+v, %s", mode, s, s.Sentence("regions"))
			}
			if s := got.SourceBefore; s.Mode != survey.ModeCached || s.Revision != nil || s.Coverage.Included == 4 {
				t.Errorf("mode %q, not certified: %+v, %s", mode, s, s.Sentence("regions"))
			}
		}
		if f := figure(n.ask("sw", survey.TotalsQuery{}).Figures, money); f.Qualifier == survey.QualifierExact {
			t.Errorf("the test shows nothing: what is held is %+v", f)
		}
	})
}

func TestGrowth(t *testing.T) {
	for _, c := range []struct {
		now, before, want int64
		ok                bool
	}{{150, 100, 5000, true}, {50, 100, -5000, true}, {100, 100, 0, true}, {1, 3, -6667, true}, {5, 3, 6667, true}, {5, 0, 0, false},
		{maxValue, 1, 0, false}} {
		if got, ok := growth(c.now, c.before); ok != c.ok || got != c.want {
			t.Errorf("%d after %d: %d, %v", c.now, c.before, got, ok)
		}
	}
}
