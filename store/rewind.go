package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// metaEpoch is the registry's epoch that the mirror follows.
const metaEpoch = "epoch"

// Epoch returns the epoch of the registry that the mirror follows. The cursor
// means nothing in any other one: numbers that a recovery from a lost quorum
// cut off are given out again.
func (s *Store) Epoch() (uint64, error) {
	var epoch uint64
	err := s.view(func(t *txn) error {
		_, err := t.Get(boltfile.Meta, []byte(metaEpoch), &epoch)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("read the registry's epoch: %w", err)
	}
	return epoch, nil
}

// Rewind brings the mirror, the aggregates and the outbox to the registry as it
// went on in a later epoch, in one transaction, so that no figure dips in
// between. changes are everything that the registry knows up to its number
// upTo, as things stand now, in any order. What only the lost part of the
// registry said is forgotten: an answer whose claim was lost with it becomes
// provisional, and the claim is asked for again; support is told again. An
// epoch that is not later changes nothing.
func (s *Store) Rewind(epoch, upTo uint64, changes []survey.Change) error {
	ordered := slices.Clone(changes)
	slices.SortStableFunc(ordered, func(a, b survey.Change) int {
		return cmp.Or(cmp.Compare(applyRank(a), applyRank(b)), cmp.Compare(a.Number, b.Number))
	})
	err := s.write(context.Background(), func(t *txn) error { return t.mirror().rewind(epoch, upTo, ordered) })
	if err != nil {
		return fmt.Errorf("rewind to the registry's epoch %d: %w", epoch, err)
	}
	return nil
}

func (t mirrorTx) rewind(epoch, upTo uint64, changes []survey.Change) error {
	var follows uint64
	if _, err := t.Get(boltfile.Meta, []byte(metaEpoch), &follows); err != nil || epoch <= follows {
		return err
	}
	from := t.cursor
	on := occasion{at: time.Now().UTC(), renew: true}
	t.store.recent = newRecentOrganisations() // it may remember what was lost
	for _, step := range []func() error{
		func() error { return t.forgetLostMerges(changes, on) },
		func() error { return t.forgetLostCampaigns(changes) },
		func() error { return t.forgetLostClaims(changes, on) },
		func() error { t.cursor = 0; return t.apply(upTo, changes) },
		func() error { return t.wake("", occasion{at: on.at, retry: true}) },
		t.tellSupportAgain,
		func() error { return t.Put(boltfile.Meta, []byte(metaEpoch), epoch) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	t.cursor = upTo
	t.outboxChanged = true
	return t.audit(AuditEntry{At: on.at, Action: "registry.rewind", Object: fmt.Sprintf("epoch %d", epoch), Outcome: fmt.Sprintf("from change %d to %d", from, upTo)})
}

// forgetLostMerges undoes the merges of organisations that the registry no
// longer knows; those that it knows differently follow from its changes.
func (t mirrorTx) forgetLostMerges(changes []survey.Change, on occasion) error {
	known := map[string]bool{}
	for _, c := range changes {
		if c.Organisation != nil {
			known[string(c.Organisation.ID)] = true
		}
	}
	lost, err := t.keysNotIn(aliasesBucket, known)
	if err != nil {
		return err
	}
	for _, id := range lost {
		if err := t.applyMerge(survey.Organisation{ID: survey.Identifier(id)}, on); err != nil {
			return err
		}
	}
	return nil
}

func (t mirrorTx) forgetLostCampaigns(changes []survey.Change) error {
	known := map[string]bool{}
	for _, c := range changes {
		if c.Campaign != nil {
			known[string(c.Campaign.Cycle)] = true
		}
	}
	lost, err := t.keysNotIn(campaignsBucket, known)
	if err != nil {
		return err
	}
	for _, cycle := range lost {
		if err := t.Delete(campaignsBucket, []byte(cycle)); err != nil {
			return err
		}
	}
	return nil
}

// forgetLostClaims takes claims out of the mirror that the registry no longer
// knows. Unlike a release this was nobody's wish, so they are asked for again.
func (t mirrorTx) forgetLostClaims(changes []survey.Change, on occasion) error {
	known := map[string]bool{}
	for _, c := range changes {
		if c.Claim != nil {
			known[string(recordKey(c.Claim.Cycle, c.Claim.Organisation))] = true
		}
	}
	lost, err := t.keysNotIn(claimsBucket, known)
	if err != nil {
		return err
	}
	for _, key := range lost {
		if err := t.Delete(claimsBucket, []byte(key)); err != nil {
			return err
		}
		cycle, id := splitRecordKey([]byte(key))
		r, err := t.response(cycle, id)
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		if err := t.responses().settle(cycle, id, r, on); err != nil {
			return err
		}
	}
	return nil
}

func (t mirrorTx) keysNotIn(bucket boltfile.Bucket, known map[string]bool) ([]string, error) {
	var keys []string
	err := t.Each(bucket, "", func(key, _ []byte) (bool, error) {
		if !known[string(key)] {
			keys = append(keys, string(key))
		}
		return true, nil
	})
	return keys, err
}

// tellSupportAgain puts support that the registry was told of back on the
// list: it may have been lost, and telling it twice changes nothing.
func (t mirrorTx) tellSupportAgain() error {
	var told []supportedRecord
	err := boltfile.Values(t.Tx, supportedBucket, "", func(key []byte, r *supportedRecord) (bool, error) {
		if !r.Told.IsZero() {
			told = append(told, *r)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, r := range told {
		r.Told = time.Time{}
		if err := t.Put(supportedBucket, recordKey(r.Work.Cycle, r.Work.Organisation), r); err != nil {
			return err
		}
	}
	return nil
}
