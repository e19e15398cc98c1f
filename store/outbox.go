package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/google/uuid"

	"github.com/ahsn-network/tracker/store/survey"
)

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

// Outbox returns up to limit pieces of work to ask of the registry, in order
// of cycle and organisation. A piece goes away when [Store.ApplyChanges] shows
// it done, and rests after [Store.WorkRefused].
func (s *Store) Outbox(limit int) ([]Work, error) {
	return s.listWork(limit, false)
}

// RefusedWork returns up to limit pieces of work that rest, with the reason.
func (s *Store) RefusedWork(limit int) ([]Work, error) {
	return s.listWork(limit, true)
}

func (s *Store) listWork(limit int, refused bool) ([]Work, error) {
	var list []Work
	err := s.view(func(t *txn) error {
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

// WorkRefused notes the registry's refusal of a piece of work: it rests, with
// the reason, until its claim, organisation or campaign changes or the answer
// is recorded again. A refusal of work that has changed since it was read is
// ignored. If another region turns out to hold the claim, the answer stays
// provisional and shows the holder.
func (s *Store) WorkRefused(work Work, refusal *survey.Refusal) error {
	if refusal == nil {
		return fmt.Errorf("%w: no refusal is given", survey.ErrInvalid)
	}
	err := s.write(context.Background(), func(t *txn) error {
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
