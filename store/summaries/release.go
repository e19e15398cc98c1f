package summaries

import (
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// Buckets of the figures of this region that have left, its releases: one for each cycle, and
// company by company under cycle/organisation, so that a batch writes only its companies. Neither
// bucket leaves the node.
const (
	releasesBucket     boltfile.Bucket = "releases"
	releasePartsBucket boltfile.Bucket = "release-parts"
)

// maxReleaseBytes bounds the state of one cycle, and each of its parts.
const maxReleaseBytes = 64 << 20

// Release is the state of the figures that have left the region for one cycle, and the version
// under which it was decided. Parts are the companies' parts of the state, by organisation. This
// room does not look into states.
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

// Release keeps the state of figures that are about to leave and returns the version to sign them
// with, both in one transaction that is on the disk when Release returns. So no version is ever
// signed for two different batches: after a crash the batch is decided already, and leaves under a
// later version. The version follows the rules of [Summaries.Reserve]. The parts replace those of
// the same organisations, or with whole all kept parts. It returns survey.ErrInvalid for a part
// without organisation and for a state or part of more than 64 MiB.
func (s *Summaries) Release(cycle survey.Cycle, state []byte, parts []ReleasePart, whole bool) (Version, error) {
	if err := checkRelease(cycle, state, parts); err != nil {
		return Version{}, err
	}
	return s.reserve(cycle, "keep a release of", func(t *boltfile.Tx, version Version) error {
		if whole {
			if _, err := t.DeleteEach(releasePartsBucket, string(cycle)+"/", nil); err != nil {
				return err
			}
		}

		// Only these companies: a batch must not rewrite everything that ever left.
		for _, p := range parts {
			if err := t.Put(releasePartsBucket, []byte(string(cycle)+"/"+string(p.Organisation)), p.State); err != nil {
				return err
			}
		}
		return t.Put(releasesBucket, []byte(cycle), Release{Version: version, State: state})
	})
}

func checkRelease(cycle survey.Cycle, state []byte, parts []ReleasePart) error {
	size := len(state)
	for _, p := range parts {
		if p.Organisation == "" {
			return fmt.Errorf("%w: keep a release of %s: a part of it names no organisation", survey.ErrInvalid, cycle)
		}
		size = max(size, len(p.State))
	}

	if size > maxReleaseBytes {
		return fmt.Errorf("%w: keep a release of %s: its state has %d bytes, of at most %d",
			survey.ErrInvalid, cycle, size, maxReleaseBytes)
	}
	return nil
}

// Released returns the last release of the cycle, with the newest version that
// [Summaries.KeepRelease] has returned for it. It is the zero Release if there is none.
func (s *Summaries) Released(cycle survey.Cycle) (Release, error) {
	var r Release
	err := s.file.View(func(t *boltfile.Tx) error {
		found, err := t.Get(releasesBucket, []byte(cycle), &r)
		if err != nil || !found {
			return err
		}

		// A state from before there were parts has none here.
		if r.Parts, err = releaseParts(t, cycle); err != nil {
			return err
		}
		r.Version, err = currentVersion(t, cycle, r.Version)
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
