package totals

import (
	"fmt"
	"sync"
)

// maxConflicts bounds the known conflicts in memory.
const maxConflicts = 256

// evidence holds the proofs that regions signed two summaries of one version.
type evidence struct {
	archive  summaryArchive
	problems *problems

	mu        sync.Mutex
	conflicts map[conflict]bool
}

// conflict is one side of such a proof.
type conflict struct {
	slot slot
	hash [8]byte
}

func newEvidence(archive summaryArchive, problems *problems) *evidence {
	return &evidence{archive: archive, problems: problems, conflicts: make(map[conflict]bool)}
}

// known reports whether the hash is one side of a known conflict.
func (e *evidence) known(s slot, hash [8]byte) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.conflicts[conflict{s, hash}]
}

// keep keeps both sides of a conflict on the disk and raises an alarm.
func (e *evidence) keep(current, offered *held) error {
	if err := e.archive.putEvidence(current, offered); err != nil {
		return err
	}
	e.alarm(current, offered)
	return nil
}

func (e *evidence) alarm(first, second *held) {
	s := first.slot()
	e.mu.Lock()
	if len(e.conflicts) < maxConflicts {
		e.conflicts[conflict{s, first.head().Hash}] = true
		e.conflicts[conflict{s, second.head().Hash}] = true
	}
	e.mu.Unlock()

	e.problems.report(problemConflict, Problem{Region: s.region, Cycle: s.cycle, Alarm: true,
		Text: fmt.Sprintf("%s signed two different summaries with the number %d.%d; both are kept as evidence",
			s.region, first.summary.Incarnation, first.summary.Sequence)})
}
