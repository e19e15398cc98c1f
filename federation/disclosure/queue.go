package disclosure

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Queue is a State kept at hand while the campaign is open, with what the
// companies say now: it knows who is new to a cell, who changed in it and who
// left in which batch, so that a tick costs what changed since the last one and
// what waits, not what ever left. It decides as [Plan] does. It is not safe for
// concurrent use.
type Queue struct {
	head      State // without its cells
	columns   []*column
	units     []*unitQueue
	companies map[survey.Identifier]*company
	counted   int64      // companies that say anything
	answers   int64      // those of them that are answers
	stale     []*company // to be reviewed before the next tick
	unsaved   map[*company]bool
	turn      uint64 // ticks
	policy    Policy // of the tick under way
}

// column is one headline cell and who changed it in each batch.
type column struct {
	metric  survey.Metric
	cell    CellState // without its entries
	kept    bool      // the state has it
	batches []batch
}

// unitQueue are the companies that may leave with a unit: the new ones by turn,
// then organisation, and the changed ones by organisation.
type unitQueue struct {
	unit
	columns []int
	fresh   []*company
	changed []*company
}

// company is what one company says now, and its entries, by column.
type company struct {
	answer   Answer // without keys and values
	counts   bool   // it says something now
	reported []reported
	entries  []*Entry
	standing []standing // by unit
	turn     uint64     // by which it stands among the new ones
	stale    bool
	seen     uint64 // the last tick that came by
}

type reported struct {
	value int64
	has   bool
}

type standing uint8

const (
	standingSame    standing = iota // it is in the unit as it is, or adds nothing to it
	standingNew                     // it adds to the unit and never was in it
	standingChanged                 // it is in the unit with another value, or no longer, or again
)

// part returns what the company adds to a column now.
func (c *company) part(k int) (Part, bool) {
	if s := c.reported[k]; s.has {
		return Part{Value: s.value, Known: c.answer.Known, Waived: c.answer.Waived}, true
	}
	return Part{}, false
}

// OpenQueue opens the ledger on a state. Nobody says anything until it is put
// in.
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
		book := &unitQueue{unit: u}
		for _, m := range u {
			book.columns = append(book.columns, add(m))
		}
		q.units = append(q.units, book)
	}
	for _, cell := range state.Cells {
		add(survey.Metric{ID: cell.Metric}) // one that the definitions no longer have stays as it is
	}
	for i := range state.Cells {
		q.load(at[state.Cells[i].Metric], &state.Cells[i])
	}
	return q
}

// load takes a cell of the state over.
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
		c = &company{answer: Answer{Organisation: id}, reported: make([]reported, len(q.columns)), entries: make([]*Entry, len(q.columns)),
			standing: make([]standing, len(q.units))}
		q.companies[id] = c
	}
	return c
}

// Set says what a company's answer is now, instead of what it was.
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

// Remove says that a company has no answer any more.
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

// Replace replaces what all companies say.
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

// markStale has the company's standing looked at before the next tick.
func (q *Queue) markStale(c *company) {
	if !c.stale {
		c.stale = true
		q.stale = append(q.stale, c)
	}
}

// refresh brings the lists of who may leave in line with what the companies
// say.
func (q *Queue) refresh() {
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
		if !c.counts && !slices.ContainsFunc(c.entries, func(e *Entry) bool { return e != nil }) {
			delete(q.companies, c.answer.Organisation)
		}
	}
	q.stale = q.stale[:0]
}

// rebuild makes the lists anew.
func (q *Queue) rebuild() {
	for c := range maps.Values(q.companies) {
		c.turn = c.answer.Turn
	}
	for k, u := range q.units {
		u.fresh, u.changed = nil, nil
		for c := range maps.Values(q.companies) {
			c.standing[k] = u.standing(c)
			switch c.standing[k] {
			case standingNew:
				u.fresh = append(u.fresh, c)
			case standingChanged:
				u.changed = append(u.changed, c)
			}
		}
		slices.SortFunc(u.fresh, byTurn)
		slices.SortFunc(u.changed, byOrganisation)
	}
}

func byTurn(a, b *company) int { return cmp.Or(cmp.Compare(a.turn, b.turn), byOrganisation(a, b)) }

func byOrganisation(a, b *company) int {
	return strings.Compare(string(a.answer.Organisation), string(b.answer.Organisation))
}

// standing says whether the company may leave with the unit.
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

func (u *unitQueue) drop(c *company, s standing) {
	switch s {
	case standingNew:
		u.fresh = without(u.fresh, c, byTurn)
	case standingChanged:
		u.changed = without(u.changed, c, byOrganisation)
	}
}

func (u *unitQueue) insert(c *company, s standing) {
	switch s {
	case standingNew:
		u.fresh = with(u.fresh, c, byTurn)
	case standingChanged:
		u.changed = with(u.changed, c, byOrganisation)
	}
}

func with(list []*company, c *company, order func(a, b *company) int) []*company {
	at, _ := slices.BinarySearchFunc(list, c, order)
	return slices.Insert(list, at, c)
}

func without(list []*company, c *company, order func(a, b *company) int) []*company {
	at, found := slices.BinarySearchFunc(list, c, order)
	if !found {
		return list
	}
	return slices.Delete(list, at, at+1)
}

// State returns the state as it is now: what left, company by company.
func (q *Queue) State() State {
	out := q.figures()
	for k, col := range q.columns {
		at, kept := out.find(col.cell.Metric)
		if !kept {
			continue
		}
		entries := make([]Entry, 0, len(q.companies))
		for _, c := range q.companies {
			if e := c.entries[k]; e != nil {
				entries = append(entries, *e)
			}
		}
		slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(string(a.Organisation), string(b.Organisation)) })
		out.Cells[at].Entries = slices.Clip(entries)
	}
	return out
}

// figures is the state without its entries.
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

// Explains is that of the state.
func (q *Queue) Explains(published []survey.Cell) bool { return q.figures().Explains(published) }
