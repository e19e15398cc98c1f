package totals

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// desk is what has left of one cycle, company by company, as the archive keeps
// it under the version. It is read from the disk once: after that only what
// leaves is written.
type desk struct {
	version store.SummaryVersion
	state   disclosure.State
	kept    bool // the archive has a state, not only the zero one
}

// leaving is what a draft's summary would let leave; same says that it is what
// had left already.
type leaving struct {
	state disclosure.State
	same  bool
}

// desk returns what has left of the cycle. The caller holds the right to write.
func (t *Totals) desk(cycle survey.Cycle) (desk, error) {
	if d, known := t.desks[cycle]; known {
		return d, nil
	}
	kept, err := t.options.Archive.Released(cycle)
	if err != nil {
		return desk{}, err
	}
	d := desk{version: kept.Version, kept: kept.State != nil}
	if len(kept.State) > 0 {
		if err := cbor.Unmarshal(kept.State, &d.state); err != nil {
			return desk{}, fmt.Errorf("read what has left of %s: %w", cycle, err)
		}
		if err := d.state.Check(); err != nil {
			return desk{}, err
		}
	}
	t.desks[cycle] = d
	return d, nil
}

// letLeave gives out the version for what leaves, with which it is kept: before
// the summary is signed. The caller holds the right to write.
func (t *Totals) letLeave(cycle survey.Cycle, what *leaving) (store.SummaryVersion, error) {
	var version store.SummaryVersion
	var err error
	if t.desks[cycle].kept && what.same {
		version, err = t.options.Archive.KeepRelease(cycle)
	} else {
		var state []byte
		if state, err = encode(what.state); err != nil {
			return version, fmt.Errorf("keep what leaves: %w", err)
		}
		version, err = t.options.Archive.Release(cycle, state)
	}
	if err != nil {
		delete(t.desks, cycle) // what the disk has now is read again
		return version, err
	}
	t.desks[cycle] = desk{version: version, state: what.state, kept: true}
	return version, nil
}
