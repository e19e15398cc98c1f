package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// sharingBucket holds which copies of answers other regions have or are to
// get: cycle/organisation/region. There is no copy in it.
const sharingBucket boltfile.Bucket = "sharing"

// sharingRecord says what one region has of one answer. Version is the one
// that it is to have, 0 for none; Told the one that it has, 0 for none. Number
// rises with every change of what it is to have.
type sharingRecord struct {
	Version uint64    `cbor:"1,keyasint,omitempty"`
	Told    uint64    `cbor:"2,keyasint,omitempty"`
	Number  uint64    `cbor:"3,keyasint"`
	Since   time.Time `cbor:"4,keyasint"`
	Key     []byte    `cbor:"5,keyasint,omitempty"` // of the node that it was sealed to
}

// SharingWork is one copy to be given to a region, or to be taken back.
type SharingWork struct {
	Cycle        survey.Cycle
	Organisation survey.Identifier
	To           survey.Region
	Version      uint64 // 0: to be taken back
	Number       uint64
	Key          []byte // of the receiver's node when it last got one
	Done         bool   // it has been given; it is due again if the receiver's key is another now
	HandedOver   bool   // the company was handed over to the region, with these answers
}

func sharingKey(cycle survey.Cycle, id survey.Identifier, to survey.Region) []byte {
	return []byte(string(cycle) + "/" + string(id) + "/" + string(to))
}

func splitSharingKey(key []byte) (survey.Cycle, survey.Identifier, survey.Region) {
	at := slices.Index(key, '/')
	end := len(key) - 1 - slices.Index(reversed(key), '/')
	return survey.Cycle(key[:at]), survey.Identifier(key[at+1 : end]), survey.Region(key[end+1:])
}

func reversed(key []byte) []byte {
	key = slices.Clone(key)
	slices.Reverse(key)
	return key
}

// sharers are the regions that are to have a copy of the response, if the answer
// is this region's: those that the company named, if it allowed it. A hand-over
// gives no further right: what the company takes back is taken back.
func (t *txn) sharers(r *responseRecord, claim claimRecord) []survey.Region {
	region := t.store.region
	if r == nil || !claim.mine(region) || r.Sharing != survey.SharingAllowed {
		return nil
	}
	to := slices.Sorted(slices.Values(r.Answers.Supporters()))
	return slices.DeleteFunc(slices.Compact(to), func(to survey.Region) bool { return to == region })
}

// planSharing brings what other regions are to have in line with a response;
// nil is for one that is gone.
func (t *txn) planSharing(cycle survey.Cycle, id survey.Identifier, r *responseRecord, claim claimRecord, on occasion) error {
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

func (t *txn) planShare(cycle survey.Cycle, id survey.Identifier, to survey.Region, s sharingRecord, version uint64, on occasion) error {
	if s.Version == version {
		return nil
	}
	t.outboxChanged = true
	s.Version, s.Number, s.Since = version, s.nextNumber(), on.at
	return t.Put(sharingBucket, sharingKey(cycle, id, to), s)
}

// takeBackUnallowed plans to take back the copies that no company allows: earlier
// software handed last year's answers to whoever held a company next.
func (s *Store) takeBackUnallowed() error {
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
			return true, firstOf(err, claimErr)
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
	if err != nil {
		return fmt.Errorf("take back what no company allows: %w", err)
	}
	return nil
}

// nextNumber counts milliseconds, so that it rises also when the file was restored
// from a backup: a copy taken back must not come again.
func (s sharingRecord) nextNumber() uint64 { return max(s.Number+1, uint64(time.Now().UnixMilli())) }

// Sharing returns the copies that are to be given or taken back, and with done
// also those that were given, in order of cycle, organisation and region.
func (s *Store) Sharing(done bool) ([]SharingWork, error) {
	var list []SharingWork
	err := s.view(func(t *txn) error {
		err := boltfile.Values(t.Tx, sharingBucket, "", func(key []byte, r *sharingRecord) (bool, error) {
			given := r.Version == r.Told
			if given && (!done || r.Version == 0) {
				return true, nil
			}
			cycle, id, to := splitSharingKey(key)
			list = append(list, SharingWork{Cycle: cycle, Organisation: id, To: to, Version: r.Version, Number: r.Number, Key: r.Key, Done: given})
			return true, nil
		})
		if err != nil {
			return err
		}
		return t.markHandedOver(list)
	})
	if err != nil {
		return nil, fmt.Errorf("read what is to be shared: %w", err)
	}
	return list, nil
}

// Shared notes that the receiver, whose node has that key, has what the work
// says, and writes it into the audit log. Work that has changed since it was
// read is due again.
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
		return t.audit(AuditEntry{At: at, Action: action, Object: string(work.Cycle) + "/" + string(work.Organisation), Outcome: outcome})
	})
	if err != nil {
		return fmt.Errorf("note what %s has of %s: %w", work.To, work.Organisation, err)
	}
	return nil
}

// SetSharing records what the company says of its answers being seen by the
// regions that it named, as a new version of the response; the same again
// changes nothing. It returns an error wrapping survey.ErrNotFound if there
// are no answers.
func (s *Store) SetSharing(ctx context.Context, cycle survey.Cycle, id survey.Identifier, sharing survey.Sharing, actor uint64, at time.Time) error {
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
			return firstOf(err, survey.ErrNotFound)
		}
		if current.Sharing == sharing {
			return nil
		}
		next := *current
		next.Sharing, next.Actor, next.At = sharing, actor, at.UTC()
		if err := t.responses().supersede(cycle, id, current, &next); err != nil {
			return err
		}
		if err := t.responses().settle(cycle, id, &next, occasion{at: at.UTC(), actor: actor}); err != nil {
			return err
		}
		return t.audit(AuditEntry{At: at, Actor: actor, Action: "response.sharing", Object: string(cycle) + "/" + string(id), Outcome: string(sharing)})
	})
	if err != nil {
		return fmt.Errorf("sharing of the answers of %s for %s: %w", id, cycle, err)
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
