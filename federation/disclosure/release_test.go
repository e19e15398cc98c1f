package disclosure_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// region is one region's answers in a test, oldest first.
type region struct {
	policy  disclosure.Policy
	state   disclosure.State
	answers []disclosure.Answer
}

func (r *region) say(id int, money int64) {
	name := survey.Identifier(fmt.Sprintf("AHSN:%06d", id))
	r.leave(id)
	r.answers = append(r.answers, disclosure.Answer{Organisation: name,
		Keys:   []disclosure.Key{{Dimension: survey.BySector, Key: sectors[id%len(sectors)]}},
		Values: []survey.Contribution{{Metric: "money", Value: money}}})
}

func (r *region) leave(id int) {
	name := survey.Identifier(fmt.Sprintf("AHSN:%06d", id))
	r.answers = slices.DeleteFunc(r.answers, func(a disclosure.Answer) bool { return a.Organisation == name })
}

func (r *region) plan(closed bool) disclosure.Release {
	out := disclosure.Plan(r.state, disclosure.Input{Policy: r.policy, Definitions: figures, Answers: r.answers, Closed: closed})
	r.state = out.State
	return out
}

func (r *region) money(t *testing.T, closed bool) survey.Cell {
	t.Helper()
	return cellOf(r.plan(closed).Cells, "money", "")
}

func cellOf(cells []survey.Cell, metric, key string) survey.Cell {
	for _, c := range cells {
		if c.Metric == metric && c.Key == key {
			return c
		}
	}
	return survey.Cell{Metric: "none"}
}

func TestBatches(t *testing.T) {
	r := &region{policy: standard(t)}
	for id := range 12 {
		r.say(id, 100)
		if c := r.money(t, false); c.Contributors != 0 || c.Value != 0 || c.Flag != survey.CellWaiting {
			t.Fatalf("%d answers: %+v", id+1, c)
		}
	}
	r.say(12, 100)
	if c := r.money(t, false); c.Contributors != 5 || c.Value != 500 || c.Flag != survey.CellWaiting {
		t.Fatalf("five leave, eight stay: %+v", c)
	}
	// A lone correction waits, and the value may be less.
	r.say(0, 30)
	if c := r.money(t, false); c.Value != 500 || c.Flag != survey.CellChanging {
		t.Fatalf("a lone correction: %+v", c)
	}
	for id := 13; id < 18; id++ {
		r.say(id, 100)
	}
	if c := r.money(t, false); c.Contributors != 10 || c.Value != 930 || c.Flag != survey.CellWaiting {
		t.Fatalf("it leaves with the next batch: %+v", c)
	}
	again := r.state
	if out := r.plan(false); !reflect.DeepEqual(out.State, again) {
		t.Error("planning again without new answers changed something")
	}
	out := r.plan(true)
	if c := cellOf(out.Cells, "money", ""); c.Value != 1730 || c.Contributors != 18 || c.Flag != survey.CellOpen || out.Answers != 18 {
		t.Fatalf("the rest leaves at the close: %+v of %d", c, out.Answers)
	}
}

func TestLargeCorrectionWaitsForTheClose(t *testing.T) {
	r := &region{policy: standard(t)}
	for id := range 20 {
		r.say(id, 100)
		r.plan(false)
	}
	before := r.money(t, false)
	r.say(0, 1_000_000)
	for id := 20; id < 40; id++ {
		r.say(id, 100)
	}
	if c := r.money(t, false); c.Value <= before.Value || c.Value%100 != 0 || c.Value > 4000 || c.Flag != survey.CellChanging {
		t.Fatalf("others leave, it waits: %+v after %+v", c, before)
	}
	if c := r.money(t, true); c.Value != 1_000_000+39*100 || c.Flag != survey.CellMembers {
		t.Fatalf("at the close the minimum is enough for the members: %+v", c)
	}
}

func TestClose(t *testing.T) {
	t.Run("three answers", func(t *testing.T) {
		r := &region{policy: standard(t)}
		for id := range 3 {
			r.say(id, 100)
		}
		out := r.plan(true)
		if c := cellOf(out.Cells, "money", ""); c.Value != 0 || c.Contributors != 0 || c.Flag != survey.CellHidden || out.Answers != 0 {
			t.Errorf("%+v of %d", c, out.Answers)
		}
		for _, c := range out.Cells {
			if c.Value != 0 || !c.Flag.Withheld() {
				t.Errorf("%+v", c)
			}
		}
	})
	t.Run("dominated at 80 percent", func(t *testing.T) {
		r := &region{policy: standard(t)}
		r.say(0, 8000)
		for id := 1; id < 21; id++ {
			r.say(id, 1+int64(id)%2*199)
		}
		if c := r.money(t, true); c.Value != 8000+2010 || c.Flag != survey.CellOpen {
			t.Errorf("20 others make up for it: %+v", c)
		}
		r.state = disclosure.State{}
		r.say(0, 80_000)
		if c := r.money(t, true); c.Value != 82_010 || c.Flag != survey.CellMembers {
			t.Errorf("whole, for members only: %+v", c)
		}
	})
	t.Run("a remainder of one company", func(t *testing.T) {
		r := &region{policy: standard(t)}
		for id := range 13 {
			r.say(id, 100)
		}
		if c := r.money(t, false); c.Contributors != 5 {
			t.Fatalf("%+v", c)
		}
		for id := range 13 {
			if r.state.Cells[len(r.state.Cells)-1].Metric != "money" {
				t.Fatal("the last cell is not money")
			}
			if id >= 6 {
				r.leave(id) // seven of the eight that wait
			}
		}
		out := r.plan(true)
		if c := cellOf(out.Cells, "money", ""); c.Value != 500 || c.Contributors != 5 || c.Flag != survey.CellHidden || out.Answers != 5 {
			t.Errorf("one answer could be told apart: %+v of %d", c, out.Answers)
		}
		for _, c := range out.Cells {
			if c.Dimension != "" && !c.Flag.Withheld() {
				t.Errorf("breakdowns would add up to it: %+v", c)
			}
		}
	})
	t.Run("complement in a region", func(t *testing.T) {
		r := &region{policy: standard(t)}
		for id := range 40 {
			if id%4 != 1 || id < 8 { // two in the sector of 1, ten in each other
				r.say(id, 100)
			}
		}
		out := r.plan(true)
		hidden := 0
		for _, c := range out.Cells {
			if c.Dimension == survey.BySector && c.Flag.Withheld() {
				hidden++
			}
		}
		if hidden != 2 || cellOf(out.Cells, "money", "").Value != 3200 {
			t.Errorf("%d sectors are hidden: %+v", hidden, out.Cells)
		}
	})
	t.Run("forgotten", func(t *testing.T) {
		r := &region{policy: standard(t)}
		r.state = disclosure.Forgotten([]survey.Cell{{Metric: "money", Value: 700, Contributors: 7}}, 7)
		for id := range 60 {
			r.say(id, 100)
		}
		if c := r.money(t, false); c.Value != 700 || c.Flag != survey.CellChanging {
			t.Errorf("nothing more leaves before the close: %+v", c)
		}
		if c := r.money(t, true); c.Value != 6000 || c.Flag != survey.CellOpen {
			t.Errorf("%+v", c)
		}
	})
}

