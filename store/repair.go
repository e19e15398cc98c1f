package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// Repair rebuilds the aggregates and the counters of the cycles from what is
// marked as counted. It changes no answer, and writes one
// entry to the audit log. It returns an error wrapping boltfile.ErrDamaged, and changes
// nothing, if an answer cannot be read.
func (s *Store) Repair(ctx context.Context) error {
	err := s.write(ctx, func(t *txn) error { return t.rebuild(ctx) })
	if err != nil {
		return fmt.Errorf("rebuild the aggregates: %w", err)
	}
	return nil
}

func (t *txn) rebuild(ctx context.Context) error {
	rebuilt := map[survey.Cycle]cycleRecord{}
	sums := &checker{counted: map[string]*aggregate{}}
	newest := t.newestVersion()
	err := t.Each(responsesBucket, "", func(key, value []byte) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		var r responseRecord
		if err := t.Open(responsesBucket, key, value, &r); err != nil {
			return false, err
		}
		cycle, _ := splitRecordKey(key)
		counters := rebuilt[cycle]
		counters.Responses++
		counters.Version = newest + 1
		if r.Counted != nil {
			counters.AnswersIn++
			if err := sums.recount(cycle, r.Counted); err != nil {
				return false, err
			}
		}
		rebuilt[cycle] = counters
		return true, nil
	})
	if err != nil {
		return err
	}
	err = t.Each(activitiesBucket, "", func(key, value []byte) (bool, error) {
		var a activityRecord
		if err := t.Open(activitiesBucket, key, value, &a); err != nil || a.Counted == nil {
			return err == nil, err
		}
		cycle, _ := splitRecordKey(key)
		counters := rebuilt[cycle]
		counters.Version = newest + 1
		rebuilt[cycle] = counters
		return true, sums.recount(cycle, a.Counted)
	})
	if err != nil {
		return err
	}
	for _, bucket := range []boltfile.Bucket{aggregatesBucket, cyclesBucket} {
		if _, err := t.DeleteEach(bucket, "", nil); err != nil {
			return err
		}
	}
	clear(t.aggregates)
	for key, a := range sums.counted {
		a.dirty = true
		t.aggregates[key] = a
	}
	for cycle, counters := range rebuilt {
		if err := t.Put(cyclesBucket, []byte(cycle), counters); err != nil {
			return err
		}
		t.changedCycles[cycle] = true
	}
	return t.audit(AuditEntry{At: time.Now(), Action: "aggregates.rebuild", Object: t.store.region.Name(), Outcome: "done"})
}

// newestVersion returns the greatest version of any cycle that can be read, so
// that versions keep rising over a repair.
func (t *txn) newestVersion() uint64 {
	newest := uint64(0)
	_ = t.Each(cyclesBucket, "", func(key, value []byte) (bool, error) {
		var r cycleRecord
		if err := t.Open(cyclesBucket, key, value, &r); err == nil {
			newest = max(newest, r.Version)
		}
		return true, nil
	})
	return newest
}
