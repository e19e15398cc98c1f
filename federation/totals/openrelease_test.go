package totals

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

// alone is one node with its disk, under the policy standard.
type alone struct {
	t       *testing.T
	path    string
	facts   *registry
	records *records
	archive *summaries.Summaries
	node    *Totals
}

func newAlone(t *testing.T) *alone {
	a := &alone{t: t, path: filepath.Join(t.TempDir(), "summaries.db"), facts: newRegistry("otv"), records: &records{}}
	a.facts.campaigns[0].Policy = "standard"
	a.open()
	t.Cleanup(a.close)
	return a
}

func (a *alone) open() {
	a.t.Helper()
	var err error
	if a.archive, err = summaries.Open(a.path, nil); err != nil {
		a.t.Fatal(err)
	}
	a.node, err = Open(Options{Region: "otv", Federation: federation, Key: keyOf("otv"), Records: a.records, Registry: a.facts, Claims: a.facts, Revisions: a.facts, Archive: a.archive, Releases: a.archive,
		Alive: func() []survey.Region { return nil }, Call: refused})
	if err != nil {
		a.t.Fatal(err)
	}
}

func (a *alone) close() {
	if err := a.node.Close(); err != nil {
		a.t.Error(err)
	}
	if err := a.archive.Close(); err != nil {
		a.t.Error(err)
	}
}

func (a *alone) restart() {
	a.close()
	a.open()
}

