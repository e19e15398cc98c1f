package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/ahsn-network/tracker/store/survey"
)

// CountedCompany is everything that counts of one organisation in one cycle: its answers, the
// region's records of it, and the adoptions of its products, each nil if nothing counts.
type CountedCompany struct {
	Organisation survey.Identifier
	Answer       *CountedItem
	Activity     *CountedItem
	Adoptions    *CountedItem
	Waived       bool
}

// CountedChanges lists organisations, in order, with their counted values of now. Whole says that
// the list is the whole cycle, not only the changes since the mark. Measured says that the region's
// own work ([Store.Measures]) may have changed. Give Mark to the next call.
type CountedChanges struct {
	Mark      Mark
	Whole     bool
	Companies []CountedCompany
	Measured  bool
}

// CountedSince returns the organisations whose counted values in the cycle changed since the mark,
// with their present values, all from one transaction. It returns the whole cycle for the zero
// Mark, after a restart, after the file was compacted, and after more changes than it remembers.
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
		c.Answer = r.Counted.item(id)
	}

	// The breakdowns of the adoptions are those of the activity, even if it counts nothing.
	a, _, err := t.activities().read(activityKey{cycle, id})
	if err != nil {
		return c, err
	}
	c.Activity = a.Counted.item(id)

	sums := aggregate{}
	adoption := func(kind survey.RecordKind, record string, place placeRecord) (bool, error) {
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
	}
	if err := t.eachPlace(id, survey.RecordAdoptions, adoption); err != nil {
		return c, err
	}
	c.Adoptions = sums.adoptions(id, a)
	c.Waived = t.Has(waiversBucket, recordKey(cycle, id))
	return c, nil
}

// countedCompanies reads everything that counts in the cycle, in order of organisation.
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

	// A fixed order, as since returns it.
	out := make([]CountedCompany, 0, len(all))
	for _, id := range slices.Sorted(maps.Keys(all)) {
		out = append(out, *all[id])
	}
	return out, nil
}

// item returns the exported form, nil for nil.
func (c *countedRecord) item(id survey.Identifier) *CountedItem {
	if c == nil {
		return nil
	}
	return &CountedItem{Organisation: id, Sequence: c.Sequence, Sector: c.Sector, Size: c.Size, Stage: c.Stage,
		Support: c.Support, Values: c.Values}
}

// sortBySequence sorts by the sequence.
func sortBySequence(list []CountedItem) {
	slices.SortFunc(list, func(a, b CountedItem) int { return cmp.Compare(a.Sequence, b.Sequence) })
}

// maxNoted bounds how many changes of counted values are remembered. A caller whose mark is older
// reads the whole cycle.
const maxNoted = 10_000

// Mark is a moment in the history of the counted values: a transaction of the file, and how often
// the file has been exchanged since it was opened. The zero Mark is before everything.
type Mark struct {
	File        uint64
	Transaction uint64
}

// countedFeed remembers which transactions changed the counted values of which organisations. Notes
// are made before the commit, so that a reader of a transaction's values always finds its note. A
// transaction that then fails leaves a needless note, and its organisation is read once more.
type countedFeed struct {
	mu    sync.Mutex
	file  uint64
	from  uint64 // of transactions up to this one notes are missing
	notes []countedNote
}

// countedNote says that a transaction changed the counted values of one organisation in one cycle.
// A zero activityKey stands for the region's own work.
type countedNote struct {
	transaction uint64
	of          activityKey
}

func newCountedFeed() *countedFeed { return &countedFeed{file: 1} }

// note remembers the transaction's changes.
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

	// Half of them go at once, so that the list is not copied at every transaction.
	if len(f.notes) > maxNoted {
		drop := len(f.notes) - maxNoted/2
		f.from = f.notes[drop-1].transaction
		f.notes = slices.Clone(f.notes[drop:])
	}
}

// exchanged forgets everything: the transactions of another file have other numbers.
func (f *countedFeed) exchanged() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.file++
	f.from, f.notes = 0, nil
}

// since returns the organisations whose counted values in the cycle changed between the mark and
// the transaction now, in order, and whether the region's own work did. known is false if it does
// not remember all of them.
func (f *countedFeed) since(cycle survey.Cycle, mark Mark, now uint64) (
	ids []survey.Identifier, measured bool, at Mark, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()

	at = Mark{File: f.file, Transaction: now}
	if mark.File != f.file || mark.Transaction < f.from {
		return nil, true, at, false
	}

	// Notes of transactions after now belong to the next call: their values are not visible yet.
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
