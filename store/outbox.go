package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/google/uuid"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// Outbox is the work that waits for the registry. All methods are safe for concurrent use; the
// errors of writes are those of [Store].
type Outbox struct{ store *Store }

// Outbox returns the work that this region's records make for the registry.
func (s *Store) Outbox() Outbox { return Outbox{s} }

// WorkKind names a request to the registry.
type WorkKind string

const (
	WorkClaim      WorkKind = "claim"      // a provisional answer waits for its claim
	WorkRespond    WorkKind = "respond"    // the claim is ours and the answer complete
	WorkIneligible WorkKind = "ineligible" // the claim is ours and no region gave support
)

// Work is one request to the registry. RequestID stays the same until the claim changes, so that a
// retry is the same command; Token is the claim's fencing token for respond and ineligible. Refusal
// is set if the registry refused the work, or certainly would: it is not sent until the claim
// changes.
type Work struct {
	Kind         WorkKind          `json:"kind" cbor:"1,keyasint"`
	Cycle        survey.Cycle      `json:"cycle" cbor:"2,keyasint"`
	Organisation survey.Identifier `json:"organisation" cbor:"3,keyasint"`
	RequestID    string            `json:"request_id" cbor:"4,keyasint"`
	Token        uint64            `json:"token,omitempty" cbor:"5,keyasint,omitempty"`
	Since        time.Time         `json:"since" cbor:"6,keyasint"`
	Refusal      *survey.Refusal   `json:"problem,omitempty" cbor:"7,keyasint,omitempty"`
}

// Action returns the change of the claim that respond and ineligible ask for, false for other
// kinds.
func (w Work) Action() (survey.ClaimChange, bool) {
	switch w.Kind {
	case WorkRespond:
		return survey.ClaimChange{Organisation: w.Organisation, Action: survey.ActionRespond, Token: w.Token}, true
	case WorkIneligible:
		return survey.ClaimChange{Organisation: w.Organisation, Action: survey.ActionIneligible, Token: w.Token,
			Reason: survey.ReasonNotSupported}, true
	}
	return survey.ClaimChange{}, false
}

// desiredWork returns the work that follows from the response and its claim, nil for none.
func desiredWork(r *responseRecord, claim claimRecord, region survey.Region) *Work {
	if !claim.mine(region) {
		if !r.Wanted {
			return nil
		}
		work := &Work{Kind: WorkClaim}
		if claim.heldByOther(region) {
			work.Refusal = claim.refusal()
		}
		return work
	}
	switch {
	case claim.State == survey.Transferring || claim.State == survey.Responded:
		return nil
	case r.Ineligible && claim.State != survey.Ineligible:
		return &Work{Kind: WorkIneligible, Token: claim.Token}
	case r.Complete && !r.Ineligible:
		return &Work{Kind: WorkRespond, Token: claim.Token}
	}
	return nil
}

// outboxTx is a transaction on the work for the registry.
type outboxTx struct{ *txn }

func (t *txn) outbox() outboxTx { return outboxTx{t} }

// plan makes want the organisation's only work in the outbox; nil removes it.
func (t outboxTx) plan(cycle survey.Cycle, id survey.Identifier, want *Work, on occasion) error {
	key := recordKey(cycle, id)
	var have Work
	found, err := t.Get(outboxBucket, key, &have)
	if err != nil {
		return err
	}

	if want == nil {
		if !found {
			return nil
		}
		t.outboxChanged = true
		return t.Delete(outboxBucket, key)
	}

	want.Cycle, want.Organisation, want.Since = cycle, id, on.at
	if found && have.Kind == want.Kind && have.Token == want.Token {
		want.Since = have.Since
		sameRefusal := have.Refusal != nil && (want.Refusal == nil || reflect.DeepEqual(have.Refusal, want.Refusal))
		keep := have.Refusal == nil && want.Refusal == nil || sameRefusal && (!on.retry || want.Refusal != nil)
		if keep && !on.renew {
			return nil
		}
	}

	// A new request id: the registry would answer the earlier one as it did before.
	if want.RequestID, err = newRequestID(); err != nil {
		return err
	}
	t.outboxChanged = true
	return t.Put(outboxBucket, key, want)
}

func newRequestID() (string, error) {
	id, err := uuid.NewRandom()
	return id.String(), explain(err, "number the work")
}

// resting reports whether there is refused work for the organisation.
func (t outboxTx) resting(cycle survey.Cycle, id survey.Identifier) (bool, error) {
	var have Work
	found, err := t.Get(outboxBucket, recordKey(cycle, id), &have)
	return found && have.Refusal != nil, err
}

// Watch returns a channel that is closed at the next change of the work for the registry. Take it
// before calling [Outbox.Due].
func (o Outbox) Watch() <-chan struct{} { return o.store.work.Changed() }

// Due returns up to limit pieces of work to send to the registry, in order of cycle and
// organisation. A piece is deleted when [Store.ApplyChanges] shows that it is done, and no longer
// due after [Outbox.Refuse].
func (o Outbox) Due(limit int) ([]Work, error) { return o.list(limit, false) }

// Refused returns up to limit pieces of refused work, with the reason.
func (o Outbox) Refused(limit int) ([]Work, error) { return o.list(limit, true) }

func (o Outbox) list(limit int, refused bool) ([]Work, error) {
	return read(o.store, func(t *txn) (list []Work, err error) {
		err = boltfile.Values(t.Tx, outboxBucket, "", func(_ []byte, work *Work) (bool, error) {
			if len(list) < limit && (work.Refusal != nil) == refused {
				list = append(list, *work)
			}
			return len(list) < limit, nil
		})
		return list, err
	}, "read the work for the registry")
}

