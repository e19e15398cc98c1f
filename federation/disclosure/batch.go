package disclosure

import (
	"cmp"
	"slices"
)

// batch is who changed in one batch of a column, with their sums once somebody
// has asked for them.
type batch struct {
	members []*company
	tally   *tally
}

// tally is the crowd of a batch, from which one company can be left out: the
// largest of those who hide others are listed, so that the next one is known.
type tally struct {
	contributors contributors // its three largest are not kept up
	yes, no      int64
	largest      []largest // by value
	all          bool      // no other one hides
}

type largest struct {
	company *company
	value   int64
}

// manyLargest is how many of the largest are listed, fewLargest with how many
// they are listed anew: three beside the one that is left out.
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

// updateTallies keeps the sums of the batches in which the company was before up to
// what it is now.
func (col *column) updateTallies(c *company, before Entry, now *Entry) {
	for _, s := range before.Steps {
		b := &col.batches[s.Batch]
		switch {
		case b.tally == nil:
		case before.Waived != now.Waived:
			b.tally = nil
		case now.Waived || before.Known || len(before.Steps) > 1:
			// it hid nobody, and hides nobody
		case now.Known || len(now.Steps) > 1:
			if b.tally.exclude(c, s.Change); !b.tally.all && len(b.tally.largest) < minLargest {
				b.tally = nil
			}
		}
	}
}

// batchWithout is who still hides whom in an earlier batch, without one who is about
// to be touched again. k is the column's own place.
func (col *column) batchWithout(k int, number uint32, without *company) (out contributors, yes, no int64) {
	b := &col.batches[number]
	if b.tally == nil {
		b.tally = b.sum(k, number)
	}
	t := *b.tally
	t.largest = slices.Clone(t.largest)
	if e := without.entries[k]; e.untouched(number) && !e.Known && !e.Waived {
		t.exclude(without, e.Steps[0].Change)
	}
	for i, place := range []*int64{&t.contributors.largest, &t.contributors.second, &t.contributors.third} {
		if *place = 0; i < len(t.largest) {
			*place = t.largest[i].value
		}
	}
	return t.contributors, t.yes, t.no
}

// sum adds up the batch.
func (b *batch) sum(k int, number uint32) *tally {
	t := &tally{}
	for _, c := range b.members {
		e := c.entries[k]
		for _, s := range e.Steps {
			if s.Batch != number {
				continue
			}
			t.contributors.add(Part{Value: s.Change, Known: e.Known || !e.untouched(number), Waived: e.Waived})
			if e.untouched(number) && !e.Known && !e.Waived {
				t.include(c, s.Change)
			}
		}
	}
	t.all = t.contributors.protecting == int64(len(t.largest))
	return t
}

// include notes one that hides others.
func (t *tally) include(c *company, change int64) {
	if change == 0 {
		t.no++
	} else {
		t.yes++
	}
	value := max(change, -change)
	if len(t.largest) == maxLargest && value <= t.largest[maxLargest-1].value {
		return
	}
	at, _ := slices.BinarySearchFunc(t.largest, value, func(l largest, value int64) int { return cmp.Compare(value, l.value) })
	t.largest = slices.Insert(t.largest, at, largest{c, value})
	t.largest = t.largest[:min(len(t.largest), maxLargest)]
}

// exclude makes one that hid others one that has to be hidden.
func (t *tally) exclude(c *company, change int64) {
	value := max(change, -change)
	if change == 0 {
		t.no--
	} else {
		t.yes--
	}
	t.contributors.protecting--
	t.contributors.sum -= value
	t.contributors.target = max(t.contributors.target, value)
	t.largest = slices.DeleteFunc(t.largest, func(l largest) bool { return l.company == c })
}
