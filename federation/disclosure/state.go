package disclosure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Answer is one company's counted answer: Values in the metrics' units, and Keys, its places in the
// breakdowns. Record says that the region's own records counted it: it is no answer of the company.
// Turn is its place in a [Queue]: it rises in the order in which answers were counted.
type Answer struct {
	Organisation survey.Identifier
	Turn         uint64
	Record       bool
	Known        bool // another region may know the answer
	Waived       bool
	Keys         []Key
	Values       []survey.Contribution
}

// Key is one place in one breakdown.
type Key struct {
	Dimension survey.Dimension
	Key       string
}

// part returns the amount that the answer adds to the metric, false if nothing.
func (a *Answer) part(metric string) (Part, bool) {
	for _, v := range a.Values {
		if v.Metric == metric {
			return Part{Value: v.Value, Known: a.Known, Waived: a.Waived}, true
		}
	}
	return Part{}, false
}

// Formats of a State: whole, and the head of one that is kept company by company.
const (
	stateFormat = 1
	headFormat  = 2
)

// State holds the figures of one campaign that left the region so far, company by company. It is as
// confidential as the answers: it never leaves the node. The zero State is that of a campaign of
// which nothing has left.
type State struct {
	Format uint8       `cbor:"1,keyasint"`
	Cells  []CellState `cbor:"2,keyasint"` // by metric
	// Lost says that the released figures are known, but not the companies in them. Nothing more
	// leaves before the close, because the next batch could not be kept apart.
	Lost     bool  `cbor:"3,keyasint"`
	Answers  int64 `cbor:"4,keyasint"` // answers whose figures have left
	Batches  int64 `cbor:"5,keyasint"` // ticks that let something leave
	Complete bool  `cbor:"6,keyasint"` // the rest left at the close
	// Snapshots are the answers in the figures at the close and at each revision that changed any.
	// Bases name the snapshots with which a group of cells left.
	Snapshots [][]Former `cbor:"7,keyasint,omitempty"`
	Bases     []Base     `cbor:"8,keyasint,omitempty"`
}

// CellState is one headline cell as it last left, with the companies in it.
type CellState struct {
	Metric       string  `cbor:"1,keyasint"`
	Value        int64   `cbor:"2,keyasint"`
	Contributors int64   `cbor:"3,keyasint"`
	Batches      uint32  `cbor:"4,keyasint"`
	Entries      []Entry `cbor:"5,keyasint"` // by organisation
	// Final is the number of the first batch after the one in which the rest
	// left at the close: those from it on are of revisions.
	Final uint32 `cbor:"6,keyasint,omitempty"`
}

// Entry is one company that was ever in the cell: its value in it now, and the batches in which
// that changed. In is false after it left the cell.
type Entry struct {
	Organisation survey.Identifier `cbor:"1,keyasint"`
	Value        int64             `cbor:"2,keyasint"`
	In           bool              `cbor:"3,keyasint"`
	Known        bool              `cbor:"4,keyasint,omitempty"`
	Waived       bool              `cbor:"5,keyasint,omitempty"`
	Steps        []Step            `cbor:"6,keyasint"`
}

// Step is a company's change in one batch; the first one brought it in.
type Step struct {
	Batch  uint32 `cbor:"1,keyasint"`
	Change int64  `cbor:"2,keyasint"`
}

// Forgotten returns the state of a node that knows its published figures but no longer the
// companies in them: it was restored from an old copy.
func Forgotten(published []survey.Cell, answers int64) State {
	s := State{Format: stateFormat, Lost: true, Answers: answers}
	for _, c := range published {
		if c.Dimension == "" {
			s.Cells = append(s.Cells, CellState{Metric: c.Metric, Value: c.Value, Contributors: c.Contributors})
		}
	}
	slices.SortFunc(s.Cells, func(a, b CellState) int { return cmp.Compare(a.Metric, b.Metric) })
	return s
}

// Explains reports whether every published headline cell has the value and contributors of the
// state.
func (s State) Explains(published []survey.Cell) bool {
	for _, c := range published {
		if c.Dimension != "" {
			continue
		}
		value, contributors := int64(0), int64(0)
		if at, found := s.find(c.Metric); found {
			value, contributors = s.Cells[at].Value, s.Cells[at].Contributors
		}
		if c.Value != value || c.Contributors != contributors {
			return false
		}
	}
	return true
}

// Check returns an error wrapping survey.ErrInvalid for a state of another
// format.
func (s State) Check() error {
	if s.Format > headFormat {
		return fmt.Errorf("%w: release state of format %d", survey.ErrInvalid, s.Format)
	}
	return nil
}

func (s *State) find(metric string) (at int, found bool) {
	return slices.BinarySearchFunc(s.Cells, metric,
		func(c CellState, metric string) int { return strings.Compare(c.Metric, metric) })
}

// clone copies all that a release changes.
func (s State) clone() State {
	s.Cells = slices.Clone(s.Cells)
	for i := range s.Cells {
		s.Cells[i].Entries = slices.Clone(s.Cells[i].Entries)
	}
	return s
}

// entry returns the company's entry, nil if it was never in the cell.
func (c *CellState) entry(id survey.Identifier) *Entry {
	at, found := c.search(id)
	if !found {
		return nil
	}
	return &c.Entries[at]
}

func (c *CellState) search(id survey.Identifier) (int, bool) {
	return slices.BinarySearchFunc(c.Entries, id, func(e Entry, id survey.Identifier) int {
		return cmp.Compare(e.Organisation, id)
	})
}

// put sets the company's part, as a step of the batch.
func (c *CellState) put(id survey.Identifier, p Part, in bool, batch uint32) {
	at, found := c.search(id)
	if !found {
		c.Entries = slices.Insert(c.Entries, at, Entry{Organisation: id})
	}
	c.move(&c.Entries[at], found, p, in, batch)
}

// move sets the entry, a known or a new one, to the company's part, as a step of the batch.
func (c *CellState) move(e *Entry, found bool, p Part, in bool, batch uint32) {
	change := p.Value - e.Value
	switch {
	case in && !e.In:
		c.Contributors++
	case !in && e.In:
		c.Contributors--
	}

	c.Value += change
	e.Value, e.In = p.Value, in
	e.Known, e.Waived = e.Known || p.Known, p.Waived

	if change != 0 || !found {
		e.Steps = append(slices.Clip(e.Steps), Step{Batch: batch, Change: change})
	}
}

// untouched reports whether the company is in this batch and never changed again. Only then it
// protects others there, however the releases are combined.
func (e *Entry) untouched(batch uint32) bool { return len(e.Steps) == 1 && e.Steps[0].Batch == batch }

// protects reports whether the company protects others in the batch.
func (e *Entry) protects(batch uint32) bool { return e.untouched(batch) && !e.Known && !e.Waived }

// batchWithout returns the contributors that still protect one another in an
// earlier batch, without the companies of again: they are known elsewhere or
// about to change again.
func (c *CellState) batchWithout(batch uint32, again map[survey.Identifier]bool) (out contributors) {
	for i := range c.Entries {
		e := &c.Entries[i]
		for _, s := range e.Steps {
			if s.Batch == batch {
				known := e.Known || !e.untouched(batch) || again[e.Organisation]
				out.addAnswer(Part{Value: s.Change, Known: known, Waived: e.Waived}, s.Change != 0)
			}
		}
	}
	return out
}
