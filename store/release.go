package store

import (
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/ahsn-network/tracker/store/survey"
)

// Buckets of what of the region's own figures has left: by cycle, and company
// by company by cycle/organisation, so that a batch writes those in it and not
// all that ever left. Neither leaves the node.
const (
	releasesBucket     bucketName = "releases"
	releasePartsBucket bucketName = "release-parts"
)

// maxReleaseBytes bounds the state of one cycle, and each of its parts.
const maxReleaseBytes = 64 << 20

// Release is the state of what has left the region for one cycle, and the
// version under which it was decided; Parts are the companies' parts of it, by
// organisation. All states are opaque here.
type Release struct {
	Version SummaryVersion `cbor:"1,keyasint"`
	State   []byte         `cbor:"2,keyasint"`
	Parts   []ReleasePart  `cbor:"-"`
}

// ReleasePart is one organisation's part of a release.
type ReleasePart struct {
	Organisation survey.Identifier
	State        []byte
}

// Release keeps the state of what is about to leave and gives out the version
// to sign it with, both in one transaction that is on the disk when Release
// returns. So no version is ever signed for two different batches: after a
// crash the batch is decided already, and leaves under a later version. The
// version follows the rules of [Summaries.Reserve]. The parts replace those of
// the same organisations; if they are the whole, all that were kept.
func (s *Summaries) Release(cycle survey.Cycle, state []byte, parts []ReleasePart, whole bool) (SummaryVersion, error) {
	if err := checkRelease(cycle, state, parts); err != nil {
		return SummaryVersion{}, err
	}
	var version SummaryVersion
	err := s.update(func(t *summaryTxn) (err error) {
		if version, err = t.reserve(cycle); err != nil {
			return err
		}
		for _, bucket := range []bucketName{releasesBucket, releasePartsBucket} {
			if _, err := t.bolt.CreateBucketIfNotExists([]byte(bucket)); err != nil {
				return err
			}
		}
		if whole {
			if err := t.dropParts(cycle); err != nil {
				return err
			}
		}
		for _, p := range parts {
			if err := t.put(releasePartsBucket, recordKey(cycle, p.Organisation), p.State); err != nil {
				return err
			}
		}
		return t.put(releasesBucket, []byte(cycle), Release{Version: version, State: state})
	})
	if err != nil {
		return SummaryVersion{}, fmt.Errorf("keep a release of %s: %w", cycle, err)
	}
	return version, nil
}

func checkRelease(cycle survey.Cycle, state []byte, parts []ReleasePart) error {
	if _, err := survey.ParseCycle(string(cycle)); err != nil {
		return fmt.Errorf("keep a release: %w", err)
	}
	size := len(state)
	for _, p := range parts {
		if p.Organisation == "" {
			return fmt.Errorf("%w: keep a release of %s: a part of it names no organisation", survey.ErrInvalid, cycle)
		}
		size = max(size, len(p.State))
	}
	if size > maxReleaseBytes {
		return fmt.Errorf("%w: keep a release of %s: its state has %d bytes, of at most %d", survey.ErrInvalid, cycle, size, maxReleaseBytes)
	}
	return nil
}

func (t *summaryTxn) dropParts(cycle survey.Cycle) error {
	var keys [][]byte
	err := t.each(releasePartsBucket, []byte(cycle+"/"), func(key, _ []byte) error {
		keys = append(keys, append([]byte(nil), key...))
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := t.bolt.Bucket([]byte(releasePartsBucket)).Delete(key); err != nil {
			return fmt.Errorf("drop a part of a release: %w", err)
		}
	}
	return nil
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
		_, err := t.get(releasesBucket, []byte(cycle), &r)
		if err != nil {
			return err
		}
		if r.Parts, err = t.parts(cycle); err != nil {
			return err
		}
		r.Version, err = t.stands(cycle, r.Version)
		return err
	})
	if err != nil {
		return Release{}, fmt.Errorf("read the release of %s: %w", cycle, err)
	}
	return r, nil
}

func (t *summaryTxn) parts(cycle survey.Cycle) (parts []ReleasePart, err error) {
	if t.bolt.Bucket([]byte(releasePartsBucket)) == nil {
		return nil, nil // written before there were any
	}
	err = t.each(releasePartsBucket, []byte(cycle+"/"), func(key, value []byte) error {
		_, id := splitRecordKey(key)
		p := ReleasePart{Organisation: id}
		if err := t.open(releasePartsBucket, key, value, &p.State); err != nil {
			return err
		}
		parts = append(parts, p)
		return nil
	})
	return parts, err
}
