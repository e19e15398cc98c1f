package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/ahsn-network/tracker/store/survey"
)

// CountedCompany is all that counts of one organisation in one cycle: its
// answer, what the region recorded of it, and what was adopted of it, each nil
// for nothing.
type CountedCompany struct {
	Organisation survey.Identifier
	Answer       *CountedAnswer
	Activity     *CountedAnswer
	Adoptions    *CountedAnswer
	Waived       bool
}

// CountedChanges are what counts of some organisations now, in their order.
// Whole says that they are all of the cycle, and not those that changed since
// the mark. Measured says that the region's own work ([Store.Measures]) may
// have changed. Mark is what to ask with next.
type CountedChanges struct {
	Mark      Mark
	Whole     bool
	Companies []CountedCompany
	Measured  bool
}

// CountedSince returns of which organisations that which counts in the cycle
// changed since the mark, as it is now, all from one moment. For the zero Mark,
// after a restart, after the file was compacted, or when too much has changed
// since to be remembered, it returns all of them.
func (s *Store) CountedSince(cycle survey.Cycle, mark Mark) (CountedChanges, error) {
	var out CountedChanges
	err := s.view(func(t *txn) error {
		ids, measured, at, known := s.counted.since(cycle, mark, t.ID())
		out = CountedChanges{Mark: at, Whole: !known, Measured: measured}
		if !known {
			var err error
			out.Companies, err = t.countedCompanies(cycle)
			return err
		}
		for _, id := range ids {
			c, err := t.countedCompany(cycle, id)
			if err != nil {
				return err
			}
			out.Companies = append(out.Companies, c)
		}
		return nil
	})
	if err != nil {
		return CountedChanges{}, fmt.Errorf("read what changed of the counted answers of %s: %w", cycle, err)
	}
	return out, nil
}

// countedCompany reads one organisation.
func (t *txn) countedCompany(cycle survey.Cycle, id survey.Identifier) (CountedCompany, error) {
	c := CountedCompany{Organisation: id}
	r, err := t.response(cycle, id)
	if err != nil {
		return c, err
	}
	if r != nil {
		c.Answer = r.Counted.answer(id)
	}
	a, _, err := t.activities().read(activityKey{cycle, id})
	if err != nil {
		return c, err
	}
	c.Activity = a.Counted.answer(id)
	sums := aggregate{}
	err = t.eachPlace(id, survey.RecordAdoptions, func(kind survey.RecordKind, record string, place placeRecord) (bool, error) {
		if place.Deleted || place.Cycle != cycle {
			return true, nil
		}
		k, err := t.kept(kind, record)
		if err == nil && k == nil {
			err = t.Damaged(fmt.Sprintf("places %s %s: there is no such record", kind, record))
		}
		if err != nil {
			return false, err
		}
		return true, sums.addAdoption(k.record(kind, record))
	})
	if err != nil {
		return c, err
	}
	c.Adoptions = sums.adoptions(id, a)
	c.Waived = t.Has(waiversBucket, recordKey(cycle, id))
	return c, nil
}

// countedCompanies reads all that counts in the cycle, by organisation.
func (t *txn) countedCompanies(cycle survey.Cycle) ([]CountedCompany, error) {
	all := map[survey.Identifier]*CountedCompany{}
	of := func(id survey.Identifier) *CountedCompany {
		if all[id] == nil {
			all[id] = &CountedCompany{Organisation: id}
		}
		return all[id]
	}
	answers, err := t.responses().counted(cycle)
	if err != nil {
		return nil, err
	}
	for i := range answers {
		of(answers[i].Organisation).Answer = &answers[i]
	}
	activities, err := t.activities().counted(cycle)
	if err != nil {
		return nil, err
	}
	for i := range activities {
		of(activities[i].Organisation).Activity = &activities[i]
	}
	adoptions, err := t.countedAdoptions(cycle)
	if err != nil {
		return nil, err
	}
	for i := range adoptions {
		of(adoptions[i].Organisation).Adoptions = &adoptions[i]
	}
	waivers, err := t.waivers(cycle)
	if err != nil {
		return nil, err
	}
	for _, w := range waivers {
		of(w.Organisation).Waived = true
	}
	out := make([]CountedCompany, 0, len(all))
	for _, id := range slices.Sorted(maps.Keys(all)) {
		out = append(out, *all[id])
	}
	return out, nil
}

// answer shows what is counted, nil for nothing.
func (c *countedRecord) answer(id survey.Identifier) *CountedAnswer {
	if c == nil {
		return nil
	}
	return &CountedAnswer{Organisation: id, Sequence: c.Sequence, Sector: c.Sector, Size: c.Size, Stage: c.Stage, Support: c.Support, Values: c.Values}
}

// inOrderOfCounting sorts by the sequence.
func inOrderOfCounting(list []CountedAnswer) {
	slices.SortFunc(list, func(a, b CountedAnswer) int { return cmp.Compare(a.Sequence, b.Sequence) })
}

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
