package totals

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// records are one region's aggregates.
type records struct {
	watched
	cells   []survey.Cell
	answers int64
	counted []store.CountedItem
	before  []store.CountedItem // of the cycle before
	given   map[survey.Identifier]bool
	taken   []TakenOver
	cursor  atomic.Uint64
	at      store.Mark                   // how often the lists were replaced, and how often a company changed
	changed map[survey.Identifier]uint64 // when each did last
}

// touched notes that a company's answer changed. The caller is in change.
func (r *records) touched(id survey.Identifier) uint64 {
	if r.changed == nil {
		r.changed = map[survey.Identifier]uint64{}
	}
	r.at.Transaction++
	r.changed[id] = r.at.Transaction
	return r.at.Transaction
}

// CountedSince tells of changes as store.Store does, and of everything to who
// knows nothing yet.
func (r *records) CountedSince(c survey.Cycle, mark store.Mark) (store.CountedChanges, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := store.Mark{File: r.at.File + 1, Transaction: r.at.Transaction}
	out := store.CountedChanges{Mark: now, Whole: mark.File != now.File}
	counted := r.counted
	if c == cycle.Previous() {
		counted = r.before
	}
	for id, at := range r.changed {
		if at > mark.Transaction && !out.Whole {
			out.Companies = append(out.Companies, store.CountedCompany{Organisation: id})
		}
	}
	if out.Whole {
		for i := range counted {
			out.Companies = append(out.Companies, store.CountedCompany{Organisation: counted[i].Organisation, Answer: &counted[i]})
		}
		return out, nil
	}
	for i := range out.Companies {
		of := &out.Companies[i]
		if at := slices.IndexFunc(counted, func(a store.CountedItem) bool { return a.Organisation == of.Organisation }); at >= 0 {
			of.Answer = &counted[at]
		}
	}
	return out, nil
}

func (r *records) Cells(survey.Cycle) ([]survey.Cell, int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.cells), r.answers, nil
}

func (r *records) Measures(survey.Cycle) ([]survey.Cell, error) { return nil, nil }

func (r *records) Counted(c survey.Cycle) ([]store.CountedItem, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c == cycle.Previous() {
		return slices.Clone(r.before), nil
	}
	return slices.Clone(r.counted), nil
}

func (r *records) GivenOn(survey.Cycle) (map[survey.Identifier]bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.given), nil
}

func (r *records) takenOver(survey.Cycle) ([]TakenOver, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.taken), nil
}

func (r *records) Cursor() uint64 { return r.cursor.Load() }

func (r *records) record(pence int64) {
	r.change(func() {
		if len(r.cells) == 0 {
			r.cells = []survey.Cell{
				{Metric: "investment_leveraged"},
				{Metric: "investment_leveraged", Dimension: survey.BySector, Key: "medtech"},
			}
		}
		r.answers++
		for i := range r.cells {
			r.cells[i].Value += pence
			r.cells[i].Contributors++
		}
	})
}

// answer counts one company's answer, again if it was counted before.
func (r *records) answer(company int, pence int64) {
	r.change(func() {
		id := survey.Identifier(fmt.Sprintf("AHSN:%06d", company))
		keep := r.counted[:0:0]
		for _, c := range r.counted {
			if c.Organisation != id {
				keep = append(keep, c)
			}
		}
		sector := []string{"medtech", "digital"}[company%2]
		r.counted = append(keep, store.CountedItem{Organisation: id, Sequence: r.touched(id), Sector: sector, Size: "micro", Stage: "unknown",
			Support: []string{"unknown"}, Values: []survey.Contribution{{Metric: money, Value: pence}}})
		r.cells = []survey.Cell{{Metric: money}}
		r.answers = int64(len(r.counted))
		for _, c := range r.counted {
			r.cells[0].Value += c.Values[0].Value
			r.cells[0].Contributors++
		}
	})
}
