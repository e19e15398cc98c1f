package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// sharingBucket holds which copies of answers other regions have or should get:
// cycle/organisation/region. The copies themselves are not in it.
const sharingBucket boltfile.Bucket = "sharing"

// sharingRecord is one region's copy of one organisation's answers. Version is the version that the
// region should have, Told the one that it has; 0 means none. Number rises with every change of
// Version.
type sharingRecord struct {
	Version uint64    `cbor:"1,keyasint,omitempty"`
	Told    uint64    `cbor:"2,keyasint,omitempty"`
	Number  uint64    `cbor:"3,keyasint"`
	Since   time.Time `cbor:"4,keyasint"`
	Key     []byte    `cbor:"5,keyasint,omitempty"` // of the node to which the copy was sealed
}

// SharingWork is one copy to be sent to a region, or to be taken back.
type SharingWork struct {
	Cycle        survey.Cycle
	Organisation survey.Identifier
	To           survey.Region
	Version      uint64 // 0: take the copy back
	Number       uint64
	Key          []byte // of the receiver's node when it last got a copy
	Done         bool   // it has been sent; send it again if the receiver's key has changed
	HandedOver   bool   // the company was handed over to the region, with these answers
}

func sharingKey(cycle survey.Cycle, id survey.Identifier, to survey.Region) []byte {
	return []byte(string(cycle) + "/" + string(id) + "/" + string(to))
}

// splitSharingKey undoes sharingKey. The identifier lies between the first slash and the last.
func splitSharingKey(key []byte) (survey.Cycle, survey.Identifier, survey.Region) {
	first, last := bytes.IndexByte(key, '/'), bytes.LastIndexByte(key, '/')
	return survey.Cycle(key[:first]), survey.Identifier(key[first+1 : last]), survey.Region(key[last+1:])
}

// sharers returns the regions that should have a copy of the response, if it is this region's:
// those that the company named, if it allowed it. A hand-over gives no further right: a withdrawn
// permission covers its copy too.
func (t *txn) sharers(r *responseRecord, claim claimRecord) []survey.Region {
	region := t.store.region
	if r == nil || !claim.mine(region) || r.Sharing != survey.SharingAllowed {
		return nil
	}
	to := slices.Sorted(slices.Values(r.Answers.Supporters()))
	return slices.DeleteFunc(slices.Compact(to), func(to survey.Region) bool { return to == region })
}

