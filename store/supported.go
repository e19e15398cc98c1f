package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// WorkSupported asks the registry to note that the region supported an
// organisation in a cycle. It has a list of its own: it follows from records,
// not from an answer, and needs no claim.
const WorkSupported WorkKind = "supported"

// supportedBucket holds what the registry is told of support: the cycle and
// organisation, whether it knows.
const supportedBucket boltfile.Bucket = "supported"

// supportedRecord stays when the registry knows, so that nothing is told
// twice. The registry never forgets support, so deleting the records does not
// take it back there.
type supportedRecord struct {
	Work Work      `cbor:"1,keyasint"`
	Told time.Time `cbor:"2,keyasint,omitempty"`
}

// planSupported puts the organisation's support on the list once.
func (t outboxTx) planSupported(key activityKey, on occasion) error {
	at := recordKey(key.cycle, key.id)
	if t.Has(supportedBucket, at) {
		return nil
	}
	request, err := uuid.NewRandom()
	if err != nil {
		return fmt.Errorf("number the work: %w", err)
	}
	t.outboxChanged = true
	return t.Put(supportedBucket, at, supportedRecord{Work: Work{Kind: WorkSupported, Cycle: key.cycle, Organisation: key.id,
		RequestID: request.String(), Since: on.at.UTC()}})
}

// SupportedWork returns up to limit pieces of support that the registry does
// not know of and has not refused, in order of cycle and organisation.
func (s *Store) SupportedWork(limit int) ([]Work, error) {
	var list []Work
	err := s.view(func(t *txn) error {
		return boltfile.Values(t.Tx, supportedBucket, "", func(key []byte, r *supportedRecord) (bool, error) {
			if r.Told.IsZero() && r.Work.Refusal == nil {
				list = append(list, r.Work)
			}
			return len(list) < limit, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the support to be told: %w", err)
	}
	return list, nil
}

// Supported returns the organisations that the region's records show as
// supported in the cycle, in order.
func (s *Store) Supported(cycle survey.Cycle) ([]survey.Identifier, error) {
	var ids []survey.Identifier
	err := s.view(func(t *txn) error {
		return t.Each(activitiesBucket, string(cycle)+"/", func(key, _ []byte) (bool, error) {
			_, id := splitRecordKey(key)
			supports := false
			err := t.eachPlace(id, "", func(_ survey.RecordKind, _ string, place placeRecord) (bool, error) {
				supports = supports || place.Supports && place.Cycle == cycle && !place.Deleted
				return !supports, nil
			})
			if supports {
				ids = append(ids, id)
			}
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the companies supported in %s: %w", cycle, err)
	}
	return ids, nil
}

// SupportedTold notes the registry's outcomes of a list of work: refusals has
// one entry for each piece, nil where the registry knows of the support now. A
// refused piece rests until its campaign changes.
func (s *Store) SupportedTold(work []Work, refusals []*survey.Refusal) error {
	if len(work) != len(refusals) {
		return fmt.Errorf("%w: %d outcomes for %d pieces of work", survey.ErrInvalid, len(refusals), len(work))
	}
	now := time.Now().UTC().Round(0)
	err := s.write(context.Background(), func(t *txn) error {
		for i, w := range work {
			key := recordKey(w.Cycle, w.Organisation)
			var r supportedRecord
			found, err := t.Get(supportedBucket, key, &r)
			if err != nil {
				return err
			}
			if !found || r.Work.RequestID != w.RequestID {
				continue
			}
			if r.Work.Refusal = refusals[i]; refusals[i] == nil {
				r.Told = now
			}
			t.outboxChanged = true
			if err := t.Put(supportedBucket, key, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note the support that the registry knows: %w", err)
	}
	return nil
}

// wakeSupported lets refused support of the cycle be told again.
func (t outboxTx) wakeSupported(cycle survey.Cycle) error {
	var resting []supportedRecord
	err := boltfile.Values(t.Tx, supportedBucket, string(cycle)+"/", func(key []byte, r *supportedRecord) (bool, error) {
		if r.Work.Refusal != nil {
			resting = append(resting, *r)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, r := range resting {
		request, err := uuid.NewRandom()
		if err != nil {
			return fmt.Errorf("number the work: %w", err)
		}
		r.Work.Refusal, r.Work.RequestID = nil, request.String()
		t.outboxChanged = true
		if err := t.Put(supportedBucket, recordKey(r.Work.Cycle, r.Work.Organisation), r); err != nil {
			return err
		}
	}
	return nil
}
