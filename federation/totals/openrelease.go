package totals

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

// Releases keeps on this node's disk which figures of which companies left the
// region, and under which version: [summaries.Summaries].
type Releases interface {
	// RaiseIncarnation makes Reserve give out the incarnation from now on;
	// summaries.ErrStale if it gives out a higher one already.
	RaiseIncarnation(to uint64) error
	// Reserve gives out a version that it never gave out before.
	Reserve(cycle survey.Cycle) (summaries.Version, error)
	// Release gives out a version as Reserve does and keeps all that is about to
	// leave under it, both or neither: the state, and the parts of some
	// organisations, or of all if they are the whole.
	Release(cycle survey.Cycle, state []byte, parts []summaries.ReleasePart, whole bool) (summaries.Version, error)
	// KeepRelease gives out a version for the state that Release kept last:
	// nothing more leaves with it.
	KeepRelease(cycle survey.Cycle) (summaries.Version, error)
	// Released returns the state that Release kept last with its newest version,
	// zero if there is none.
	Released(cycle survey.Cycle) (summaries.Release, error)
}

// openRelease holds in memory which figures of one cycle left, company by
// company, as the archive keeps them under the version. It is read from the disk
// once: after that only newly leaving parts are written. While the campaign is
// open it is a queue, which follows the counted answers; else a state.
type openRelease struct {
	version summaries.Version
	kept    bool // the archive has a state, not only the zero one
	whole   bool // the archive's state is to be replaced, not added to
	state   disclosure.State
	queue   *disclosure.Queue // if set, state is the zero one
	counted counted
}

// leaving says which state to keep with a draft's summary: the one given here,
// which the close or a revision made, else that of the queue. same says that
// nothing more leaves than had left already.
type leaving struct {
	state *disclosure.State
	same  bool
}

// opened returns the open release of the cycle. The caller holds the right to
// write.
func (r *releaser) opened(cycle survey.Cycle) (*openRelease, error) {
	if o, known := r.open[cycle]; known {
		return o, nil
	}
	kept, err := r.archive.Released(cycle)
	if err != nil {
		return nil, err
	}

	o := &openRelease{version: kept.Version, kept: kept.State != nil, whole: true}
	if len(kept.State) > 0 {
		if err := o.read(kept); err != nil {
			return nil, fmt.Errorf("read the figures of %s that left: %w", cycle, err)
		}
	}
	r.open[cycle] = o
	return o, nil
}

// read decodes the kept state: a whole one, or a head with parts.
func (o *openRelease) read(kept summaries.Release) error {
	var err error
	if err = cbor.Unmarshal(kept.State, &o.state); err != nil {
		return err
	}
	if err = o.state.Check(); err != nil || !o.state.InParts() {
		return err
	}

	// Companies are kept apart, so that a batch writes only its own.
	holdings := make([]disclosure.Holding, len(kept.Parts))
	for i, p := range kept.Parts {
		if err := cbor.Unmarshal(p.State, &holdings[i]); err != nil {
			return fmt.Errorf("the part of %s: %w", p.Organisation, err)
		}
	}
	o.whole = false
	o.state, err = disclosure.Join(o.state, holdings)
	return err
}

// explains reports whether every published headline cell has the value of the
// state.
func (o *openRelease) explains(published []survey.Cell) bool {
	if o.queue != nil {
		return o.queue.Explains(published)
	}
	return o.state.Explains(published)
}

// left returns the state: the figures that left.
func (o *openRelease) left() disclosure.State {
	if o.queue != nil {
		return o.queue.State()
	}
	return o.state
}

// openQueue makes it a queue by these definitions, without any answers yet.
func (o *openRelease) openQueue(definitions survey.Definitions) {
	state := o.closeQueue()
	o.queue, o.state = disclosure.OpenQueue(state, definitions), disclosure.State{}
	o.counted = counted{}
}

// closeQueue makes it a state, and returns the state.
func (o *openRelease) closeQueue() disclosure.State {
	if o.queue != nil {
		o.whole = o.whole || o.queue.Dirty()
		o.state, o.queue = o.left(), nil
	}
	return o.state
}

// forget makes it that of a node that knows the published figures, but not the
// companies in them.
func (o *openRelease) forget(published []survey.Cell, answers int64) {
	o.queue, o.whole = nil, true
	o.state = disclosure.Forgotten(published, answers)
}

// commit gives out the version for the leaving figures and keeps them with it,
// before the summary is signed. The caller holds the right to write.
func (r *releaser) commit(cycle survey.Cycle, leaving *leaving) (version summaries.Version, err error) {
	o, err := r.opened(cycle)
	if err != nil {
		return version, err
	}
	// Nothing more leaves: the kept state stands for the new version too.
	if o.kept && !o.whole && leaving.same {
		version, err = r.archive.KeepRelease(cycle)
	} else {
		version, err = r.write(cycle, o, leaving)
	}
	if err != nil {
		delete(r.open, cycle) // it is read again, as the disk has it now
		return version, err
	}

	o.version, o.kept, o.whole = version, true, false
	if leaving.state != nil {
		o.queue, o.state = nil, *leaving.state
	} else {
		o.queue.Saved()
	}
	return version, nil
}

// write keeps the leaving figures: of an open campaign those of the companies of
// which something leaves, else all of them.
func (r *releaser) write(cycle survey.Cycle, o *openRelease, leaving *leaving) (summaries.Version, error) {
	var head disclosure.State
	var holdings []disclosure.Holding
	whole := true
	// Only a queue knows which companies are not saved.
	switch {
	case leaving.state != nil:
		head, holdings = leaving.state.Split()
	case o.whole:
		head, holdings = o.queue.State().Split()
	default:
		whole = false
		head, holdings = o.queue.Unsaved()
	}

	state, err := encode(head)
	if err != nil {
		return summaries.Version{}, fmt.Errorf("keep the leaving figures: %w", err)
	}
	parts := make([]summaries.ReleasePart, len(holdings))
	for i, h := range holdings {
		parts[i].Organisation = h.Organisation
		if parts[i].State, err = encode(h); err != nil {
			return summaries.Version{}, fmt.Errorf("keep the leaving figures of %s: %w", h.Organisation, err)
		}
	}
	return r.archive.Release(cycle, state, parts, whole)
}