// planSharing brings the other regions' copies in line with a response; nil stands for a deleted
// one.
func (t *txn) planSharing(cycle survey.Cycle, id survey.Identifier, r *responseRecord, claim claimRecord,
	on occasion) error {
	want := t.sharers(r, claim)
	have := map[survey.Region]sharingRecord{}
	err := t.Each(sharingBucket, historyPrefix(cycle, id), func(key, value []byte) (bool, error) {
		var s sharingRecord
		_, _, to := splitSharingKey(key)
		err := t.Open(sharingBucket, key, value, &s)
		have[to] = s
		return true, err
	})
	if err != nil || len(want) == 0 && len(have) == 0 {
		return err
	}

	// Copies that the company no longer allows are taken back before others are sent.
	for to := range have {
		if !slices.Contains(want, to) {
			if err := t.planShare(cycle, id, to, have[to], 0, on); err != nil {
				return err
			}
		}
	}

	for _, to := range want {
		if err := t.planShare(cycle, id, to, have[to], r.Version, on); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) planShare(cycle survey.Cycle, id survey.Identifier, to survey.Region, s sharingRecord, version uint64,
	on occasion) error {
	if s.Version == version {
		return nil
	}
	t.outboxChanged = true
	s.Version, s.Number, s.Since = version, s.nextNumber(), on.at
	return t.Put(sharingBucket, sharingKey(cycle, id, to), s)
}

// takeBackUnallowed plans to take back the copies that the companies do not allow: earlier software
// handed last year's answers to every next holder of a company.
func takeBackUnallowed(s *Store) error {
	unallowed := map[string]sharingRecord{}
	err := s.view(func(t *txn) error {
		return t.Each(sharingBucket, "", func(key, value []byte) (bool, error) {
			var copied sharingRecord
			if err := t.Open(sharingBucket, key, value, &copied); err != nil || copied.Version == 0 {
				return err == nil, err
			}

			cycle, id, to := splitSharingKey(key)
			r, err := t.response(cycle, id)
			claim, _, claimErr := t.claim(cycle, id)
			if err == nil && claimErr == nil && !slices.Contains(t.sharers(r, claim), to) {
				unallowed[string(key)] = copied
			}
			return true, cmp.Or(err, claimErr)
		})
	})
	if err == nil && len(unallowed) > 0 {
		err = s.write(context.Background(), func(t *txn) error {
			for key, copied := range unallowed {
				cycle, id, to := splitSharingKey([]byte(key))
				if err := t.planShare(cycle, id, to, copied, 0, occasion{at: time.Now().UTC()}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return explain(err, "take back what no company allows")
}

// nextNumber counts milliseconds, so that numbers rise even if the file was restored from a backup:
// a copy that was taken back must not return.
func (s sharingRecord) nextNumber() uint64 { return max(s.Number+1, uint64(time.Now().UnixMilli())) }

// Sharing returns the copies to be sent or taken back, with done also those already sent, in order
// of cycle, organisation and region.
func (s *Store) Sharing(done bool) ([]SharingWork, error) {
	return read(s, func(t *txn) (list []SharingWork, err error) {
		err = boltfile.Values(t.Tx, sharingBucket, "", func(key []byte, r *sharingRecord) (bool, error) {
			sent := r.Version == r.Told
			if sent && (!done || r.Version == 0) {
				return true, nil
			}
			cycle, id, to := splitSharingKey(key)
			list = append(list, SharingWork{Cycle: cycle, Organisation: id, To: to, Version: r.Version,
				Number: r.Number, Key: r.Key, Done: sent})
			return true, nil
		})
		if err == nil {
			err = t.markHandedOver(list)
		}
		return list, err
	}, "read what is to be shared")
}

// Shared records that the receiver, whose node has the given key, holds the work's version, and
// appends an audit entry. Work that has changed since it was read is due again.
func (s *Store) Shared(work SharingWork, key []byte, at time.Time) error {
	err := s.write(context.Background(), func(t *txn) error {
		var r sharingRecord
		where := sharingKey(work.Cycle, work.Organisation, work.To)
		found, err := t.Get(sharingBucket, where, &r)
		if err != nil || !found {
			return err
		}

		r.Told, r.Key = work.Version, key
		if err := t.Put(sharingBucket, where, r); err != nil {
			return err
		}

		action, outcome := "response.share", fmt.Sprintf("version %d to %s", work.Version, work.To)
		if work.Version == 0 {
			action, outcome = "response.unshare", "taken back from "+string(work.To)
		}
		return t.auditChange(occasion{at: at}, action, string(recordKey(work.Cycle, work.Organisation)), outcome)
	})
	return explain(err, "note what %s has of %s", work.To, work.Organisation)
}

// SetSharing records whether the company lets the regions that it named see its answers, as a new
// version of the response; the same again changes nothing. It returns an error wrapping
// survey.ErrNotFound if there are no answers.
func (s *Store) SetSharing(ctx context.Context, cycle survey.Cycle, id survey.Identifier, sharing survey.Sharing,
	actor uint64, at time.Time) error {
	if sharing != survey.SharingAllowed && sharing != survey.SharingRefused {
		return fmt.Errorf("%w: sharing is allowed or refused", survey.ErrInvalid)
	}
	err := s.write(ctx, func(t *txn) error {
		id, err := t.canonical(id)
		if err != nil {
			return err
		}
		current, err := t.response(cycle, id)
		if err != nil || current == nil {
			return cmp.Or(err, survey.ErrNotFound)
		}
		if current.Sharing == sharing {
			return nil
		}

		// The answers stay the same; a new version keeps the actor and the time of the change.
		next := *current
		next.Sharing, next.Actor, next.At = sharing, actor, at.UTC()
		if err := t.responses().supersede(cycle, id, current, &next); err != nil {
			return err
		}
		if err := t.responses().settle(cycle, id, &next, occasion{at: at.UTC(), actor: actor}); err != nil {
			return err
		}

		return t.auditChange(occasion{at: at, actor: actor}, "response.sharing", string(recordKey(cycle, id)), string(sharing))
	})
	return explain(err, "sharing of the answers of %s for %s", id, cycle)
}
