package totals

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

// desk is what has left of one cycle, company by company, as the archive keeps
// it under the version. It is read from the disk once: after that only what
// leaves is written. While the campaign is open it is a ledger, which follows
// what is counted; else a state.
type desk struct {
	version summaries.Version
	kept    bool // the archive has a state, not only the zero one
	whole   bool // the archive's state is to be replaced, not added to
	state   disclosure.State
	ledger  *disclosure.Queue // then state is nothing
	counted counted
}

// leaving is what a draft's summary would let leave: what the ledger says, or
// at the close and after it the state; same says that it is what had left
// already.
type leaving struct {
	state *disclosure.State
	same  bool
}

// desk returns what has left of the cycle. The caller holds the right to write.
func (t *Totals) desk(cycle survey.Cycle) (*desk, error) {
	if d, known := t.desks[cycle]; known {
		return d, nil
	}
	kept, err := t.options.Archive.Released(cycle)
	if err != nil {
		return nil, err
	}
	d := &desk{version: kept.Version, kept: kept.State != nil, whole: true}
	if len(kept.State) > 0 {
		if err := cbor.Unmarshal(kept.State, &d.state); err != nil {
			return nil, fmt.Errorf("read what has left of %s: %w", cycle, err)
		}
		if err := d.state.Check(); err != nil {
			return nil, err
		}
		if d.state.InParts() {
			d.whole = false
			if d.state, err = joined(d.state, kept.Parts); err != nil {
				return nil, fmt.Errorf("read what has left of %s: %w", cycle, err)
			}
		}
	}
	t.desks[cycle] = d
	return d, nil
}

// joined puts the kept parts of a state together.
func joined(head disclosure.State, parts []summaries.ReleasePart) (disclosure.State, error) {
	holdings := make([]disclosure.Holding, len(parts))
	for i, p := range parts {
		if err := cbor.Unmarshal(p.State, &holdings[i]); err != nil {
			return disclosure.State{}, fmt.Errorf("the part of %s: %w", p.Organisation, err)
		}
	}
	return disclosure.Join(head, holdings)
}

// explains reports whether the desk says of every headline cell what was
// published.
func (d *desk) explains(published []survey.Cell) bool {
	if d.ledger != nil {
		return d.ledger.Explains(published)
	}
	return d.state.Explains(published)
}

// left is what has left.
func (d *desk) left() disclosure.State {
	if d.ledger != nil {
		return d.ledger.State()
	}
	return d.state
}

// open makes the desk a ledger by these definitions, on which nobody has said
// anything yet.
func (d *desk) open(definitions survey.Definitions) {
	state := d.close()
	d.ledger, d.state = disclosure.OpenQueue(state, definitions), disclosure.State{}
	d.counted = counted{}
}

// close makes the desk a state, and returns it.
func (d *desk) close() disclosure.State {
	if d.ledger != nil {
		d.whole = d.whole || d.ledger.Dirty()
		d.state, d.ledger = d.left(), nil
	}
	return d.state
}

// forget makes the desk that of a node that knows what it published, but not of
// whom.
func (d *desk) forget(published []survey.Cell, answers int64) {
	d.ledger, d.whole = nil, true
	d.state = disclosure.Forgotten(published, answers)
}

// letLeave gives out the version for what leaves, with which it is kept: before
// the summary is signed. The caller holds the right to write.
func (t *Totals) letLeave(cycle survey.Cycle, what *leaving) (version summaries.Version, err error) {
	d, err := t.desk(cycle)
	if err != nil {
		return version, err
	}
	if d.kept && !d.whole && what.same {
		version, err = t.options.Archive.KeepRelease(cycle)
	} else {
		version, err = t.keep(cycle, d, what)
	}
	if err != nil {
		delete(t.desks, cycle) // what the disk has now is read again
		return version, err
	}
	if d.version, d.kept, d.whole = version, true, false; what.state != nil {
		d.ledger, d.state = nil, *what.state
	} else {
		d.ledger.Saved()
	}
	return version, nil
}

// keep writes what leaves: of an open campaign the companies of which something
// left, else all of them.
func (t *Totals) keep(cycle survey.Cycle, d *desk, what *leaving) (summaries.Version, error) {
	var head disclosure.State
	var holdings []disclosure.Holding
	whole := true
	switch {
	case what.state != nil:
		head, holdings = what.state.Split()
	case d.whole:
		head, holdings = d.ledger.State().Split()
	default:
		whole = false
		head, holdings = d.ledger.Unsaved()
	}
	state, err := encode(head)
	if err != nil {
		return summaries.Version{}, fmt.Errorf("keep what leaves: %w", err)
	}
	parts := make([]summaries.ReleasePart, len(holdings))
	for i, h := range holdings {
		parts[i].Organisation = h.Organisation
		if parts[i].State, err = encode(h); err != nil {
			return summaries.Version{}, fmt.Errorf("keep what leaves of %s: %w", h.Organisation, err)
		}
	}
	return t.options.Archive.Release(cycle, state, parts, whole)
}
