package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// mirrorTx is a transaction on the mirror of the registry.
type mirrorTx struct{ *txn }

func (t *txn) mirror() mirrorTx { return mirrorTx{t} }

// Cursor returns the number of the last registry change that was applied. It may be a little lower
// after a restart: changes that concern nothing here are not worth an fsync, and applying them
// again does no harm.
func (s *Store) Cursor() uint64 { return s.cursor.Load() }

// ApplyChanges brings the mirror, the aggregates and the outbox up to the registry's number upTo,
// in one transaction. changes are the registry's changes after [Store.Cursor] up to that number, in
// their present state and in any order. It ignores those at or below the cursor, so that applying a
// list again changes nothing. Changes of one number must come in one call. It returns
// survey.ErrInvalid for a change beyond upTo.
//
// If a merge or its undoing moves claims between organisations, the registry tells of each such
// claim by a change with a number of its own: this room never guesses that a claim moved.
func (s *Store) ApplyChanges(upTo uint64, changes []survey.Change) error {
	for _, change := range changes {
		if change.Number > upTo {
			return fmt.Errorf("%w: apply registry changes up to %d: one has number %d", survey.ErrInvalid, upTo, change.Number)
		}
	}

	// A merge of the same number must be known before the claim that it moved.
	ordered := slices.Clone(changes)
	slices.SortStableFunc(ordered, func(a, b survey.Change) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(applyRank(a), applyRank(b)))
	})
	return explain(s.write(context.Background(), func(t *txn) error { return t.mirror().apply(upTo, ordered) }),
		"apply registry changes up to %d", upTo)
}

// applyRank orders the changes of one number: a merge comes before the claim that it affects.
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

// applyClaim counts or uncounts the answers that are here. It keeps no claim of another region for
// an organisation without answers here. It keeps one for an organisation that was merged away: the
// undoing may already be on its way, and until then no answer depends on it.
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

	// A foreign claim without answers here decides nothing, and one for each company of the nation
	// would cost an fsync.
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
		r.Wanted = false // given up or handed over: asking for it again would undo that
	}
	return t.responses().settle(cycle, id, r, occasion{at: change.At.UTC(), renew: true})
}

// applyCampaign keeps whether the cycle is final and by which definitions its answers count, and
// retries work that was refused because the campaign was not open.
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

	// Answers that arrived before the campaign was known may count differently by its definitions.
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

// wake settles the responses of all refused work whose key begins with prefix.
func (t mirrorTx) wake(prefix string, on occasion) error {
	resting, err := boltfile.Select(t.Tx, outboxBucket, prefix, func(w *Work) bool { return w.Refusal != nil })
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

// applyOrganisation follows merges and their undoing. It gives answers of cycles that are not final
// the organisation's new sector and size.
func (t mirrorTx) applyOrganisation(change survey.Change) error {
	o := *change.Organisation
	on := occasion{at: change.At.UTC(), retry: true}

	// Remembered first: answers that the merge moves take their sector and size from here.
	t.store.recent.remember(o)

	if err := t.applyMerge(o, on); err != nil {
		return err
	}

	// Its answers and records are at another organisation now, and that one has changes of its own.
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

		// A final year's table must not change because a company has grown.
		if !final {
			r.Sector, r.Size = o.Sector, o.SizeBand
		}
		if err := t.responses().settle(cycle, o.ID, r, on); err != nil {
			return err
		}
	}
	return nil
}
