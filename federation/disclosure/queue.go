package disclosure

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Queue is the State of an open campaign with the companies' answers of today. It
// knows the companies that are new to a cell, those that changed in it and the batch
// in which each left, so that a tick costs as much as there are changes since the last
// one and waiting companies, however many left before. It decides as [Plan] does.
// It is not safe for concurrent use.
type Queue struct {
	head      State // without its cells
	columns   []*column
	units     []*unitQueue
	companies map[survey.Identifier]*company
	counted   int64      // companies that report anything
	answers   int64      // those of them that are answers
	stale     []*company // their standing is computed again before the next tick
	unsaved   map[*company]bool
	turn      uint64 // ticks
	policy    Policy // of the tick under way
}

// column is one headline cell with the companies that changed it in each batch.
type column struct {
	metric  survey.Metric
	cell    CellState // without its entries
	kept    bool      // the state has it
	batches []batch
}

// unitQueue lists the companies that may leave with a unit: the new ones by turn,
// then organisation, and the changed ones by organisation.
type unitQueue struct {
	unit
	columns []int
	fresh   []*company
	changed []*company
}

// company is one company's answer of today and its entries, by column.
type company struct {
	answer   Answer // without keys and values
	counts   bool   // it reports something now
	reported []reported
	entries  []*Entry
	standing []standing // by unit
	turn     uint64     // its place among the new ones
	stale    bool
	seen     uint64 // the last tick that asked or counted it
}

type reported struct {
	value int64
	has   bool
}

// standing says whether a company may leave with a unit.
type standing uint8

const (
	standingSame    standing = iota // its part in the unit is the released one, or it has none
	standingNew                     // it adds to the unit and never was in it
	standingChanged                 // it was in the unit, and its part is another now
)

// part returns the amount that the company adds to a column now.
func (c *company) part(k int) (Part, bool) {
	if s := c.reported[k]; s.has {
		return Part{Value: s.value, Known: c.answer.Known, Waived: c.answer.Waived}, true
	}
	return Part{}, false
}

// OpenQueue opens the queue on a state. It has no answers until they are set.
func OpenQueue(state State, definitions survey.Definitions) *Queue {
	q := &Queue{head: state, companies: map[survey.Identifier]*company{}, unsaved: map[*company]bool{}}
	q.head.Format, q.head.Cells = stateFormat, nil
	at := map[string]int{}
	add := func(metric survey.Metric) int {
		if _, found := at[metric.ID]; !found {
			at[metric.ID] = len(q.columns)
			q.columns = append(q.columns, &column{metric: metric, cell: CellState{Metric: metric.ID}})
		}
		return at[metric.ID]
	}

	for _, u := range units(definitions) {
		queue := &unitQueue{unit: u}
		for _, m := range u {
			queue.columns = append(queue.columns, add(m))
		}
		q.units = append(q.units, queue)
	}
	// A cell that the definitions no longer have keeps its figure.
	for _, cell := range state.Cells {
		add(survey.Metric{ID: cell.Metric})
	}

	for i := range state.Cells {
		q.load(at[state.Cells[i].Metric], &state.Cells[i])
	}
	return q
}

// load adds a cell of the state.
func (q *Queue) load(k int, cell *CellState) {
	col := q.columns[k]
	col.cell, col.kept = *cell, true
	col.cell.Entries = nil
	for _, e := range cell.Entries {
		c := q.company(e.Organisation)
		c.entries[k] = &e
		for _, s := range e.Steps {
			col.addToBatch(s.Batch, c)
		}
		q.markStale(c)
	}
}

// company returns the company, a new one if it is not known.
func (q *Queue) company(id survey.Identifier) *company {
	c := q.companies[id]
	if c == nil {
		c = &company{answer: Answer{Organisation: id}, reported: make([]reported, len(q.columns)),
			entries: make([]*Entry, len(q.columns)), standing: make([]standing, len(q.units))}
		q.companies[id] = c
	}
	return c
}

// Set replaces a company's answer.
func (q *Queue) Set(a Answer) {
	c := q.company(a.Organisation)
	q.uncount(c)
	for k, col := range q.columns {
		part, has := a.part(col.cell.Metric)
		c.reported[k] = reported{part.Value, has}
	}
	a.Keys, a.Values = nil, nil
	c.answer, c.counts = a, true
	q.counted++
	if !a.Record {
		q.answers++
	}
	q.markStale(c)
}

// Remove takes a company's answer away.
func (q *Queue) Remove(id survey.Identifier) {
	c := q.companies[id]
	if c == nil || !c.counts {
		return
	}
	q.uncount(c)
	clear(c.reported)
	c.answer, c.counts = Answer{Organisation: id}, false
	q.markStale(c)
}

