package disclosure_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// history is a region of which a queue follows what changes, beside the same
// decided from everything.
type history struct {
	policy      disclosure.Policy
	definitions survey.Definitions
	queue       *disclosure.Queue
	state       disclosure.State
	kept        map[survey.Identifier]disclosure.Holding
	answers     []disclosure.Answer // in the order in which they were counted
	turn        uint64
	known       map[survey.Identifier]bool
	left        int // ticks that let something leave
}

func someCompany(t *rapid.T) survey.Identifier {
	return survey.Identifier(fmt.Sprintf("AHSN:%06d", rapid.IntRange(0, 40).Draw(t, "company")))
}

// count counts an answer after all others.
func (h *history) count(a disclosure.Answer) {
	h.uncount(a.Organisation)
	h.turn++
	a.Turn = h.turn
	h.answers = append(h.answers, a)
	h.queue.Set(a)
}

func (h *history) uncount(id survey.Identifier) {
	h.answers = slices.DeleteFunc(h.answers, func(a disclosure.Answer) bool { return a.Organisation == id })
	h.queue.Remove(id)
}

// say is that some companies answer.
func (h *history) say(t *rapid.T) {
	for range rapid.IntRange(1, 12).Draw(t, "answers") {
		h.sayOne(t)
	}
}

func (h *history) sayOne(t *rapid.T) {
	a := disclosure.Answer{Organisation: someCompany(t), Waived: rapid.IntRange(0, 9).Draw(t, "waived") == 0}
	if a.Record = rapid.IntRange(0, 7).Draw(t, "record") == 0; a.Record {
		a.Organisation += "#records"
	}
	amount := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(90, 110), rapid.Int64Range(1, 100_000)).Draw(t, "amount")
	yes := rapid.Int64Range(0, 1).Draw(t, "yes")
	for _, v := range []survey.Contribution{{Metric: "jobs", Value: 5 * yes}, {Metric: "money", Value: amount}, {Metric: "said", Value: 1}, {Metric: "yes", Value: yes}} {
		if rapid.IntRange(0, 9).Draw(t, "answers") > 0 {
			a.Values = append(a.Values, v)
		}
	}
	h.count(a)
}

// some returns one of those that are counted.
func (h *history) some(t *rapid.T) disclosure.Answer {
	if len(h.answers) == 0 {
		t.Skip("nobody has answered")
	}
	return rapid.SampledFrom(h.answers).Draw(t, "of")
}

// tick compares what the queue decides with Plan.
func (h *history) tick(t *rapid.T) {
	now := slices.Clone(h.answers)
	for i := range now {
		now[i].Known = !now[i].Record && h.known[now[i].Organisation]
	}
	want := disclosure.Plan(h.state, disclosure.Input{Policy: h.policy, Definitions: h.definitions, Answers: now})
	cells, answers := h.queue.Tick(h.policy, func(id survey.Identifier) bool { return h.known[id] })
	if !reflect.DeepEqual(cells, want.Cells) || answers != want.Answers || h.queue.Dirty() == want.Same {
		t.Fatalf("the queue says %+v of %d, moved %v; from everything follow %+v of %d, %v", cells, answers, h.queue.Dirty(), want.Cells, want.Answers, !want.Same)
	}
	if got := h.queue.State(); !reflect.DeepEqual(normal(got), normal(want.State)) {
		t.Fatalf("the queue's state is %+v, from everything follows %+v", got, want.State)
	}
	h.state = want.State
	if h.queue.Dirty() {
		h.left++
	}
	h.keep(t)
}

// keep writes what left and compares what is kept with the whole.
func (h *history) keep(t *rapid.T) {
	head, holdings := h.queue.Unsaved()
	for _, holding := range holdings {
		h.kept[holding.Organisation] = holding
	}
	h.queue.Saved()
	var all []disclosure.Holding
	for _, holding := range h.kept {
		all = append(all, holding)
	}
	slices.SortFunc(all, func(a, b disclosure.Holding) int {
		return strings.Compare(string(a.Organisation), string(b.Organisation))
	})
	joined, err := disclosure.Join(head, all)
	if err != nil || !reflect.DeepEqual(normal(joined), normal(h.state)) {
		t.Fatalf("kept is %+v, %v, want %+v", joined, err, h.state)
	}
}

// normal has no difference between nothing and an empty list.
func normal(s disclosure.State) disclosure.State {
	s.Cells = slices.Clone(s.Cells)
	for i := range s.Cells {
		if len(s.Cells[i].Entries) == 0 {
			s.Cells[i].Entries = nil
		}
	}
	return s
}

