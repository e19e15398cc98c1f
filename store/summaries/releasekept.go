package summaries

import (
	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// keptBucket holds for each cycle the newest version under which the kept release is still current.
const keptBucket boltfile.Bucket = "releases-kept"

// KeepRelease returns the next version for a summary that releases nothing more: the kept release
// stays current under this version, and is not written again. The version is on the disk when
// KeepRelease returns.
func (s *Summaries) KeepRelease(cycle survey.Cycle) (Version, error) {
	return s.reserve(cycle, "keep the release of", func(t *boltfile.Tx, version Version) error {
		return t.Put(keptBucket, []byte(cycle), version)
	})
}

// currentVersion returns the newest version under which the release is current.
func currentVersion(t *boltfile.Tx, cycle survey.Cycle, released Version) (Version, error) {
	var kept Version
	if _, err := t.Get(keptBucket, []byte(cycle), &kept); err != nil || kept.Less(released) {
		return released, err
	}
	return kept, nil
}
