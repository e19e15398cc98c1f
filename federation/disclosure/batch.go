package disclosure

import (
	"cmp"
	"slices"
)

// batch has the companies that changed in one batch of a column, and their tally
// once somebody has asked for it.
type batch struct {
	members []*company
	tally   *tally
}

// tally sums up the contributors of a batch so that any one company can be left
// out of them: it lists the largest that protect others, which shows the next one.
type tally struct {
	contributors contributors // without its three largest
	largest      []largest    // by value
	all          bool         // no company that protects others is missing in largest
}

type largest struct {
	company *company
	value   int64
}

// A tally lists maxLargest companies, and is made anew when fewer than minLargest
// are left: three beside the one that is left out.
const (
	maxLargest = 16
	minLargest = 4
)

// addToBatch notes that the company changed in the batch.
func (col *column) addToBatch(number uint32, c *company) {
	for uint32(len(col.batches)) <= number {
		col.batches = append(col.batches, batch{})
	}
	b := &col.batches[number]
	b.members, b.tally = append(b.members, c), nil
}

// updateTallies brings the tallies of the company's earlier batches up to its
// entry of now.
func (col *column) updateTallies(c *company, before Entry, now *Entry) {
	for _, s := range before.Steps {
		b := &col.batches[s.Batch]
		switch {
		case b.tally == nil:
		case before.Waived != now.Waived:
			b.tally = nil
		case now.Waived || before.Known || len(before.Steps) > 1:
			// It protected nobody, and protects nobody.
		case now.Known || len(now.Steps) > 1:
			if b.tally.exclude(c, s.Change); !b.tally.all && len(b.tally.largest) < minLargest {
				b.tally = nil
			}
		}
	}
}

// batchWithout returns the contributors that still protect one another in an
// earlier batch, without a company that is about to change again. k is the
// column's own place.
func (col *column) batchWithout(k int, number uint32, without *company) contributors {
	b := &col.batches[number]
	if b.tally == nil {
		b.tally = b.sum(k, number)
	}

	// The kept tally must not change.
	t := *b.tally
	t.largest = slices.Clone(t.largest)
	if e := without.entries[k]; e.protects(number) {
		t.exclude(without, e.Steps[0].Change)
	}

	for i, place := range []*int64{&t.contributors.largest, &t.contributors.second, &t.contributors.third} {
		if *place = 0; i < len(t.largest) {
			*place = t.largest[i].value
		}
	}
	return t.contributors
}

// sum makes the tally of the batch.
func (b *batch) sum(k int, number uint32) *tally {
	t := &tally{}
	for _, c := range b.members {
		e := c.entries[k]
		for _, s := range e.Steps {
			if s.Batch != number {
				continue
			}
			part := Part{Value: s.Change, Known: e.Known || !e.untouched(number), Waived: e.Waived}
			t.contributors.addAnswer(part, s.Change != 0)
			if e.protects(number) {
				t.list(c, s.Change)
			}
		}
	}

	t.all = t.contributors.protecting == int64(len(t.largest))
	return t
}

// list keeps the company if it is one of the largest.
func (t *tally) list(c *company, change int64) {
	value := max(change, -change)
	if len(t.largest) == maxLargest && value <= t.largest[maxLargest-1].value {
		return
	}
	at, _ := slices.BinarySearchFunc(t.largest, value,
		func(l largest, value int64) int { return cmp.Compare(value, l.value) })
	t.largest = slices.Insert(t.largest, at, largest{c, value})
	t.largest = t.largest[:min(len(t.largest), maxLargest)]
}

// exclude moves a company that protected others to those that must be protected.
func (t *tally) exclude(c *company, change int64) {
	value := max(change, -change)
	if change == 0 {
		t.contributors.no--
	} else {
		t.contributors.yes--
	}
	t.contributors.protecting--
	t.contributors.sum -= value
	t.contributors.target = max(t.contributors.target, value)
	t.largest = slices.DeleteFunc(t.largest, func(l largest) bool { return l.company == c })
}