// reopen opens the queue on what it has let leave, as after a restart or when
// the definitions change.
func (h *history) reopen(definitions survey.Definitions) {
	h.definitions = definitions
	h.queue = disclosure.OpenQueue(h.state, definitions)
	h.queue.Replace(h.answers)
}

// actions are what may happen in a region.
func (h *history) actions(policies []disclosure.Policy) map[string]func(*rapid.T) {
	fewer := figures
	fewer.Metrics = figures.Metrics[1:]
	return map[string]func(*rapid.T){
		"answer": h.say,
		"correct": func(t *rapid.T) {
			a := h.some(t)
			a.Values = slices.Clone(a.Values)
			for i := range a.Values {
				a.Values[i].Value += rapid.Int64Range(-1, 1).Draw(t, "change") * a.Values[i].Value / 2
			}
			h.count(a)
		},
		"withdraw": func(t *rapid.T) { h.uncount(h.some(t).Organisation) },
		"merge": func(t *rapid.T) {
			a, into := h.some(t), someCompany(t)
			h.uncount(a.Organisation)
			a.Organisation, a.Record = into, false
			h.count(a)
		},
		"waive": func(t *rapid.T) { // it keeps its turn
			i := rapid.IntRange(0, len(h.answers)).Draw(t, "at")
			if i == len(h.answers) {
				t.Skip("nobody")
			}
			h.answers[i].Waived = !h.answers[i].Waived
			h.queue.Set(h.answers[i])
		},
		"transfer": func(t *rapid.T) { h.known[someCompany(t)] = true },
		"restart":  func(t *rapid.T) { h.reopen(h.definitions) },
		"definitions": func(t *rapid.T) {
			h.reopen(rapid.SampledFrom([]survey.Definitions{figures, fewer}).Draw(t, "definitions"))
		},
		"policy":     func(t *rapid.T) { h.policy = rapid.SampledFrom(policies).Draw(t, "policy") },
		"tick":       h.tick,
		"tick again": h.tick,
	}
}

// A queue that follows what changes decides as Plan does from everything, and
// what it keeps of each batch is the state, whatever happens.
func TestQueueIsThePlan(t *testing.T) {
	policies := []disclosure.Policy{standard(t)}
	for _, name := range []string{disclosure.ONSBusiness, disclosure.Open} {
		p, err := disclosure.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		policies = append(policies, p)
	}
	small := standard(t)
	small.Batch, small.HoldBack = 2, 1
	left := 0
	rapid.Check(t, func(t *rapid.T) {
		policy := rapid.SampledFrom(append(policies, small, small, small)).Draw(t, "policy")
		h := &history{policy: policy, kept: map[survey.Identifier]disclosure.Holding{}, known: map[survey.Identifier]bool{}}
		h.reopen(figures)
		h.state.Format = 1
		for range rapid.IntRange(0, 30).Draw(t, "first") {
			h.sayOne(t)
		}
		t.Repeat(h.actions(append(policies, small)))
		h.tick(t)
		left += h.left
	})
	if left == 0 {
		t.Error("nothing ever left")
	}
	t.Logf("%d batches left", left)
}

// What a state says of the companies can be kept apart and put together again,
// also after the close and a revision.
func TestStateInParts(t *testing.T) {
	r := &region{policy: standard(t)}
	for id := range 120 {
		r.say(id, int64(100+id))
		r.plan(false)
	}
	r.say(3, 7)
	former := r.plan(true).Cells
	for round := range 3 {
		head, holdings := r.state.Split()
		if len(holdings) != 120 || len(r.state.Snapshots) != 1+round || len(head.Snapshots) != 1+round || len(head.Cells[0].Entries) != 0 {
			t.Fatalf("%d holdings of %d snapshots, head %+v", len(holdings), len(r.state.Snapshots), head)
		}
		joined, err := disclosure.Join(head, holdings)
		if err != nil || !reflect.DeepEqual(joined, r.state) {
			t.Errorf("%+v, %v, want %+v", joined, err, r.state)
		}
		for id := 40 * round; id < 40*round+40; id++ {
			r.say(id, int64(300+id))
		}
		revised := disclosure.Revise(r.state, disclosure.Input{Policy: r.policy, Definitions: figures, Answers: r.answers}, former)
		r.state, former = revised.State, revised.Cells
	}
	if _, err := disclosure.Join(r.state, nil); err == nil {
		t.Error("a whole state is no head")
	}
	head, holdings := r.state.Split()
	head.Cells = nil
	if _, err := disclosure.Join(head, holdings); err == nil {
		t.Error("holdings of a cell that never left")
	}
}
