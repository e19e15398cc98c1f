package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// waiversBucket holds the waivers: cycle/organisation.
const waiversBucket boltfile.Bucket = "waivers"

// waiverReasons are the codes of the reasons why an organisation's part in a figure need not be
// protected: it agreed, or its figure is public already.
var waiverReasons = []string{"consent", "published"}

// Waiver says that one organisation's part in one cycle's figures need not be protected, and the
// reason's code. The evidence for it stays with the region.
type Waiver struct {
	Organisation survey.Identifier `json:"organisation" cbor:"1,keyasint"`
	Reason       string            `json:"reason" cbor:"2,keyasint"`
	Actor        uint64            `json:"actor" cbor:"3,keyasint"`
	At           time.Time         `json:"at" cbor:"4,keyasint"`
}

// Waive records the waiver, or with an empty reason takes it back, with an audit entry. It notifies
// the watchers of the cycle's figures. It returns an error wrapping survey.ErrInvalid for an
// unknown reason. Taking a waiver back protects the organisation from the next release on; figures
// already released cannot be recalled.
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
	return explain(s.write(ctx, func(t *txn) error { return t.waive(cycle, w) }), "waive for %s", w.Organisation)
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
	return t.auditChange(occasion{at: w.At, actor: w.Actor}, action, string(key), "done")
}

// Waivers returns the cycle's waivers in the order of the organisations.
func (s *Store) Waivers(cycle survey.Cycle) ([]Waiver, error) {
	return read(s, func(t *txn) ([]Waiver, error) { return t.waivers(cycle) }, "list the waivers of %s", cycle)
}

func (t *txn) waivers(cycle survey.Cycle) ([]Waiver, error) {
	return boltfile.Select[Waiver](t.Tx, waiversBucket, string(cycle)+"/", nil)
}
