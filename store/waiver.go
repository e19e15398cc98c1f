package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// waiversBucket: cycle/organisation.
const waiversBucket boltfile.Bucket = "waivers"

// waiverReasons are the codes for which an organisation's part in a figure need
// not be hidden: it agreed, or its figure is public already.
var waiverReasons = []string{"consent", "published"}

// Waiver says that one organisation's part in one cycle's figures need not be
// protected, with the coded reason. The evidence for it stays with the region.
type Waiver struct {
	Organisation survey.Identifier `json:"organisation" cbor:"1,keyasint"`
	Reason       string            `json:"reason" cbor:"2,keyasint"`
	Actor        uint64            `json:"actor" cbor:"3,keyasint"`
	At           time.Time         `json:"at" cbor:"4,keyasint"`
}

// Waive records the waiver, or with an empty reason takes it back, with a line
// in the audit log. Whoever watches the cycle's figures is told. It returns an
// error wrapping survey.ErrInvalid for an unknown reason. A waiver that is
// taken back protects from the next release on: what has left has left.
func (s *Store) Waive(ctx context.Context, cycle survey.Cycle, w Waiver) error {
	if err := checkKey(cycle, w.Organisation); err != nil {
		return fmt.Errorf("waive: %w", err)
	}
	if w.Reason != "" && !slices.Contains(waiverReasons, w.Reason) {
		return fmt.Errorf("%w: waive for %s: the reason is one of %v", survey.ErrInvalid, w.Organisation, waiverReasons)
	}
	if w.At.IsZero() {
		w.At = time.Now()
	}
	w.At = w.At.UTC().Round(0)
	err := s.write(ctx, func(t *txn) error { return t.waive(cycle, w) })
	if err != nil {
		return fmt.Errorf("waive for %s: %w", w.Organisation, err)
	}
	return nil
}

func (t *txn) waive(cycle survey.Cycle, w Waiver) error {
	key := recordKey(cycle, w.Organisation)
	action := "waiver.add"
	if w.Reason == "" {
		action = "waiver.remove"
		if err := t.Delete(waiversBucket, key); err != nil {
			return err
		}
	} else if err := t.Put(waiversBucket, key, w); err != nil {
		return err
	}
	t.changedCycles[cycle] = true
	t.recounted[activityKey{cycle, w.Organisation}] = true
	return t.audit(AuditEntry{At: w.At, Actor: w.Actor, Action: action, Object: string(key), Outcome: "done"})
}

// Waivers returns the cycle's waivers in the order of the organisations.
func (s *Store) Waivers(cycle survey.Cycle) ([]Waiver, error) {
	var out []Waiver
	err := s.view(func(t *txn) (err error) {
		out, err = t.waivers(cycle)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the waivers of %s: %w", cycle, err)
	}
	return out, nil
}

func (t *txn) waivers(cycle survey.Cycle) (out []Waiver, err error) {
	err = t.Each(waiversBucket, string(cycle)+"/", func(key, value []byte) (bool, error) {
		var w Waiver
		err := t.Open(waiversBucket, key, value, &w)
		out = append(out, w)
		return true, err
	})
	return out, err
}
