package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

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
