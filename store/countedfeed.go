package store

import (
	"slices"
	"sync"

	"github.com/ahsn-network/tracker/store/survey"
)

// maxNoted bounds how many changes of what counts are remembered. Who is
// further behind reads everything again.
const maxNoted = 10_000

// Mark is a moment in the history of what counts: a transaction of the file,
// and how often the file has been exchanged since it was opened. The zero Mark
// is before everything.
type Mark struct {
	File        uint64
	Transaction uint64
}

// countedFeed remembers of which organisations transactions changed what
// counts. It is noted before the commit, so a reader that sees a transaction's
// values finds the note of it; a transaction that then fails leaves a note too
// many, which costs reading what did not change.
type countedFeed struct {
	mu    sync.Mutex
	file  uint64
	from  uint64 // of transactions up to this one notes are missing
	notes []countedNote
}

// countedNote says that a transaction changed what counts of one organisation in
// one cycle; without either, of the region's own work.
type countedNote struct {
	transaction uint64
	of          activityKey
}

func newCountedFeed() *countedFeed { return &countedFeed{file: 1} }

// note remembers what the transaction is about to change.
func (f *countedFeed) note(t *txn) {
	transaction := t.ID()
	f.mu.Lock()
	defer f.mu.Unlock()
	for of := range t.recounted {
		f.notes = append(f.notes, countedNote{transaction, of})
	}
	if t.measured {
		f.notes = append(f.notes, countedNote{transaction: transaction})
	}
	if len(f.notes) > maxNoted {
		drop := len(f.notes) - maxNoted/2
		f.from = f.notes[drop-1].transaction
		f.notes = slices.Clone(f.notes[drop:])
	}
}

// exchanged forgets everything: transactions of another file have other
// numbers.
func (f *countedFeed) exchanged() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.file++
	f.from, f.notes = 0, nil
}

// since returns the organisations whose counted values changed in the cycle
// between the mark and the transaction now, in order, and whether the region's
// own work did. It is false if not all of them are known.
func (f *countedFeed) since(cycle survey.Cycle, mark Mark, now uint64) (ids []survey.Identifier, measured bool, at Mark, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at = Mark{File: f.file, Transaction: now}
	if mark.File != f.file || mark.Transaction < f.from {
		return nil, true, at, false
	}
	for _, n := range f.notes {
		switch {
		case n.transaction <= mark.Transaction || n.transaction > now:
		case n.of == activityKey{}:
			measured = true
		case n.of.cycle == cycle:
			ids = append(ids, n.of.id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), measured, at, true
}
