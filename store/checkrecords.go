package store

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// records checks that each record has all its versions, and its place at its organisation.
func (c *checker) records() error {
	err := eachValue(c, recordsBucket, func(key []byte, k *keptRecord) error {
		kind, id, _ := strings.Cut(string(key), "/")
		where := "records " + string(key)
		if k.Version == 0 {
			c.find(where, "it has no version")
		}

		for version := uint64(1); version < k.Version; version++ {
			if !c.t.Has(recordHistoryBucket, keptHistoryKey(survey.RecordKind(kind), id, version)) {
				c.find(where, fmt.Sprintf("version %d is missing", version))
			}
		}

		// The place depends on merges, so it is recomputed from the mirror.
		r := k.record(survey.RecordKind(kind), id)
		home, err := c.t.canonical(r.Organisation())
		if err != nil || home == "" {
			return nil
		}

		var place placeRecord
		found, err := c.t.Get(placesBucket, []byte(placePrefix(home, r.Kind)+id), &place)
		if err == nil && (!found || !samePlace(place, placeOf(r))) {
			c.find(where, "its place at the organisation does not say what it says")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return eachValue(c, recordHistoryBucket, func(key []byte, k *keptRecord) error {
		kind, id, version, ok := splitKeptHistoryKey(key)
		newest, err := c.t.kept(kind, id)
		if !ok || err == nil && (newest == nil || newest.Version <= version) || k.Version != version {
			c.find(fmt.Sprintf("recordhistory %q", key), "it is no earlier version of a record")
		}
		return nil
	})
}

func samePlace(a, b placeRecord) bool {
	return a.Cycle == b.Cycle && a.Category == b.Category && a.Deleted == b.Deleted && a.Supports == b.Supports &&
		slices.Equal(a.Values, b.Values)
}

// activities checks the places and recomputes their contribution to the aggregates.
func (c *checker) activities() error {
	err := eachValue(c, placesBucket, func(key []byte, place *placeRecord) error {
		parts := strings.SplitN(string(key), "/", 3)
		if len(parts) != 3 {
			c.find(fmt.Sprintf("places %q", key), "its key has not three parts")
			return nil
		}

		if k, err := c.t.kept(survey.RecordKind(parts[1]), parts[2]); err == nil && k == nil {
			c.find("places "+string(key), "there is no such record")
		}

		at := recordKey(place.Cycle, survey.Identifier(parts[0]))
		if place.Cycle != "" && !c.t.Has(activitiesBucket, at) {
			c.find("activities "+string(at), "it is missing")
		}
		return nil
	})
	if err != nil {
		return err
	}

	return eachValue(c, activitiesBucket, func(key []byte, a *activityRecord) error {
		cycle, id := splitRecordKey(key)
		want, any, _, err := c.t.activities().wanted(activityKey{cycle, id}, *a)
		if err != nil {
			return nil // reported by checksums
		}

		if !any || !a.Counted.same(want) {
			c.find("activities "+string(key), "it is not counted as its records say")
		}

		if a.Counted != nil {
			if err := c.recount(cycle, a.Counted); err != nil {
				c.find("activities "+string(key), err.Error())
			}
		}
		return nil
	})
}

// supported checks that each piece of support is stored under its own key. Support of organisations
// merged since is not moved.
func (c *checker) supported() error {
	return eachValue(c, supportedBucket, func(key []byte, r *supportedRecord) error {
		w := r.Work
		if !bytes.Equal(key, recordKey(w.Cycle, w.Organisation)) || w.RequestID == "" || w.Kind != WorkSupported {
			c.find("supported "+string(key), "it stands under another key than its own")
		}
		return nil
	})
}

// imports checks that the items of undo belong to an import that is there.
func (c *checker) imports() error {
	return eachValue(c, importItemsBucket, func(key []byte, _ *[]importItem) error {
		id, _, _ := strings.Cut(string(key), "/")
		var im survey.Import
		found, err := c.t.Get(importsBucket, []byte(id), &im)
		if err == nil && (!found || im.State != survey.ImportCommitted) {
			c.find(fmt.Sprintf("importitems %q", key), "its import is not there")
		}
		return nil
	})
}

// checkSharing checks that every region that should have a copy of the response is noted for its
// newest version.
func (c *checker) checkSharing(cycle survey.Cycle, id survey.Identifier, r *responseRecord, claim claimRecord) {
	for _, to := range c.t.sharers(r, claim) {
		var have sharingRecord
		key := sharingKey(cycle, id, to)
		if found, err := c.t.Get(sharingBucket, key, &have); err == nil && (!found || have.Version != r.Version) {
			c.find("sharing "+string(key), "the region is to have another version")
		}
	}
}

// sharing checks that no region is noted for a copy that the company does not allow.
func (c *checker) sharing() error {
	return eachValue(c, sharingBucket, func(key []byte, s *sharingRecord) error {
		cycle, id, to := splitSharingKey(key)
		r, err := c.t.response(cycle, id)
		claim, _, claimErr := c.t.claim(cycle, id)
		if err != nil || claimErr != nil {
			return nil // reported by checksums
		}
		if s.Version != 0 && !slices.Contains(c.t.sharers(r, claim), to) {
			c.find("sharing "+string(key), "the company does not allow it")
		}
		return nil
	})
}
