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
				c := store.CountedAnswer{Organisation: survey.Identifier(fmt.Sprintf("AHSN:%06d", id)), Sector: "medtech", Size: "micro",
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
		if _, err := n.node("sw").Compare(t.Context(), survey.TotalsQuery{Cycle: cycle}, cycle.Previous()); !errors.Is(err, ErrNotComparable) {
			t.Errorf("across definitions: %v", err)
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
