package disclosure

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Ledger is a State kept at hand while the campaign is open, with what the
// companies say now: it knows who is new to a cell, who changed in it and who
// left in which batch, so that a tick costs what changed since the last one and
// what waits, not what ever left. It decides as [Plan] does. It is not safe for
// concurrent use.
type Ledger struct {
	head      State // without its cells
	columns   []*column
	units     []*unitBook
	companies map[survey.Identifier]*company
	counted   int64      // companies that say anything
	answers   int64      // those of them that are answers
	stale     []*company // to be reviewed before the next tick
	moved     map[*company]bool
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

// unitBook are the companies that may leave with a unit: the new ones by turn,
// then organisation, and the changed ones by organisation.
type unitBook struct {
	unit
	columns []int
	fresh   []*company
	changed []*company
}

// company is what one company says now, and its entries, by column.
type company struct {
	answer   Answer // without keys and values
	counts   bool   // it says something now
	said     []said
	entries  []*Entry
	standing []standing // by unit
	turn     uint64     // by which it stands among the new ones
	stale    bool
	seen     uint64 // the last tick that came by
}

type said struct {
	value int64
	has   bool
}

type standing uint8

const (
	settled  standing = iota // it is in the unit as it is, or adds nothing to it
	isNew                    // it adds to the unit and never was in it
	hasMoved                 // it is in the unit with another value, or no longer, or again
)

// part returns what the company adds to a column now.
func (c *company) part(k int) (Part, bool) {
	if s := c.said[k]; s.has {
		return Part{Value: s.value, Known: c.answer.Known, Waived: c.answer.Waived}, true
	}
	return Part{}, false
}

// OpenLedger opens the ledger on a state. Nobody says anything until it is put
// in.
func OpenLedger(state State, definitions survey.Definitions) *Ledger {
	l := &Ledger{head: state, companies: map[survey.Identifier]*company{}, moved: map[*company]bool{}}
	l.head.Format, l.head.Cells = stateFormat, nil
	at := map[string]int{}
	add := func(metric survey.Metric) int {
		if _, found := at[metric.ID]; !found {
			at[metric.ID] = len(l.columns)
			l.columns = append(l.columns, &column{metric: metric, cell: CellState{Metric: metric.ID}})
		}
		return at[metric.ID]
	}
	for _, u := range units(definitions) {
		book := &unitBook{unit: u}
		for _, m := range u {
			book.columns = append(book.columns, add(m))
		}
		l.units = append(l.units, book)
	}
	for _, cell := range state.Cells {
		add(survey.Metric{ID: cell.Metric}) // one that the definitions no longer have stays as it is
	}
	for i := range state.Cells {
		l.load(at[state.Cells[i].Metric], &state.Cells[i])
	}
	return l
}

// load takes a cell of the state over.
func (l *Ledger) load(k int, cell *CellState) {
	col := l.columns[k]
	col.cell, col.kept = *cell, true
	col.cell.Entries = nil
	for _, e := range cell.Entries {
		c := l.company(e.Organisation)
		c.entries[k] = &e
		for _, s := range e.Steps {
			col.in(s.Batch, c)
		}
		l.review(c)
	}
}

// company returns the company, a new one if it is not known.
func (l *Ledger) company(id survey.Identifier) *company {
	c := l.companies[id]
	if c == nil {
		c = &company{answer: Answer{Organisation: id}, said: make([]said, len(l.columns)), entries: make([]*Entry, len(l.columns)),
			standing: make([]standing, len(l.units))}
		l.companies[id] = c
	}
	return c
}

// Put says what a company's answer is now, instead of what it was.
func (l *Ledger) Put(a Answer) {
	c := l.company(a.Organisation)
	l.uncount(c)
	for k, col := range l.columns {
		part, has := a.part(col.cell.Metric)
		c.said[k] = said{part.Value, has}
	}
	a.Keys, a.Values = nil, nil
	c.answer, c.counts = a, true
	l.counted++
	if !a.Record {
		l.answers++
	}
	l.review(c)
}

// Take says that a company has no answer any more.
func (l *Ledger) Take(id survey.Identifier) {
	c := l.companies[id]
	if c == nil || !c.counts {
		return
	}
	l.uncount(c)
	clear(c.said)
	c.answer, c.counts = Answer{Organisation: id}, false
	l.review(c)
}

// Say replaces what all companies say.
func (l *Ledger) Say(answers []Answer) {
	for id, c := range l.companies {
		if c.counts {
			l.Take(id)
		}
	}
	for _, a := range answers {
		l.Put(a)
	}
}

func (l *Ledger) uncount(c *company) {
	if !c.counts {
		return
	}
	l.counted--
	if !c.answer.Record {
		l.answers--
	}
}

// review has the company's standing looked at before the next tick.
func (l *Ledger) review(c *company) {
	if !c.stale {
		c.stale = true
		l.stale = append(l.stale, c)
	}
}

// refresh brings the lists of who may leave in line with what the companies
// say.
func (l *Ledger) refresh() {
	if many := len(l.stale) > 64 && len(l.stale) > len(l.companies)/8; many {
		l.rebuild()
	} else {
		for _, c := range l.stale {
			for k, u := range l.units {
				u.drop(c, c.standing[k])
			}
			c.turn = c.answer.Turn
			for k, u := range l.units {
				c.standing[k] = u.standing(c)
				u.insert(c, c.standing[k])
			}
		}
	}
	for _, c := range l.stale {
		c.stale = false
		if !c.counts && !slices.ContainsFunc(c.entries, func(e *Entry) bool { return e != nil }) {
			delete(l.companies, c.answer.Organisation)
		}
	}
	l.stale = l.stale[:0]
}

// rebuild makes the lists anew.
func (l *Ledger) rebuild() {
	for c := range maps.Values(l.companies) {
		c.turn = c.answer.Turn
	}
	for k, u := range l.units {
		u.fresh, u.changed = nil, nil
		for c := range maps.Values(l.companies) {
			c.standing[k] = u.standing(c)
			switch c.standing[k] {
			case isNew:
				u.fresh = append(u.fresh, c)
			case hasMoved:
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
func (u *unitBook) standing(c *company) standing {
	adds, known, moved := false, false, false
	for _, k := range u.columns {
		s, e := c.said[k], c.entries[k]
		adds = adds || s.has
		known = known || e != nil
		moved = moved || e != nil && (s.value != e.Value || s.has != e.In)
	}
	switch {
	case moved:
		return hasMoved
	case adds && !known:
		return isNew
	}
	return settled
}

func (u *unitBook) drop(c *company, s standing) {
	switch s {
	case isNew:
		u.fresh = without(u.fresh, c, byTurn)
	case hasMoved:
		u.changed = without(u.changed, c, byOrganisation)
	}
}

func (u *unitBook) insert(c *company, s standing) {
	switch s {
	case isNew:
		u.fresh = with(u.fresh, c, byTurn)
	case hasMoved:
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
func (l *Ledger) State() State {
	out := l.figures()
	for k, col := range l.columns {
		at, kept := out.find(col.cell.Metric)
		if !kept {
			continue
		}
		entries := make([]Entry, 0, len(l.companies))
		for _, c := range l.companies {
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
func (l *Ledger) figures() State {
	out := l.head
	for _, col := range l.columns {
		if col.kept {
			out.Cells = append(out.Cells, col.cell)
		}
	}
	slices.SortFunc(out.Cells, func(a, b CellState) int { return strings.Compare(a.Metric, b.Metric) })
	return out
}

// Explains is that of the state.
func (l *Ledger) Explains(published []survey.Cell) bool { return l.figures().Explains(published) }
