package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// sharedBucket holds the sealed copies of answers that other regions shared with this one:
// cycle/organisation/region. They count nowhere.
const sharedBucket boltfile.Bucket = "shared"

type sharedRecord struct {
	Version  uint64    `cbor:"1,keyasint"`
	Number   uint64    `cbor:"2,keyasint"` // the holder's number of the copy, which rises
	Sealed   []byte    `cbor:"3,keyasint,omitempty"`
	Received time.Time `cbor:"4,keyasint"`
	Revoked  time.Time `cbor:"5,keyasint,omitempty"`
	Handed   bool      `cbor:"6,keyasint,omitempty"`
}

// SharedCopy is a copy that another region shared, sealed to this node's key. Without Sealed it was
// taken back at RevokedAt. HandedOver says that it came when this region received the company, so
// that it counts for the matched panel.
type SharedCopy struct {
	Cycle        survey.Cycle
	Organisation survey.Identifier
	From         survey.Region
	Version      uint64
	Number       uint64
	Sealed       []byte
	HandedOver   bool
	ReceivedAt   time.Time
	RevokedAt    time.Time
}

// maxSharedBytes bounds one copy.
const maxSharedBytes = 512 << 10

// KeepShared keeps a copy that another region shared in place of the earlier one; a handed over
// copy stays one. Without Sealed it deletes the copy and keeps a mark. A copy with a lower number
// than the one kept arrives late and changes nothing. It returns survey.ErrInvalid for a copy of
// more than 512 KiB.
func (s *Store) KeepShared(ctx context.Context, c SharedCopy) error {
	err := checkKey(c.Cycle, c.Organisation)
	if _, bad := survey.ParseRegion(string(c.From)); err == nil {
		err = bad
	}
	if err == nil && len(c.Sealed) > maxSharedBytes {
		err = fmt.Errorf("%w: a copy may have %d bytes", survey.ErrInvalid, maxSharedBytes)
	}
	if err == nil {
		err = s.write(ctx, func(t *txn) error { return t.keepShared(c) })
	}
	return explain(err, "keep what %s shares of %s", c.From, c.Organisation)
}

func (t *txn) keepShared(c SharedCopy) error {
	key := sharingKey(c.Cycle, c.Organisation, c.From)
	var have sharedRecord
	found, err := t.Get(sharedBucket, key, &have)
	if err != nil || found && c.Number < have.Number || !found && c.Sealed == nil {
		return err
	}

	// A handed over copy stays one when it is corrected, but not after it was taken back.
	next := sharedRecord{Version: c.Version, Number: c.Number, Sealed: c.Sealed, Received: c.ReceivedAt.UTC(),
		Handed: c.HandedOver || have.Handed && have.Sealed != nil}
	action, outcome := "shared.receive", fmt.Sprintf("version %d from %s", c.Version, c.From)

	if c.Sealed == nil {
		if !have.Revoked.IsZero() {
			return nil
		}
		next.Version, next.Received, next.Revoked, next.Handed = have.Version, have.Received, c.ReceivedAt.UTC(), false
		action, outcome = "shared.delete", "taken back by "+string(c.From)
	}

	if err := t.Put(sharedBucket, key, next); err != nil {
		return err
	}

	t.measured = t.measured || have.Handed || next.Handed // matched companies are figures
	return t.auditChange(occasion{at: c.ReceivedAt}, action, string(recordKey(c.Cycle, c.Organisation)), outcome)
}

// SharedWithUs returns the copies of a cycle that other regions shared, and the marks of those
// taken back, in order of organisation and region.
func (s *Store) SharedWithUs(cycle survey.Cycle) ([]SharedCopy, error) {
	all := func(survey.Identifier) bool { return true }
	return read(s, func(t *txn) ([]SharedCopy, error) { return t.sharedCopies(cycle, all) },
		"list what is shared with this region for %s", cycle)
}

// SharedOf is [Store.SharedWithUs] for one organisation, including those merged
// into it. Of other copies it reads only the keys.
func (s *Store) SharedOf(cycle survey.Cycle, id survey.Identifier) ([]SharedCopy, error) {
	one := func(o survey.Identifier) bool { return o == id }
	return read(s, func(t *txn) ([]SharedCopy, error) { return t.sharedCopies(cycle, one) },
		"list what is shared with this region of %s for %s", id, cycle)
}

// sharedCopies reads the copies of the wanted organisations.
func (t *txn) sharedCopies(cycle survey.Cycle, wanted func(survey.Identifier) bool) (copies []SharedCopy, err error) {
	err = t.Each(sharedBucket, string(cycle)+"/", func(key, value []byte) (bool, error) {
		_, recorded, from := splitSharingKey(key)
		id, err := t.canonical(recorded)
		if err != nil || !wanted(id) {
			return err == nil, err
		}

		var r sharedRecord
		if err := t.Open(sharedBucket, key, value, &r); err != nil {
			return false, err
		}
		copies = append(copies, SharedCopy{Cycle: cycle, Organisation: id, From: from, Version: r.Version,
			Number: r.Number, Sealed: r.Sealed, HandedOver: r.Handed, ReceivedAt: r.Received, RevokedAt: r.Revoked})
		return true, nil
	})
	return copies, err
}