// Whatever is added, corrected, withdrawn and taken back: every combination of
// the steps that left protects everyone in it, cells are the sums of their
// entries, and at the close everything is whole or withheld with a reason.
func TestReleasesProtect(t *testing.T) {
	policy := standard(t)
	rapid.Check(t, func(rt *rapid.T) {
		r := &region{policy: policy}
		amount := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(1, 100), rapid.Int64Range(1, 100_000))
		for range rapid.IntRange(1, 120).Draw(rt, "events") {
			id := rapid.IntRange(0, 60).Draw(rt, "company")
			if rapid.IntRange(0, 9).Draw(rt, "kind") == 0 {
				r.leave(id)
			} else {
				r.say(id, amount.Draw(rt, "money"))
			}
			r.plan(false)
		}
		for _, c := range r.state.Cells {
			protects(rt, c, policy)
		}
		left := append([]disclosure.CellState(nil), r.state.Cells...)
		out := r.plan(true)
		sum, n := int64(0), int64(len(r.answers))
		for _, a := range r.answers {
			sum += a.Values[0].Value
		}
		c := cellOf(out.Cells, "money", "")
		switch {
		case c.Metric == "none" && n == 0:
		case !c.Flag.Withheld():
			if c.Value != sum || c.Contributors != n || n < policy.Members.Contributors && sum != 0 {
				rt.Fatalf("%+v of %d in %d answers", c, sum, n)
			}
		case c.Flag == survey.CellHidden && c.Value > sum:
			rt.Fatalf("%+v is no lower bound of %d", c, sum)
		case n >= policy.Members.Contributors && len(left) == 0:
			rt.Fatalf("withheld without need: %+v", c)
		}
	})
}

// protects checks every step of the cell alone, every two, and all since each.
func protects(t *rapid.T, c disclosure.CellState, policy disclosure.Policy) {
	value := int64(0)
	for _, e := range c.Entries {
		value += e.Value
		if !e.In && e.Value != 0 {
			t.Fatalf("%+v left with a value", e)
		}
	}
	if value != c.Value {
		t.Fatalf("the cell says %d, its entries %d", c.Value, value)
	}
	check := func(steps ...uint32) {
		var changes []disclosure.Part
		for _, e := range c.Entries {
			net, in := int64(0), false
			for _, s := range e.Steps {
				if slices.Contains(steps, s.Batch) {
					net, in = net+s.Change, true
				}
			}
			if in {
				changes = append(changes, disclosure.Part{Value: net})
			}
		}
		if reason := policy.Members.Primary(changes); reason != "" {
			t.Fatalf("%s steps %v: %s: %v", c.Metric, steps, reason, changes)
		}
	}
	for i := range c.Batches {
		var since []uint32
		for k := i; k < c.Batches; k++ {
			since = append(since, k)
			check(since...)
			check(i, k)
		}
	}
}

func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		r := &region{policy: standard(b)}
		for id := range n {
			r.answers = append(r.answers, disclosure.Answer{Organisation: survey.Identifier(fmt.Sprintf("AHSN:%06d", id)),
				Values: []survey.Contribution{{Metric: "money", Value: int64(id)}, {Metric: "jobs", Value: 5}}})
			if id%50 == 0 {
				r.plan(false)
			}
		}
		b.Run(fmt.Sprintf("everything/%d", n), func(b *testing.B) {
			for b.Loop() {
				r.plan(false)
			}
		})
		b.Run(fmt.Sprintf("changes/%d", n), func(b *testing.B) {
			l := disclosure.OpenQueue(r.state, figures)
			for i := range r.answers {
				r.answers[i].Turn = uint64(i)
			}
			l.Replace(r.answers)
			for i := n; b.Loop(); i++ {
				a := r.answers[i*7919%n]
				a.Turn, a.Values = uint64(i), []survey.Contribution{{Metric: "money", Value: int64(i)}, {Metric: "jobs", Value: 5}}
				l.Set(a)
				l.Tick(r.policy, nil)
			}
		})
	}
}
