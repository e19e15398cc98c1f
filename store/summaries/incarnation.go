package summaries

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// firstIncarnation is the incarnation of a node that was never given another one.
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

// RaiseIncarnation sets the incarnation under which this node publishes; it is durable when the
// call returns. The registry grants incarnations on join, restore and rejoin. The same incarnation
// changes nothing; a lower one is ErrStale.
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

// Reserve returns the next version for this region's own summary of the cycle. The version is on
// the disk when Reserve returns, so that none is ever signed twice; an unused version leaves a gap.
// It returns survey.ErrInvalid for a malformed cycle.
func (s *Summaries) Reserve(cycle survey.Cycle) (Version, error) {
	return s.reserve(cycle, "reserve a version for", func(*boltfile.Tx, Version) error { return nil })
}

// reserve reserves the next version and runs do with it, in one durable
// transaction. doing describes both in an error.
func (s *Summaries) reserve(cycle survey.Cycle, doing string, do func(*boltfile.Tx, Version) error) (Version, error) {
	_, err := survey.ParseCycle(string(cycle))
	var version Version
	if err == nil {
		err = s.file.Update(func(t *boltfile.Tx) (err error) {
			if version, err = nextVersion(t, cycle); err != nil {
				return err
			}
			return do(t, version)
		})
	}
	if err != nil {
		return Version{}, fmt.Errorf("%s %.20s: %w", doing, cycle, err)
	}
	return version, nil
}

func nextVersion(t *boltfile.Tx, cycle survey.Cycle) (Version, error) {
	incarnation, err := readIncarnation(t)
	if err != nil {
		return Version{}, err
	}

	// Incarnation and sequence are read in one transaction, so that no pair is reserved twice.
	var last uint64
	if _, err := t.Get(ownBucket, []byte(cycle), &last); err != nil {
		return Version{}, err
	}

	version := Version{Incarnation: incarnation, Sequence: last + 1}
	return version, t.Put(ownBucket, []byte(cycle), version.Sequence)
}