// unpublished calls do while the node does not publish by itself.
func (a *alone) unpublished(do func()) {
	a.t.Helper()
	if err := a.node.releaser.writing.acquire(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
	defer a.node.releaser.writing.release()
	do()
}

// answer records answers of 100 pounds from one id up to another, without a
// publication in between.
func (a *alone) answer(from, to int) {
	a.t.Helper()
	a.unpublished(func() {
		for id := from; id < to; id++ {
			a.records.answer(id, 100_00)
		}
	})
}

// publish returns what of the answers has left, and the money in it.
func (a *alone) publish() (released, pence int64) {
	a.t.Helper()
	if err := a.node.Publish(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
	s, _, err := a.node.Held("otv", cycle)
	if err != nil {
		a.t.Fatal(err)
	}
	for _, c := range s.Cells {
		if c.Metric == money {
			pence = c.Value
		}
	}
	return s.AnswersReleased, pence
}

// What left is kept company by company, batch by batch: a node that starts again
// goes on from it, whatever is corrected meanwhile.
func TestANodeGoesOnFromWhatItKept(t *testing.T) {
	a := newAlone(t)
	a.answer(0, 13)
	if n, pence := a.publish(); n != 5 || pence != 500_00 {
		t.Fatalf("%d answers, %d", n, pence)
	}
	for id := 13; id < 20; id++ {
		a.records.answer(id, 100_00)
		a.restart()
		a.publish()
	}
	if n, pence := a.publish(); n != 10 || pence != 1000_00 {
		t.Fatalf("%d answers, %d", n, pence)
	}
	a.records.answer(2, 90_00) // waits, as it would have without a restart
	a.restart()
	if n, pence := a.publish(); n != 9 || pence != 1000_00 {
		t.Fatalf("after a correction: %d answers, %d", n, pence)
	}
	a.answer(20, 24)
	if n, pence := a.publish(); n != 16 || pence != 1590_00 {
		t.Fatalf("it leaves with others: %d answers, %d", n, pence)
	}
	a.unpublished(func() {
		a.node.open = map[survey.Cycle]*openRelease{} // as after a restart
		d, err := a.node.opened(cycle)
		if err != nil {
			t.Fatal(err)
		}
		if e := d.state.Cells[0].Entries; len(d.state.Cells) == 0 || len(e) != 16 || e[2].Value != 90_00 || len(e[2].Steps) != 2 {
			t.Errorf("kept is %+v", d.state)
		}
	})
}

// fullDisk is an archive whose disk has no room for what leaves.
type fullDisk struct{ *summaries.Summaries }

var errFull = errors.New("no space left on device")

func (fullDisk) Release(survey.Cycle, []byte, []summaries.ReleasePart, bool) (summaries.Version, error) {
	return summaries.Version{}, errFull
}

// What the disk refuses to keep has not left. Once there is room again, it
// leaves as if nothing had happened.
func TestADiskThatRefusesLosesNothing(t *testing.T) {
	a := newAlone(t)
	a.answer(0, 13)
	if n, pence := a.publish(); n != 5 || pence != 500_00 {
		t.Fatalf("%d answers, %d", n, pence)
	}
	a.unpublished(func() {
		for id := 13; id < 20; id++ {
			a.records.answer(id, 100_00)
		}
		a.node.releaser.archive = fullDisk{a.archive}
	})
	for range 2 {
		if err := a.node.Publish(t.Context()); !errors.Is(err, errFull) {
			t.Fatalf("error: %v", err)
		}
	}
	a.unpublished(func() { a.node.releaser.archive = a.archive })
	if n, pence := a.publish(); n != 12 || pence != 1200_00 {
		t.Errorf("%d answers, %d", n, pence)
	}
}

// A state that was kept whole, as before there were parts, is gone on from and
// kept in parts.
func TestAStateThatWasKeptWhole(t *testing.T) {
	a := newAlone(t)
	a.answer(0, 13)
	a.publish()
	a.unpublished(func() {
		whole, err := encode(a.node.open[cycle].left())
		if err != nil {
			t.Fatal(err)
		}
		a.records.answer(13, 100_00)
		a.node.open[cycle].whole = true
		if _, err := a.archive.Release(cycle, whole, nil, true); err != nil {
			t.Fatal(err)
		}
	})
	a.restart()
	a.answer(14, 20)
	if n, pence := a.publish(); n != 12 || pence != 1200_00 {
		t.Fatalf("%d answers, %d", n, pence)
	}
	kept, err := a.archive.Released(cycle)
	if err != nil || len(kept.Parts) != 12 {
		t.Errorf("%d parts, %v", len(kept.Parts), err)
	}
}

// The claims' root goes on from where the list changed, and is that of the whole
// list.
func TestClaimsRootFollowsChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c claims
		counted := map[survey.Identifier]bool{}
		for i := range rapid.SampledFrom([]int{0, 3, 500, 3000}).Draw(t, "first") {
			counted[survey.Identifier(fmt.Sprintf("AHSN:%07d", anyOrder(i)))] = true
		}
		c.replace(slices.Collect(maps.Keys(counted)))
		for range rapid.IntRange(1, 6).Draw(t, "times") {
			for range rapid.SampledFrom([]int{1, 2, 700}).Draw(t, "changes") {
				id := survey.Identifier(fmt.Sprintf("AHSN:%07d", anyOrder(rapid.IntRange(0, 4000).Draw(t, "id"))))
				if counted[id] {
					c.remove(id)
					delete(counted, id)
				} else {
					c.add(id)
					counted[id] = true
				}
			}
			var all []store.CountedItem
			for id := range counted {
				all = append(all, store.CountedItem{Organisation: id})
			}
			got, n := c.root()
			if want, of := claimsCounted(all); got != want || n != of || of != int64(len(counted)) {
				t.Fatalf("the root of %d claims is %x, want %x of %d", n, got, want, of)
			}
		}
	})
}

// Under a policy by which everything leaves at once, adoptions stand beside the
// aggregates, and follow what changes.
func TestAdoptionsFollowWhatChanges(t *testing.T) {
	definitions, err := survey.DefinitionsByID("md-1")
	if err != nil {
		t.Fatal(err)
	}
	c := counted{adoptions: map[survey.Identifier]disclosure.Answer{}, metrics: adoptionMetrics(definitions)}
	d := &openRelease{counted: c}
	d.openQueue(definitions)
	d.counted = c
	adopted := func(sites int64) store.CountedCompany {
		return store.CountedCompany{Organisation: "AHSN:1", Answer: &store.CountedItem{Organisation: "AHSN:1"},
			Adoptions: &store.CountedItem{Organisation: "AHSN:1", Values: []survey.Contribution{{Metric: "adoption_sites", Value: sites}}}}
	}
	d.update(adopted(3))
	d.update(adopted(4))
	if got := d.counted.adopted(); len(got) != 1 || got[0].Values[0].Value != 4 || got[0].Organisation != "AHSN:1"+adoptionsOf {
		t.Errorf("%+v", got)
	}
	d.update(store.CountedCompany{Organisation: "AHSN:1"})
	if got := d.counted.adopted(); len(got) != 0 || len(d.counted.claims.stretches) != 0 {
		t.Errorf("all is gone: %+v", got)
	}
}
