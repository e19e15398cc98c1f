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

// metaEpoch holds the registry's epoch that the mirror follows.
const metaEpoch = "epoch"

// Epoch returns the registry's epoch that the mirror follows. The cursor is valid in this epoch
// only: after a recovery from a lost quorum the registry gives lost numbers out again.
func (s *Store) Epoch() (uint64, error) {
	return read(s, func(t *txn) (epoch uint64, err error) {
		_, err = t.Get(boltfile.Meta, []byte(metaEpoch), &epoch)
		return epoch, err
	}, "read the registry's epoch")
}

// Rewind brings the mirror, the aggregates and the outbox in line with the registry in a later
// epoch, in one transaction, so that no figure dips in between. changes are the registry's whole
// present state up to its number upTo, in any order. Facts that only the lost part of the registry
// held are forgotten: answers whose claim was lost become provisional, and the claim is asked for
// again; support is told again. An epoch that is not later changes nothing.
func (s *Store) Rewind(epoch, upTo uint64, changes []survey.Change) error {
	ordered := slices.Clone(changes)
	slices.SortStableFunc(ordered, func(a, b survey.Change) int {
		return cmp.Or(cmp.Compare(applyRank(a), applyRank(b)), cmp.Compare(a.Number, b.Number))
	})

	return explain(s.write(context.Background(), func(t *txn) error { return t.mirror().rewind(epoch, upTo, ordered) }),
		"rewind to the registry's epoch %d", epoch)
}

func (t mirrorTx) rewind(epoch, upTo uint64, changes []survey.Change) error {
	var follows uint64
	if _, err := t.Get(boltfile.Meta, []byte(metaEpoch), &follows); err != nil || epoch <= follows {
		return err
	}

	from := t.cursor
	on := occasion{at: time.Now().UTC(), renew: true}
	t.store.recent = newRecentOrganisations() // it may hold lost organisations

	// Merges first, so that the claims that follow find the answers at their organisations.
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

	// Claims and support are asked for again.
	t.outboxChanged = true
	return t.auditChange(on, "registry.rewind", fmt.Sprintf("epoch %d", epoch),
		fmt.Sprintf("from change %d to %d", from, upTo))
}

// forgetLostMerges undoes the merges of organisations that the registry no longer knows. For the
// others, the registry's changes bring the present merges.
func (t mirrorTx) forgetLostMerges(changes []survey.Change, on occasion) error {
	lost, err := t.lostKeys(aliasesBucket, changes, func(c survey.Change) string {
		if c.Organisation == nil {
			return ""
		}
		return string(c.Organisation.ID)
	})
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
	lost, err := t.lostKeys(campaignsBucket, changes, func(c survey.Change) string {
		if c.Campaign == nil {
			return ""
		}
		return string(c.Campaign.Cycle)
	})
	if err != nil {
		return err
	}
	for _, cycle := range lost {
		if err := t.Delete(campaignsBucket, cycle); err != nil {
			return err
		}
	}
	return nil
}

// forgetLostClaims deletes claims from the mirror that the registry no longer knows. Unlike claims
// that were given up, nobody meant to lose these, so they are asked for again.
func (t mirrorTx) forgetLostClaims(changes []survey.Change, on occasion) error {
	lost, err := t.lostKeys(claimsBucket, changes, func(c survey.Change) string {
		if c.Claim == nil {
			return ""
		}
		return string(recordKey(c.Claim.Cycle, c.Claim.Organisation))
	})
	if err != nil {
		return err
	}
	for _, key := range lost {
		if err := t.Delete(claimsBucket, key); err != nil {
			return err
		}
		cycle, id := splitRecordKey(key)
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

// lostKeys returns the bucket's keys that none of the changes has, by keyOf.
func (t mirrorTx) lostKeys(bucket boltfile.Bucket, changes []survey.Change,
	keyOf func(survey.Change) string) ([][]byte, error) {
	known := map[string]bool{}
	for _, c := range changes {
		known[keyOf(c)] = true
	}
	keys, err := t.Keys(bucket, "")
	return slices.DeleteFunc(keys, func(key []byte) bool { return known[string(key)] }), err
}

// tellSupportAgain puts support that the registry was told of back on the list: the registry may
// have lost it, and telling it twice changes nothing.
func (t mirrorTx) tellSupportAgain() error {
	told, err := boltfile.Select(t.Tx, supportedBucket, "", func(r *supportedRecord) bool { return !r.Told.IsZero() })
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
