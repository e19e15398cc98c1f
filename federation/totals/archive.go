package totals

import (
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

// Archive keeps signed summaries on this node's disk: [summaries.Summaries].
type Archive interface {
	Put(region survey.Region, cycle survey.Cycle, version summaries.Version, signed []byte,
		meta summaries.Meta) error
	// Confirm notes when the owner said that the kept summary is its newest.
	// It does not wait for the disk.
	Confirm(region survey.Region, cycle survey.Cycle, at time.Time)
	// Before returns the newest kept version whose figures are not later than
	// the time; survey.ErrNotFound if there is none.
	Before(region survey.Region, cycle survey.Cycle, at time.Time) (summaries.Summary, error)
	All(do func(region survey.Region, cycle survey.Cycle, signed []byte, confirmedAt time.Time)) error
	PutEvidence(region survey.Region, cycle survey.Cycle, version summaries.Version, first, second []byte) error
	Evidence() ([]summaries.Evidence, error)
}

// summaryArchive writes and reads summaries in the archive's form.
type summaryArchive struct {
	Archive
	self       survey.Region
	federation identity.FederationID
	problems   *problems
}

// put makes the summary durable. Nothing is told about it before.
func (a summaryArchive) put(h *held, from survey.Region) error {
	data, err := encode(h.signed)
	if err != nil {
		return fmt.Errorf("keep the summary of %s: %w", h.summary.Region, err)
	}
	return a.Put(h.summary.Region, h.summary.Cycle, h.version(), data,
		summaries.Meta{AsOf: h.summary.asOf(), Received: time.Now(), From: from, Own: h.summary.Region == a.self})
}

// putEvidence keeps both sides of a conflict.
func (a summaryArchive) putEvidence(first, second *held) error {
	var sides [2][]byte
	for i, h := range []*held{first, second} {
		var err error
		if sides[i], err = encode(h.signed); err != nil {
			return fmt.Errorf("keep evidence against %s: %w", first.summary.Region, err)
		}
	}
	return a.PutEvidence(first.summary.Region, first.summary.Cycle, first.version(), sides[0], sides[1])
}

// read decodes a kept summary. It returns nil and reports the problem if the
// summary cannot be read; the other nodes have it. It verifies no signature: that
// was done when the summary came.
func (a summaryArchive) read(region survey.Region, cycle survey.Cycle, data []byte) *held {
	var signed Signed
	var summary Summary
	err := decode(data, &signed)
	if err == nil {
		err = decode(signed.Bytes, &summary)
	}
	if err == nil {
		err = summary.check()
	}
	// The archive may be a copy of another federation's.
	if err == nil && (summary.Region != region || summary.Cycle != cycle || summary.Federation != a.federation) {
		err = fmt.Errorf("%w: it is of %s for %s", ErrBadSummary, summary.Region, summary.Cycle)
	}

	if err != nil {
		a.problems.report(problemArchive, Problem{Region: region, Cycle: cycle,
			Text: fmt.Sprintf("a kept summary cannot be read and is fetched again: %v", err)})
		return nil
	}
	return hold(summary, signed)
}
