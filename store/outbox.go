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

// Outbox is the work for the registry. All methods are safe for concurrent use;
// the errors of writes are those of [Store].
type Outbox struct{ store *Store }

// Outbox returns the work that this region's records make for the registry.
func (s *Store) Outbox() Outbox { return Outbox{s} }

// WorkKind is what the registry should be asked to do.
type WorkKind string

const (
	WorkClaim      WorkKind = "claim"      // a provisional answer waits for its claim
	WorkRespond    WorkKind = "respond"    // the claim is ours and the answer complete
	WorkIneligible WorkKind = "ineligible" // the claim is ours and no region gave support
)

// Work is one thing to ask of the registry. RequestID stays the same until the
// claim changes, so that a retry is the same command; Token is the claim's
// fencing token for respond and ineligible. Refusal is set on work that the
// registry refused, or would: it rests until the claim changes.
type Work struct {
	Kind         WorkKind          `json:"kind" cbor:"1,keyasint"`
	Cycle        survey.Cycle      `json:"cycle" cbor:"2,keyasint"`
	Organisation survey.Identifier `json:"organisation" cbor:"3,keyasint"`
	RequestID    string            `json:"request_id" cbor:"4,keyasint"`
	Token        uint64            `json:"token,omitempty" cbor:"5,keyasint,omitempty"`
	Since        time.Time         `json:"since" cbor:"6,keyasint"`
	Refusal      *survey.Refusal   `json:"problem,omitempty" cbor:"7,keyasint,omitempty"`
}

// Action returns the claim's change that respond and ineligible stand for,
// false for claim.
func (w Work) Action() (survey.ClaimChange, bool) {
	switch w.Kind {
	case WorkRespond:
		return survey.ClaimChange{Organisation: w.Organisation, Action: survey.ActionRespond, Token: w.Token}, true
	case WorkIneligible:
		return survey.ClaimChange{Organisation: w.Organisation, Action: survey.ActionIneligible, Token: w.Token, Reason: survey.ReasonNotSupported}, true
	}
	return survey.ClaimChange{}, false
}

// desiredWork returns what the response makes for the registry, nil for
// nothing.
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

// plan makes the outbox hold want for the organisation, and nothing else.
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
	sameWork := found && have.Kind == want.Kind && have.Token == want.Token
	if sameWork {
		want.Since = have.Since
		resting := have.Refusal != nil && (want.Refusal == nil || reflect.DeepEqual(have.Refusal, want.Refusal))
		keep := have.Refusal == nil && want.Refusal == nil || resting && (!on.retry || want.Refusal != nil)
		if keep && !on.renew {
			return nil
		}
	}
	request, err := uuid.NewRandom()
	if err != nil {
		return fmt.Errorf("number the work: %w", err)
	}
	want.RequestID = request.String()
	t.outboxChanged = true
	return t.Put(outboxBucket, key, want)
}

// resting reports whether there is refused work for the organisation.
func (t outboxTx) resting(cycle survey.Cycle, id survey.Identifier) (bool, error) {
	var have Work
	found, err := t.Get(outboxBucket, recordKey(cycle, id), &have)
	return found && have.Refusal != nil, err
}

// Watch returns a channel that is closed when the work for the registry
// changes next. Take it before reading [Outbox.Due].
func (o Outbox) Watch() <-chan struct{} { return o.store.work.Changed() }

// Due returns up to limit pieces of work to ask of the registry, in order
// of cycle and organisation. A piece goes away when [Store.ApplyChanges] shows
// it done, and rests after [Outbox.Refuse].
func (o Outbox) Due(limit int) ([]Work, error) {
	return o.list(limit, false)
}

// Refused returns up to limit pieces of work that rest, with the reason.
func (o Outbox) Refused(limit int) ([]Work, error) {
	return o.list(limit, true)
}

func (o Outbox) list(limit int, refused bool) ([]Work, error) {
	var list []Work
	err := o.store.view(func(t *txn) error {
		return t.Each(outboxBucket, "", func(key, value []byte) (bool, error) {
			if len(list) >= limit {
				return false, nil
			}
			var work Work
			if err := t.Open(outboxBucket, key, value, &work); err != nil {
				return false, err
			}
			if (work.Refusal != nil) == refused {
				list = append(list, work)
			}
			return true, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the work for the registry: %w", err)
	}
	return list, nil
}

// Refuse notes the registry's refusal of a piece of work: it rests, with
// the reason, until its claim, organisation or campaign changes or the answer
// is recorded again. A refusal of work that has changed since it was read is
// ignored. If another region turns out to hold the claim, the answer stays
// provisional and shows the holder.
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
		if have.Kind == WorkClaim && refusal.Code == survey.RefusedAlreadyClaimed && refusal.Holder != "" && refusal.Holder != t.store.region {
			return t.outbox().heldElsewhere(have, refusal)
		}
		have.Refusal = refusal
		t.outboxChanged = true
		return t.Put(outboxBucket, key, have)
	})
	if err != nil {
		return fmt.Errorf("note the refusal for %s: %w", work.Organisation, err)
	}
	return nil
}

// heldElsewhere puts into the mirror what the refusal tells. The change that
// gave the claim away came before the answer was here, so it was not kept.
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

// Support returns up to limit pieces of support that the registry does
// not know of and has not refused, in order of cycle and organisation.
func (o Outbox) Support(limit int) ([]Work, error) {
	var list []Work
	err := o.store.view(func(t *txn) error {
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

// SupportTold notes the registry's outcomes of a list of work: refusals has
// one entry for each piece, nil where the registry knows of the support now. A
// refused piece rests until its campaign changes.
func (o Outbox) SupportTold(work []Work, refusals []*survey.Refusal) error {
	if len(work) != len(refusals) {
		return fmt.Errorf("%w: %d outcomes for %d pieces of work", survey.ErrInvalid, len(refusals), len(work))
	}
	now := time.Now().UTC().Round(0)
	err := o.store.write(context.Background(), func(t *txn) error {
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
