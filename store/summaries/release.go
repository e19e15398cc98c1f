package summaries

import (
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// Buckets of what of the region's own figures has left: by cycle, and company
// by company by cycle/organisation, so that a batch writes those in it and not
// all that ever left. Neither leaves the node.
const (
	releasesBucket     boltfile.Bucket = "releases"
	releasePartsBucket boltfile.Bucket = "release-parts"
)

// maxReleaseBytes bounds the state of one cycle, and each of its parts.
const maxReleaseBytes = 64 << 20

// Release is the state of what has left the region for one cycle, and the
// version under which it was decided; Parts are the companies' parts of it, by
// organisation. All states are opaque here.
type Release struct {
	Version Version       `cbor:"1,keyasint"`
	State   []byte        `cbor:"2,keyasint"`
	Parts   []ReleasePart `cbor:"-"`
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
func (s *Summaries) Release(cycle survey.Cycle, state []byte, parts []ReleasePart, whole bool) (Version, error) {
	if err := checkRelease(cycle, state, parts); err != nil {
		return Version{}, err
	}
	var version Version
	err := s.file.Update(func(t *boltfile.Tx) (err error) {
		if version, err = reserve(t, cycle); err != nil {
			return err
		}
		if whole {
			if _, err := t.DeleteEach(releasePartsBucket, string(cycle)+"/", nil); err != nil {
				return err
			}
		}
		for _, p := range parts {
			if err := t.Put(releasePartsBucket, []byte(string(cycle)+"/"+string(p.Organisation)), p.State); err != nil {
				return err
			}
		}
		return t.Put(releasesBucket, []byte(cycle), Release{Version: version, State: state})
	})
	if err != nil {
		return Version{}, fmt.Errorf("keep a release of %s: %w", cycle, err)
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

// Released returns the last release that was kept for the cycle, with the newest
// version that [Summaries.KeepRelease] gave out for it; the zero Release if none
// was.
func (s *Summaries) Released(cycle survey.Cycle) (Release, error) {
	var r Release
	err := s.file.View(func(t *boltfile.Tx) error {
		found, err := t.Get(releasesBucket, []byte(cycle), &r)
		if err != nil || !found {
			return err
		}
		if r.Parts, err = releaseParts(t, cycle); err != nil {
			return err
		}
		r.Version, err = stands(t, cycle, r.Version)
		return err
	})
	if err != nil {
		return Release{}, fmt.Errorf("read the release of %s: %w", cycle, err)
	}
	return r, nil
}

func releaseParts(t *boltfile.Tx, cycle survey.Cycle) (parts []ReleasePart, err error) {
	err = boltfile.Values(t, releasePartsBucket, string(cycle)+"/", func(key []byte, state *[]byte) (bool, error) {
		_, id, _ := strings.Cut(string(key), "/")
		parts = append(parts, ReleasePart{Organisation: survey.Identifier(id), State: *state})
		return true, nil
	})
	return parts, err
}
