package store

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// keptBucket holds, by cycle, the newest version under which the kept release
// stands unchanged.
const keptBucket bucketName = "releases-kept"

// KeepRelease gives out the next version for a summary with which nothing more
// leaves: the release that is kept stands for it too, and is not written again.
// The version is on the disk when KeepRelease returns.
func (s *Summaries) KeepRelease(cycle survey.Cycle) (SummaryVersion, error) {
	if _, err := survey.ParseCycle(string(cycle)); err != nil {
		return SummaryVersion{}, fmt.Errorf("keep a release: %w", err)
	}
	var version SummaryVersion
	err := s.update(func(t *summaryTxn) (err error) {
		if version, err = t.reserve(cycle); err != nil {
			return err
		}
		if _, err := t.bolt.CreateBucketIfNotExists([]byte(keptBucket)); err != nil {
			return err
		}
		return t.put(keptBucket, []byte(cycle), version)
	})
	if err != nil {
		return SummaryVersion{}, fmt.Errorf("keep the release of %s: %w", cycle, err)
	}
	return version, nil
}

// stands returns the version under which the release stands.
func (t *summaryTxn) stands(cycle survey.Cycle, released SummaryVersion) (SummaryVersion, error) {
	var kept SummaryVersion
	if t.bolt.Bucket([]byte(keptBucket)) == nil {
		return released, nil
	}
	if _, err := t.get(keptBucket, []byte(cycle), &kept); err != nil || kept.Less(released) {
		return released, err
	}
	return kept, nil
}
