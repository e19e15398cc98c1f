package disclosure

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// Holding is one company's part of a State: its entry in every cell, and its answer in every
// snapshot. A state is kept as its head and one holding for each company, so that only the
// companies of a batch are written.
type Holding struct {
	Organisation survey.Identifier `cbor:"1,keyasint"`
	Entries      []HeldEntry       `cbor:"2,keyasint,omitempty"` // by metric
	Formers      []HeldFormer      `cbor:"3,keyasint,omitempty"` // by snapshot
}

// HeldEntry is an Entry of the named cell.
type HeldEntry struct {
	_      struct{} `cbor:",toarray"`
	Metric string
	Value  int64
	In     bool
	Known  bool
	Waived bool
	Steps  []Step
}

// HeldFormer is a Former of the numbered snapshot.
type HeldFormer struct {
	_        struct{} `cbor:",toarray"`
	Snapshot int
	Known    bool
	Waived   bool
	Keys     []Key
	Values   []survey.Contribution
}

func hold(metric string, e *Entry) HeldEntry {
	return HeldEntry{Metric: metric, Value: e.Value, In: e.In, Known: e.Known, Waived: e.Waived, Steps: e.Steps}
}

// Split returns the state as its head, without any company, and the companies'
// holdings in order of organisation.
func (s State) Split() (head State, holdings []Holding) {
	head = s
	head.Format = headFormat
	head.Cells, head.Snapshots = slices.Clone(s.Cells), make([][]Former, len(s.Snapshots))

	at := map[survey.Identifier]int{}
	of := func(id survey.Identifier) *Holding {
		i, known := at[id]
		if !known {
			i = len(holdings)
			at[id] = i
			holdings = append(holdings, Holding{Organisation: id})
		}
		return &holdings[i]
	}

	for i := range s.Cells {
		head.Cells[i].Entries = nil
		for k := range s.Cells[i].Entries {
			e := &s.Cells[i].Entries[k]
			h := of(e.Organisation)
			h.Entries = append(h.Entries, hold(s.Cells[i].Metric, e))
		}
	}

	for number, snapshot := range s.Snapshots {
		for _, f := range snapshot {
			h := of(f.Organisation)
			h.Formers = append(h.Formers, HeldFormer{Snapshot: number, Known: f.Known, Waived: f.Waived,
				Keys: f.Keys, Values: f.Values})
		}
	}

	slices.SortFunc(holdings, func(a, b Holding) int { return cmp.Compare(a.Organisation, b.Organisation) })
	return head, holdings
}

// InParts reports whether the state is only the head of one: its holdings are
// kept apart.
func (s State) InParts() bool { return s.Format == headFormat }

// Join makes a state from its head and its holdings, in order of organisation. It returns an error
// wrapping survey.ErrInvalid if a holding names a cell or a snapshot that the head does not have,
// or if the head is of another format.
func Join(head State, holdings []Holding) (State, error) {
	if head.Format != headFormat {
		return State{}, fmt.Errorf("%w: release state of format %d in parts", survey.ErrInvalid, head.Format)
	}

	out := head
	out.Format = stateFormat
	out.Cells = slices.Clone(head.Cells)
	if out.Snapshots = nil; len(head.Snapshots) > 0 {
		out.Snapshots = make([][]Former, len(head.Snapshots))
	}

	for _, h := range holdings {
		// Holdings in order of organisation keep every cell's entries in order.
		for _, e := range h.Entries {
			at, found := out.find(e.Metric)
			if !found {
				return State{}, fmt.Errorf("%w: release state: %s has an entry in %.40q, which never left",
					survey.ErrInvalid, h.Organisation, e.Metric)
			}
			out.Cells[at].Entries = append(out.Cells[at].Entries,
				Entry{Organisation: h.Organisation, Value: e.Value, In: e.In, Known: e.Known, Waived: e.Waived,
					Steps: e.Steps})
		}

		for _, f := range h.Formers {
			if f.Snapshot < 0 || f.Snapshot >= len(out.Snapshots) {
				return State{}, fmt.Errorf("%w: release state: %s has an answer in snapshot %d of %d",
					survey.ErrInvalid, h.Organisation, f.Snapshot, len(out.Snapshots))
			}
			out.Snapshots[f.Snapshot] = append(out.Snapshots[f.Snapshot],
				Former{Organisation: h.Organisation, Known: f.Known, Waived: f.Waived, Keys: f.Keys, Values: f.Values})
		}
	}
	return out, nil
}

// Unsaved returns the head of the state and the holdings of the companies of which something left
// since the queue was opened or last Saved, in order of organisation; none if nothing did. The
// holdings have no formers. If the state has snapshots they are not complete: keep the whole
// [Queue.State].
func (q *Queue) Unsaved() (head State, holdings []Holding) {
	head = q.figures()
	head.Format = headFormat

	for c := range q.unsaved {
		h := Holding{Organisation: c.answer.Organisation}
		for k, e := range c.entries {
			if e != nil {
				h.Entries = append(h.Entries, hold(q.columns[k].cell.Metric, e))
			}
		}
		slices.SortFunc(h.Entries, func(a, b HeldEntry) int { return cmp.Compare(a.Metric, b.Metric) })
		holdings = append(holdings, h)
	}

	slices.SortFunc(holdings, func(a, b Holding) int { return cmp.Compare(a.Organisation, b.Organisation) })
	return head, holdings
}

// Dirty reports whether anything left since the queue was opened or last Saved.
func (q *Queue) Dirty() bool { return len(q.unsaved) > 0 }

// Saved says that all released figures are on the disk.
func (q *Queue) Saved() { clear(q.unsaved) }
