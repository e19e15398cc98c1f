package summaries

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// keptBucket holds, by cycle, the newest version under which the kept release
// stands unchanged.
const keptBucket boltfile.Bucket = "releases-kept"

// KeepRelease gives out the next version for a summary with which nothing more
// leaves: the release that is kept stands for it too, and is not written again.
// The version is on the disk when KeepRelease returns.
func (s *Summaries) KeepRelease(cycle survey.Cycle) (Version, error) {
	if _, err := survey.ParseCycle(string(cycle)); err != nil {
		return Version{}, fmt.Errorf("keep a release: %w", err)
	}
	var version Version
	err := s.file.Update(func(t *boltfile.Tx) (err error) {
		if version, err = reserve(t, cycle); err != nil {
			return err
		}
		return t.Put(keptBucket, []byte(cycle), version)
	})
	if err != nil {
		return Version{}, fmt.Errorf("keep the release of %s: %w", cycle, err)
	}
	return version, nil
}

// stands returns the version under which the release stands.
func stands(t *boltfile.Tx, cycle survey.Cycle, released Version) (Version, error) {
	var kept Version
	if _, err := t.Get(keptBucket, []byte(cycle), &kept); err != nil || kept.Less(released) {
		return released, err
	}
	return kept, nil
}
