package totals

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func companyID(i int) survey.Identifier { return survey.Identifier(fmt.Sprintf("AHSN:%06d", i)) }

// saidBefore is what a company told a region in the cycle before.
func saidBefore(company int, pence int64) store.CountedItem {
	return store.CountedItem{Organisation: companyID(company), Sector: "medtech", Size: "micro", Stage: "unknown",
		Support: []string{"unknown"}, Values: []survey.Contribution{{Metric: money, Value: pence}}}
}

// toldElsewhere is what a company told another region, which handed it over.
func toldElsewhere(t *testing.T, from survey.Region, company, pounds int) TakenOver {
	t.Helper()
	q, err := survey.QuestionnaireByID("nq-1")
	if err != nil {
		t.Fatal(err)
	}
	answers, problems, err := survey.ParseAnswers(q, fmt.Appendf(nil, `{"q08": %d}`, pounds))
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	return TakenOver{Organisation: companyID(company), From: from, Answers: answers, Metrics: []string{money}}
}

// twoYears is a nation of which otv surveyed companies 0 to 19 last year and 10
// to 29 this year; sw had surveyed 20 to 25.
func twoYears(t *testing.T) *nation {
	n := found(t, "otv", "sw")
	n.registry.open(cycle.Previous())
	n.policy("standard")
	n.registry.change(func() {
		n.registry.campaigns[1].Policy, n.registry.campaigns[1].State = "standard", survey.CampaignClosed
	})
	for i := range 30 {
		last := survey.Claim{Organisation: companyID(i), Cycle: cycle.Previous(), Region: "otv", State: survey.Responded}
		switch {
		case i < 20:
			n.records["otv"].before = append(n.records["otv"].before, saidBefore(i, 100_00))
		case i < 26:
			last.Region = "sw"
			n.records["sw"].before = append(n.records["sw"].before, saidBefore(i, 100_00))
		}
		if i < 26 {
			n.registry.claims = append(n.registry.claims, last)
		}
		if i >= 10 {
			n.registry.claims = append(n.registry.claims, survey.Claim{Organisation: companyID(i), Cycle: cycle, Region: "otv", State: survey.Responded})
			n.records["otv"].answer(i, 150_00)
		}
	}
	return n
}

// compared closes this year and returns the panel of money.
func (n *nation) compared() (survey.PanelChange, survey.PanelCompanies) {
	n.t.Helper()
	n.closeCampaign()
	n.follow()
	time.Sleep(10 * time.Second)
	got, err := n.node("sw").Compare(n.t.Context(), survey.TotalsQuery{Cycle: cycle}, cycle.Previous())
	if err != nil || got.Companies == nil || got.Figures[0].Panel == nil {
		n.t.Fatalf("%+v %v", got, err)
	}
	return *got.Figures[0].Panel, *got.Companies
}

func TestPanelAfterHandovers(t *testing.T) {
	for name, c := range map[string]struct {
		taken []TakenOver
		want  int64
	}{
		"nothing was handed over":                       {nil, 0},
		"two companies":                                 {[]TakenOver{toldElsewhere(t, "sw", 20, 100), toldElsewhere(t, "sw", 21, 100)}, 2},
		"from a region that did not survey it":          {[]TakenOver{toldElsewhere(t, "gm", 20, 100)}, 0},
		"one that nobody surveyed":                      {[]TakenOver{toldElsewhere(t, "sw", 27, 100)}, 0},
		"one that did not answer again":                 {[]TakenOver{toldElsewhere(t, "sw", 3, 100), toldElsewhere(t, "sw", 40, 100)}, 0},
		"an own one, by another name":                   {[]TakenOver{toldElsewhere(t, "sw", 10, 100)}, 0},
		"twice the same, merged since":                  {[]TakenOver{toldElsewhere(t, "sw", 20, 100), toldElsewhere(t, "sw", 20, 100)}, 1},
		"one that those who are gone would not hide":    {[]TakenOver{toldElsewhere(t, "sw", 20, 1_000_000)}, 0},
		"one of which the former region shares nothing": {[]TakenOver{{Organisation: companyID(20), From: "sw", Answers: toldElsewhere(t, "sw", 20, 100).Answers}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := twoYears(t)
				defer n.end()
				n.records["otv"].change(func() { n.records["otv"].taken = c.taken })
				money, companies := n.compared()
				if money.AfterHandover != c.want || money.Companies != 10+c.want || money.Before != (10+c.want)*100_00 || money.Now != (10+c.want)*150_00 {
					t.Errorf("%+v", money)
				}
				if companies != (survey.PanelCompanies{Answered: 20, Matched: 10, AfterHandover: int(c.want), ChangedRegion: 6 - int(c.want), New: 4}) {
					t.Errorf("%+v", companies)
				}
			})
		})
	}
}

// Those who did not answer again must hide one another also from the regions
// that have their answers.
func TestPanelWithoutThoseGivenOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := twoYears(t)
		defer n.end()
		n.records["otv"].change(func() {
			n.records["otv"].given = map[survey.Identifier]bool{}
			for i := range 6 {
				n.records["otv"].given[companyID(i)] = true
			}
		})
		n.closeCampaign()
		n.follow()
		time.Sleep(10 * time.Second)
		got, err := n.node("sw").Compare(t.Context(), survey.TotalsQuery{Cycle: cycle}, cycle.Previous())
		if err != nil || got.Figures[0].Panel != nil || got.Figures[0].PanelReason == "" {
			t.Errorf("four hide six: %+v %v", got.Figures[0], err)
		}
	})
}

// What a region lets others count is decided by what it keeps.
func TestSpare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := twoYears(t)
		defer n.end()
		n.follow()
		time.Sleep(10 * time.Second) // last year's figures leave
		spared := func(cycle survey.Cycle, company int) int {
			t.Helper()
			metrics, err := n.node("otv").Transferable(t.Context(), cycle, companyID(company))
			if err != nil {
				t.Fatal(err)
			}
			return len(metrics)
		}
		if got := spared(cycle.Previous(), 0); got != 1 {
			t.Errorf("one of twenty: %d figures", got)
		}
		for what, got := range map[string]int{
			"a company of another region": spared(cycle.Previous(), 20), "a year that is not over": spared(cycle, 10), "an unknown year": spared("2015-16", 0),
		} {
			if got != 0 {
				t.Errorf("%s: %d figures", what, got)
			}
		}
		n.records["otv"].change(func() {
			n.records["otv"].given = map[survey.Identifier]bool{}
			for i := range 15 {
				n.records["otv"].given[companyID(i)] = true
			}
		})
		if got := spared(cycle.Previous(), 15); got != 0 {
			t.Errorf("the sixteenth of twenty: %d figures", got)
		}
	})
}
