package totals

import (
	"errors"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

// Archive keeps signed summaries on this node's disk: [summaries.Summaries].
type Archive interface {
	// RaiseIncarnation makes Reserve give out the incarnation from now on;
	// summaries.ErrStale if it gives out a higher one already.
	RaiseIncarnation(to uint64) error
	// Reserve gives out a version that it never gave out before.
	Reserve(cycle survey.Cycle) (summaries.Version, error)
	// Release gives out a version as Reserve does and keeps what is about to
	// leave under it, both or neither: the state, and the parts of some
	// organisations, or of all if they are the whole.
	Release(cycle survey.Cycle, state []byte, parts []summaries.ReleasePart, whole bool) (summaries.Version, error)
	// KeepRelease gives out a version for what Release kept last: nothing
	// more leaves with it.
	KeepRelease(cycle survey.Cycle) (summaries.Version, error)
	// Released returns what Release kept last with its newest version, zero
	// if nothing.
	Released(cycle survey.Cycle) (summaries.Release, error)
	Put(region survey.Region, cycle survey.Cycle, version summaries.Version, signed []byte, meta summaries.Meta) error
	// Confirm notes when the owner said that the kept summary is its newest.
	// It does not wait for the disk.
	Confirm(region survey.Region, cycle survey.Cycle, at time.Time)
	PutEvidence(region survey.Region, cycle survey.Cycle, version summaries.Version, first, second []byte) error
	// Before returns the newest kept version whose figures are not later than
	// the time; survey.ErrNotFound if there is none.
	Before(region survey.Region, cycle survey.Cycle, at time.Time) (summaries.Summary, error)
	All(do func(region survey.Region, cycle survey.Cycle, signed []byte, confirmedAt time.Time)) error
	Evidence() ([]summaries.Evidence, error)
}

func (h *held) version() summaries.Version {
	return summaries.Version{Incarnation: h.summary.Incarnation, Sequence: h.summary.Sequence}
}

// put makes the summary durable before anything is told about it.
func (t *Totals) put(h *held, from survey.Region) error {
	data, err := encode(h.signed)
	if err != nil {
		return fmt.Errorf("keep the summary of %s: %w", h.summary.Region, err)
	}
	return t.options.Archive.Put(h.summary.Region, h.summary.Cycle, h.version(), data,
		summaries.Meta{AsOf: h.summary.asOf(), Received: time.Now(), From: from, Own: h.summary.Region == t.options.Region})
}

// putEvidence keeps both sides of a conflict.
func (t *Totals) putEvidence(first, second *held) error {
	one, err := encode(first.signed)
	if err != nil {
		return fmt.Errorf("keep evidence against %s: %w", first.summary.Region, err)
	}
	two, err := encode(second.signed)
	if err != nil {
		return fmt.Errorf("keep evidence against %s: %w", first.summary.Region, err)
	}
	return t.options.Archive.PutEvidence(first.summary.Region, first.summary.Cycle, first.version(), one, two)
}

// reserve returns the next version of this region's own summary: under the
// member's generation, unless the archive is ahead of this node's registry.
// What is about to leave is on the disk with it.
func (t *Totals) reserve(cycle survey.Cycle, generation uint64, what *leaving) (summaries.Version, error) {
	if err := t.options.Archive.RaiseIncarnation(generation); err != nil && !errors.Is(err, summaries.ErrStale) {
		return summaries.Version{}, err
	}
	if what != nil {
		return t.letLeave(cycle, what)
	}
	return t.options.Archive.Reserve(cycle)
}

// load fills the ledger. The archive has its own checksums; signatures were
// verified when the summaries came. One that cannot be read is left out: the
// other nodes have it. Both sides of a known conflict are merged again, so
// that a restart does not go back to the one that came first.
func (t *Totals) load() error {
	evidence, err := t.options.Archive.Evidence()
	if err != nil {
		return fmt.Errorf("read the evidence: %w", err)
	}
	err = t.options.Archive.All(func(region survey.Region, cycle survey.Cycle, data []byte, confirmed time.Time) {
		if h := t.read(region, cycle, data); h != nil {
			h.confirmed = confirmed
			t.ledger.merge(h)
		}
	})
	if err != nil {
		return fmt.Errorf("read the kept summaries: %w", err)
	}
	for _, e := range evidence {
		first, second := t.read(e.Region, e.Cycle, e.First), t.read(e.Region, e.Cycle, e.Second)
		if first == nil || second == nil {
			continue
		}
		t.ledger.merge(first)
		t.ledger.merge(second)
		t.alarm(first, second)
	}
	return nil
}

func (t *Totals) read(region survey.Region, cycle survey.Cycle, data []byte) *held {
	var signed Signed
	var summary Summary
	err := decode(data, &signed)
	if err == nil {
		err = decode(signed.Bytes, &summary)
	}
	if err == nil {
		err = summary.check()
	}
	if err == nil && (summary.Region != region || summary.Cycle != cycle || summary.Federation != t.options.Federation) {
		err = fmt.Errorf("%w: it is of %s for %s", ErrBadSummary, summary.Region, summary.Cycle)
	}
	if err != nil {
		t.report(problemArchive, Problem{Region: region, Cycle: cycle,
			Text: fmt.Sprintf("a kept summary cannot be read and is fetched again: %v", err)})
		return nil
	}
	return hold(summary, signed)
}