// Refuse records the registry's refusal of a piece of work: it is not due again until its claim,
// organisation or campaign changes or the answers are recorded again. A refusal of work that has
// changed since it was read is ignored. If another region turns out to hold the claim, the answers
// stay provisional and show the holder. It returns survey.ErrInvalid without a refusal.
func (o Outbox) Refuse(work Work, refusal *survey.Refusal) error {
	if refusal == nil {
		return fmt.Errorf("%w: no refusal is given", survey.ErrInvalid)
	}
	err := o.store.write(context.Background(), func(t *txn) error {
		var have Work
		key := recordKey(work.Cycle, work.Organisation)
		found, err := t.Get(outboxBucket, key, &have)
		if err != nil || !found || have.RequestID != work.RequestID || have.Refusal != nil {
			return err
		}

		// The mirror learns the holder, because no change will tell it again.
		elsewhere := refusal.Holder != "" && refusal.Holder != t.store.region
		if have.Kind == WorkClaim && refusal.Code == survey.RefusedAlreadyClaimed && elsewhere {
			return t.outbox().heldElsewhere(have, refusal)
		}

		have.Refusal = refusal
		t.outboxChanged = true
		return t.Put(outboxBucket, key, have)
	})
	return explain(err, "note the refusal for %s", work.Organisation)
}

// heldElsewhere puts the holder that the refusal names into the mirror. The change that gave the
// claim away came before there were answers here, so the mirror did not keep it.
func (t outboxTx) heldElsewhere(work Work, refusal *survey.Refusal) error {
	claim := claimRecord{Region: refusal.Holder, State: survey.Claimed, Since: refusal.Since.UTC(), Number: t.cursor}
	if err := t.Put(claimsBucket, recordKey(work.Cycle, work.Organisation), claim); err != nil {
		return err
	}

	r, err := t.response(work.Cycle, work.Organisation)
	if err != nil {
		return err
	}
	if r == nil {
		return errors.New("the work has no answer")
	}
	return t.responses().settle(work.Cycle, work.Organisation, r, occasion{at: work.Since, renew: true})
}

// WorkSupported asks the registry to note that the region supported an organisation in a cycle. It
// has a bucket of its own: it follows from records, not from answers, and needs no claim.
const WorkSupported WorkKind = "supported"

// supportedBucket holds for each cycle and organisation the support to be told to the registry, and
// whether it has been told.
const supportedBucket boltfile.Bucket = "supported"

// supportedRecord stays when the registry has been told, so that nothing is told twice. The
// registry never forgets support, so deleting the records does not revoke it there.
type supportedRecord struct {
	Work Work      `cbor:"1,keyasint"`
	Told time.Time `cbor:"2,keyasint,omitempty"`
}

// planSupported puts the organisation's support on the list, once.
func (t outboxTx) planSupported(key activityKey, on occasion) error {
	at := recordKey(key.cycle, key.id)
	if t.Has(supportedBucket, at) {
		return nil
	}
	request, err := newRequestID()
	if err != nil {
		return err
	}
	t.outboxChanged = true
	return t.Put(supportedBucket, at, supportedRecord{Work: Work{Kind: WorkSupported, Cycle: key.cycle,
		Organisation: key.id, RequestID: request, Since: on.at.UTC()}})
}

// Support returns up to limit pieces of support that the registry has neither been told of nor
// refused, in order of cycle and organisation.
func (o Outbox) Support(limit int) ([]Work, error) {
	return read(o.store, func(t *txn) (list []Work, err error) {
		err = boltfile.Values(t.Tx, supportedBucket, "", func(key []byte, r *supportedRecord) (bool, error) {
			if r.Told.IsZero() && r.Work.Refusal == nil {
				list = append(list, r.Work)
			}
			return len(list) < limit, nil
		})
		return list, err
	}, "read the support to be told")
}

// Supported returns the organisations that the region supported in the cycle according to its
// records, in order.
func (s *Store) Supported(cycle survey.Cycle) ([]survey.Identifier, error) {
	return read(s, func(t *txn) (ids []survey.Identifier, err error) {
		err = t.Each(activitiesBucket, string(cycle)+"/", func(key, _ []byte) (bool, error) {
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
		return ids, err
	}, "list the companies supported in %s", cycle)
}

// SupportTold records the registry's outcomes of a list of work: refusals has one entry for each
// piece, nil where the registry has noted the support. Refused support is not told again until its
// campaign changes. It returns survey.ErrInvalid if the lists differ in length.
func (o Outbox) SupportTold(work []Work, refusals []*survey.Refusal) error {
	if len(work) != len(refusals) {
		return fmt.Errorf("%w: %d outcomes for %d pieces of work", survey.ErrInvalid, len(refusals), len(work))
	}
	now := time.Now().UTC().Round(0)
	err := o.store.write(context.Background(), func(t *txn) error {
		// Work that changed since it was read keeps its new request id and is sent again.
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
	return explain(err, "note the support that the registry knows")
}

// wakeSupported lets refused support of the cycle be told again, under new request ids.
func (t outboxTx) wakeSupported(cycle survey.Cycle) error {
	refused, err := boltfile.Select(t.Tx, supportedBucket, string(cycle)+"/",
		func(r *supportedRecord) bool { return r.Work.Refusal != nil })
	if err != nil {
		return err
	}
	for _, r := range refused {
		r.Work.Refusal = nil
		if r.Work.RequestID, err = newRequestID(); err != nil {
			return err
		}
		t.outboxChanged = true
		if err := t.Put(supportedBucket, recordKey(cycle, r.Work.Organisation), r); err != nil {
			return err
		}
	}
	return nil
}
