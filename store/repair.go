package store

import (
	"context"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// Repair rebuilds the aggregates and the counters of the cycles from the counted answers and
// activities. It changes no answer, and appends one audit entry. It returns an error wrapping
// boltfile.ErrDamaged, and changes nothing, if an answer cannot be read.
func (s *Store) Repair(ctx context.Context) error {
	return explain(s.write(ctx, func(t *txn) error { return t.rebuild(ctx) }), "rebuild the aggregates")
}

func (t *txn) rebuild(ctx context.Context) error {
	rebuilt := map[survey.Cycle]cycleRecord{}
	sums := &checker{counted: map[string]*aggregate{}}
	newest := t.newestVersion()
	note := func(key []byte, counted *countedRecord, answers int64) (bool, error) {
		cycle, _ := splitRecordKey(key)
		counters := rebuilt[cycle]
		counters.Responses += answers
		counters.Version = newest + 1
		if counted != nil {
			counters.AnswersIn += answers
			if err := sums.recount(cycle, counted); err != nil {
				return false, err
			}
		}
		rebuilt[cycle] = counters
		return true, ctx.Err()
	}

	err := boltfile.Values(t.Tx, responsesBucket, "", func(key []byte, r *responseRecord) (bool, error) {
		return note(key, r.Counted, 1)
	})
	if err != nil {
		return err
	}
	err = boltfile.Values(t.Tx, activitiesBucket, "", func(key []byte, a *activityRecord) (bool, error) {
		if a.Counted == nil {
			return true, nil
		}
		return note(key, a.Counted, 0)
	})
	if err != nil {
		return err
	}

	// All are deleted first: a damaged key would otherwise stay.
	for _, bucket := range []boltfile.Bucket{aggregatesBucket, cyclesBucket} {
		if _, err := t.DeleteEach(bucket, "", nil); err != nil {
			return err
		}
	}

	// The transaction writes its decoded aggregates when it is flushed.
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

	return t.auditChange(occasion{at: time.Now()}, "aggregates.rebuild", t.store.region.Name(), "done")
}

// newestVersion returns the greatest readable version of any cycle, so that versions keep rising
// over a repair.
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
