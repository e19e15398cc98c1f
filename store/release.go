package store

import (
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/ahsn-network/tracker/store/survey"
)

// releasesBucket holds what of the region's own figures has left, company by
// company, by cycle. It never leaves the node.
const releasesBucket bucketName = "releases"

// maxReleaseBytes bounds the state of one cycle: some hundred bytes for each
// answer.
const maxReleaseBytes = 64 << 20

// Release is the state of what has left the region for one cycle, and the
// version under which it was decided. State is opaque here.
type Release struct {
	Version SummaryVersion `cbor:"1,keyasint"`
	State   []byte         `cbor:"2,keyasint"`
}

// Release keeps the state of what is about to leave and gives out the version
// to sign it with, both in one transaction that is on the disk when Release
// returns. So no version is ever signed for two different batches: after a
// crash the batch is decided already, and leaves under a later version. The
// version follows the rules of [Summaries.Reserve].
func (s *Summaries) Release(cycle survey.Cycle, state []byte) (SummaryVersion, error) {
	if _, err := survey.ParseCycle(string(cycle)); err != nil {
		return SummaryVersion{}, fmt.Errorf("keep a release: %w", err)
	}
	if len(state) > maxReleaseBytes {
		return SummaryVersion{}, fmt.Errorf("%w: keep a release of %s: its state has %d bytes, of at most %d", survey.ErrInvalid, cycle, len(state), maxReleaseBytes)
	}
	var version SummaryVersion
	err := s.update(func(t *summaryTxn) (err error) {
		if version, err = t.reserve(cycle); err != nil {
			return err
		}
		if _, err := t.bolt.CreateBucketIfNotExists([]byte(releasesBucket)); err != nil {
			return err
		}
		return t.put(releasesBucket, []byte(cycle), Release{Version: version, State: state})
	})
	if err != nil {
		return SummaryVersion{}, fmt.Errorf("keep a release of %s: %w", cycle, err)
	}
	return version, nil
}

// Released returns the last release that was kept for the cycle, with the newest
// version that [Summaries.KeepRelease] gave out for it; the zero Release if none
// was.
func (s *Summaries) Released(cycle survey.Cycle) (Release, error) {
	var r Release
	err := s.file.view(func(bolt *bbolt.Tx) error {
		if bolt.Bucket([]byte(releasesBucket)) == nil {
			return nil
		}
		t := &summaryTxn{file: s.file, bolt: bolt}
		if _, err := t.get(releasesBucket, []byte(cycle), &r); err != nil {
			return err
		}
		var err error
		r.Version, err = t.stands(cycle, r.Version)
		return err
	})
	if err != nil {
		return Release{}, fmt.Errorf("read the release of %s: %w", cycle, err)
	}
	return r, nil
}
