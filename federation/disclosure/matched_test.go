package disclosure_test

import (
	"testing"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// years is one region's year as the close sees it: own companies answered again
// or are gone, taken ones were handed over by another region, some are new. All
// said 100 last year and 150 now.
func years(policy disclosure.Policy, again, gone, taken int, metrics ...string) disclosure.Input {
	in := disclosure.Input{Policy: policy, Definitions: figures, Closed: true}
	answer := func(i int, value int64) disclosure.Answer {
		return disclosure.Answer{Organisation: identifierOf(i), Values: []survey.Contribution{{Metric: "jobs", Value: value}, {Metric: "money", Value: value}}}
	}
	for i := range again + gone + taken {
		if i < again || i >= again+gone {
			in.Answers = append(in.Answers, answer(i, 150))
		}
		if i < again+gone {
			in.Before = append(in.Before, answer(i, 100))
		} else {
			in.Taken = append(in.Taken, disclosure.Taken{Answer: answer(i, 100), Metrics: metrics})
		}
	}
	for i := range 8 {
		in.Answers = append(in.Answers, answer(again+gone+taken+i, 150))
	}
	return in
}

// panelOf is what the close says of matched companies, by key.
func panelOf(in disclosure.Input, metric string) map[string]survey.Cell {
	cells := disclosure.Plan(disclosure.State{}, in).Cells
	if in.Policy.Immediate() {
		cells = disclosure.Supplement(in)
	}
	out := map[string]survey.Cell{}
	for _, c := range cells {
		if c.Metric == metric && c.Dimension == survey.ByPanel {
			out[c.Key] = c
		}
	}
	return out
}

func TestWhoIsMatched(t *testing.T) {
	open, err := disclosure.ByName(disclosure.Open)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in            disclosure.Input
		before, taken int64
		hidden        bool
	}{
		"nobody was handed over":            {years(standard(t), 10, 10, 0), 10, 0, false},
		"two were":                          {years(standard(t), 10, 10, 2, "jobs", "money"), 12, 2, false},
		"not to be counted in this figure":  {years(standard(t), 10, 10, 2, "jobs"), 10, 0, false},
		"all others answered again":         {years(standard(t), 10, 0, 2, "money"), 10, 0, false},
		"too few own ones answered again":   {years(standard(t), 4, 10, 2, "money"), 0, 0, true},
		"too few own ones did not":          {years(standard(t), 10, 4, 2, "money"), 0, 0, true},
		"only others' companies":            {years(standard(t), 0, 10, 8, "money"), 0, 0, false},
		"everything is shared by agreement": {years(open, 3, 0, 2, "money"), 5, 2, false},
	} {
		cells := panelOf(c.in, "money")
		before, both := cells[survey.PanelBefore], cells[survey.PanelBoth]
		if before.Contributors != c.before || before.Value != 100*c.before || before.Flag.Withheld() != c.hidden || cells[survey.PanelTaken].Contributors != c.taken || cells[survey.PanelTaken].Value != 0 {
			t.Errorf("%s: %+v", name, cells)
		}
		if !c.hidden && c.before > 0 && (both.Contributors != before.Contributors || both.Value != 150*c.before) {
			t.Errorf("%s: both sums are not of the same companies: %+v", name, cells)
		}
	}
}

// A company hides nobody that another region knows, and is matched in the
// figures alone that it gave both times.
func TestMatchedFigureByFigure(t *testing.T) {
	in := years(standard(t), 10, 10, 0)
	in.Before[0].Values = in.Before[0].Values[1:]   // no jobs last year
	in.Answers[1].Values = in.Answers[1].Values[:1] // no money now
	for metric, want := range map[string]int64{"jobs": 9, "money": 9} {
		cells := panelOf(in, metric)
		if b, n := cells[survey.PanelBefore], cells[survey.PanelBoth]; b.Contributors != want || b.Value != 100*want || n.Contributors != want || n.Value != 150*want {
			t.Errorf("%s: %+v", metric, cells)
		}
	}
	for i := range 6 { // of the ten that are gone
		in.Before[10+i].Known = true
	}
	if cells := panelOf(in, "jobs"); !cells[survey.PanelBefore].Flag.Withheld() {
		t.Errorf("four hide six that another region knows: %+v", cells)
	}
}