// Replace replaces the answers of all companies.
func (q *Queue) Replace(answers []Answer) {
	for id, c := range q.companies {
		if c.counts {
			q.Remove(id)
		}
	}
	for _, a := range answers {
		q.Set(a)
	}
}

func (q *Queue) uncount(c *company) {
	if !c.counts {
		return
	}
	q.counted--
	if !c.answer.Record {
		q.answers--
	}
}

// markStale has the company's standing computed again before the next tick.
func (q *Queue) markStale(c *company) {
	if !c.stale {
		c.stale = true
		q.stale = append(q.stale, c)
	}
}

// refresh brings the units' lists in line with the companies' answers.
func (q *Queue) refresh() {
	// Sorting everything once is cheaper than moving many companies one by one.
	if many := len(q.stale) > 64 && len(q.stale) > len(q.companies)/8; many {
		q.rebuild()
	} else {
		for _, c := range q.stale {
			for k, u := range q.units {
				u.drop(c, c.standing[k])
			}
			c.turn = c.answer.Turn
			for k, u := range q.units {
				c.standing[k] = u.standing(c)
				u.insert(c, c.standing[k])
			}
		}
	}

	for _, c := range q.stale {
		c.stale = false
		// Nothing is left of the company.
		if !c.counts && !slices.ContainsFunc(c.entries, func(e *Entry) bool { return e != nil }) {
			delete(q.companies, c.answer.Organisation)
		}
	}
	q.stale = q.stale[:0]
}

// rebuild makes the units' lists anew.
func (q *Queue) rebuild() {
	for c := range maps.Values(q.companies) {
		c.turn = c.answer.Turn
	}

	for k, u := range q.units {
		u.fresh, u.changed = nil, nil
		// The order of the map does not matter: the lists are sorted.
		for c := range maps.Values(q.companies) {
			c.standing[k] = u.standing(c)
			if list, _ := u.list(c.standing[k]); list != nil {
				*list = append(*list, c)
			}
		}
		slices.SortFunc(u.fresh, byTurn)
		slices.SortFunc(u.changed, byOrganisation)
	}
}

func byTurn(a, b *company) int { return cmp.Or(cmp.Compare(a.turn, b.turn), byOrganisation(a, b)) }

func byOrganisation(a, b *company) int {
	return cmp.Compare(a.answer.Organisation, b.answer.Organisation)
}

// standing computes the company's standing in the unit.
func (u *unitQueue) standing(c *company) standing {
	adds, known, moved := false, false, false
	for _, k := range u.columns {
		s, e := c.reported[k], c.entries[k]
		adds = adds || s.has
		known = known || e != nil
		moved = moved || e != nil && (s.value != e.Value || s.has != e.In)
	}

	switch {
	case moved:
		return standingChanged
	case adds && !known:
		return standingNew
	}
	return standingSame
}

// list returns the list of the companies with the standing, and its order; nil if
// they cannot leave.
func (u *unitQueue) list(s standing) (list *[]*company, order func(a, b *company) int) {
	switch s {
	case standingNew:
		return &u.fresh, byTurn
	case standingChanged:
		return &u.changed, byOrganisation
	}
	return nil, nil
}

func (u *unitQueue) drop(c *company, s standing) {
	list, order := u.list(s)
	if list == nil {
		return
	}
	if at, found := slices.BinarySearchFunc(*list, c, order); found {
		*list = slices.Delete(*list, at, at+1)
	}
}

func (u *unitQueue) insert(c *company, s standing) {
	list, order := u.list(s)
	if list == nil {
		return
	}
	at, _ := slices.BinarySearchFunc(*list, c, order)
	*list = slices.Insert(*list, at, c)
}

// State returns the figures that left, company by company.
func (q *Queue) State() State {
	out := q.figures()
	for k, col := range q.columns {
		at, kept := out.find(col.cell.Metric)
		if !kept {
			continue
		}

		// Most companies are in most cells.
		entries := make([]Entry, 0, len(q.companies))
		for _, c := range q.companies {
			if e := c.entries[k]; e != nil {
				entries = append(entries, *e)
			}
		}
		slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Organisation, b.Organisation) })
		out.Cells[at].Entries = slices.Clip(entries)
	}
	return out
}

// figures returns the state without its entries.
func (q *Queue) figures() State {
	out := q.head
	for _, col := range q.columns {
		if col.kept {
			out.Cells = append(out.Cells, col.cell)
		}
	}
	slices.SortFunc(out.Cells, func(a, b CellState) int { return strings.Compare(a.Metric, b.Metric) })
	return out
}

// Explains returns the same as [State.Explains] of the queue's state.
func (q *Queue) Explains(published []survey.Cell) bool { return q.figures().Explains(published) }
