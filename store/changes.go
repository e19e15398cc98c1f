package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// mirrorTx is a transaction on what the registry says.
type mirrorTx struct{ *txn }

func (t *txn) mirror() mirrorTx { return mirrorTx{t} }

// Cursor returns the number of the last registry change that was applied. It
// may be a little lower after a restart: changes that concern nothing here are
// not worth an fsync, and reading them again does no harm.
func (s *Store) Cursor() uint64 { return s.cursor.Load() }

// ApplyChanges brings the mirror, the aggregates and the outbox up to the
// registry's number upTo, in one transaction. changes are the registry's
// changes after [Store.Cursor] up to that number, as things stand now, in any
// order; those at or below the cursor are ignored, so that applying a list
// again changes nothing. Changes of one number must come in one call.
//
// A merge or its undoing that takes a claim from one organisation or gives it
// to another is told as a change of each such claim, with a number of its own:
// this room never guesses that a claim moved.
func (s *Store) ApplyChanges(upTo uint64, changes []survey.Change) error {
	for _, change := range changes {
		if change.Number > upTo {
			return fmt.Errorf("%w: apply registry changes up to %d: one has the number %d", survey.ErrInvalid, upTo, change.Number)
		}
	}
	ordered := slices.Clone(changes)
	slices.SortStableFunc(ordered, func(a, b survey.Change) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(applyRank(a), applyRank(b)))
	})
	err := s.write(context.Background(), func(t *txn) error { return t.mirror().apply(upTo, ordered) })
	if err != nil {
		return fmt.Errorf("apply registry changes up to %d: %w", upTo, err)
	}
	return nil
}

// applyRank puts a merge before the claim that it leads to.
func applyRank(c survey.Change) int {
	switch {
	case c.Campaign != nil:
		return 0
	case c.Organisation != nil:
		return 1
	}
	return 2
}

func (t mirrorTx) apply(upTo uint64, changes []survey.Change) error {
	from := t.cursor
	for _, change := range changes {
		if change.Number <= from {
			continue
		}
		var err error
		switch {
		case change.Campaign != nil:
			err = t.applyCampaign(change)
		case change.Organisation != nil:
			err = t.applyOrganisation(change)
		case change.Claim != nil:
			err = t.applyClaim(change)
		}
		if err != nil {
			return fmt.Errorf("change %d: %w", change.Number, err)
		}
	}
	t.cursor = max(from, upTo)
	return nil
}

// applyClaim counts or uncounts the answer that is here. A claim that is not
// this region's, of a company without an answer here, is not kept. One of an
// organisation that was merged away is: the undoing may already be on its way,
// and until then no answer looks at it.
func (t mirrorTx) applyClaim(change survey.Change) error {
	cycle, id := change.Claim.Cycle, change.Claim.Organisation
	if err := checkKey(cycle, id); err != nil {
		return err
	}
	was, known, err := t.claim(cycle, id)
	if err != nil {
		return err
	}
	r, err := t.response(cycle, id)
	if err != nil {
		return err
	}
	now := newClaimRecord(*change.Claim, change.Number)
	if r == nil && !now.mine(t.store.region) {
		if !known {
			return nil
		}
		return t.Delete(claimsBucket, recordKey(cycle, id))
	}
	if err := t.Put(claimsBucket, recordKey(cycle, id), now); err != nil || r == nil {
		return err
	}
	if was.mine(t.store.region) && !now.mine(t.store.region) {
		r.Wanted = false // released or handed over: asking for it again would undo that
	}
	return t.responses().settle(cycle, id, r, occasion{at: change.At.UTC(), renew: true})
}

// applyCampaign remembers whether the cycle is final and by which definitions
// its answers count, and wakes work that was
// refused because the campaign was not open.
func (t mirrorTx) applyCampaign(change survey.Change) error {
	cycle := change.Campaign.Cycle
	var was campaignRecord
	if _, err := t.Get(campaignsBucket, []byte(cycle), &was); err != nil {
		return err
	}
	now := campaignRecord{State: change.Campaign.State, Definitions: change.Campaign.Definitions}
	if was == now {
		return nil
	}
	if err := t.Put(campaignsBucket, []byte(cycle), now); err != nil {
		return err
	}
	if was.Definitions != now.Definitions {
		if err := t.responses().settleChanged(string(cycle)+"/", occasion{at: change.At.UTC()}); err != nil {
			return err
		}
	}
	if err := t.outbox().wakeSupported(cycle); err != nil {
		return err
	}
	return t.wake(string(cycle)+"/", occasion{at: change.At.UTC(), retry: true})
}

// wake settles the responses of all resting work whose key begins with prefix.
func (t mirrorTx) wake(prefix string, on occasion) error {
	var resting []Work
	err := boltfile.Values(t.Tx, outboxBucket, prefix, func(key []byte, work *Work) (bool, error) {
		if work.Refusal != nil {
			resting = append(resting, *work)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, work := range resting {
		r, err := t.response(work.Cycle, work.Organisation)
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		if err := t.responses().settle(work.Cycle, work.Organisation, r, on); err != nil {
			return err
		}
	}
	return nil
}

// applyOrganisation follows merges and their undoing, and moves answers of
// cycles that are not final to the organisation's new sector and size.
func (t mirrorTx) applyOrganisation(change survey.Change) error {
	o := *change.Organisation
	on := occasion{at: change.At.UTC(), retry: true}
	t.store.recent.remember(o)
	if err := t.applyMerge(o, on); err != nil {
		return err
	}
	if o.MergedInto != "" {
		return nil
	}
	cycles, err := t.cycles()
	if err != nil {
		return err
	}
	for _, cycle := range cycles {
		r, err := t.response(cycle, o.ID)
		if err != nil {
			return err
		}
		final, err := t.final(cycle)
		if err != nil {
			return err
		}
		if err := t.activities().reclassify(cycle, o, final, on); err != nil {
			return err
		}
		if r == nil {
			continue
		}
		if !final {
			r.Sector, r.Size = o.Sector, o.SizeBand
		}
		if err := t.responses().settle(cycle, o.ID, r, on); err != nil {
			return err
		}
	}
	return nil
}
