package summaries

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// firstIncarnation is that of a node that has not been told another one.
const firstIncarnation = 1

// Incarnation returns the incarnation under which this node publishes.
func (s *Summaries) Incarnation() (uint64, error) {
	incarnation := uint64(0)
	err := s.file.View(func(t *boltfile.Tx) (err error) {
		incarnation, err = readIncarnation(t)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("read the incarnation: %w", err)
	}
	return incarnation, nil
}

func readIncarnation(t *boltfile.Tx) (uint64, error) {
	incarnation := uint64(firstIncarnation)
	_, err := t.Get(boltfile.Meta, []byte(metaIncarnation), &incarnation)
	return incarnation, err
}

// RaiseIncarnation makes this node publish under the incarnation from now on;
// it is durable when it returns. The registry grants incarnations on join,
// restore and rejoin. The same one again changes nothing; a lower one is
// ErrStale.
func (s *Summaries) RaiseIncarnation(to uint64) error {
	err := s.file.Update(func(t *boltfile.Tx) error {
		now, err := readIncarnation(t)
		switch {
		case err != nil:
			return err
		case to < now:
			return ErrStale
		case to == now:
			return nil
		}
		return t.Put(boltfile.Meta, []byte(metaIncarnation), to)
	})
	if err != nil {
		return fmt.Errorf("raise the incarnation to %d: %w", to, err)
	}
	return nil
}

// Reserve gives out the next version for this region's own summary of the
// cycle. It is on the disk when Reserve returns, so that no version is ever
// signed twice; a version that was reserved and not used is a gap.
func (s *Summaries) Reserve(cycle survey.Cycle) (Version, error) {
	if _, err := survey.ParseCycle(string(cycle)); err != nil {
		return Version{}, fmt.Errorf("reserve a version: %w", err)
	}
	var version Version
	err := s.file.Update(func(t *boltfile.Tx) (err error) {
		version, err = reserve(t, cycle)
		return err
	})
	if err != nil {
		return Version{}, fmt.Errorf("reserve a version for %s: %w", cycle, err)
	}
	return version, nil
}

// reserve gives out the next version within the transaction.
func reserve(t *boltfile.Tx, cycle survey.Cycle) (Version, error) {
	incarnation, err := readIncarnation(t)
	if err != nil {
		return Version{}, err
	}
	var last uint64
	if _, err := t.Get(ownBucket, []byte(cycle), &last); err != nil {
		return Version{}, err
	}
	version := Version{Incarnation: incarnation, Sequence: last + 1}
	return version, t.Put(ownBucket, []byte(cycle), version.Sequence)
}
