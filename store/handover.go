package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// handoversBucket holds between which regions a company was handed over, as far as this node took
// part: cycle/organisation/from/to.
const handoversBucket boltfile.Bucket = "handovers"

// Handover says that From handed its knowledge of a company over to To.
type Handover struct {
	Organisation survey.Identifier `cbor:"-"`
	From         survey.Region     `cbor:"1,keyasint"`
	To           survey.Region     `cbor:"2,keyasint"`
	At           time.Time         `cbor:"3,keyasint"` // of the last one
	// LastYear says that the answers of the cycle before went with it and are this region's.
	// Number 5 was a field of earlier versions: do not use it again.
	LastYear bool `cbor:"4,keyasint,omitempty"`
}

// errAnswersChanged says that the answers to be handed over have a newer version or are gone.
var errAnswersChanged = errors.New("the answers have changed while they were handed over")

// NoteHandover records that a hand-over took place.
func (s *Store) NoteHandover(ctx context.Context, cycle survey.Cycle, h Handover) error {
	err := checkKey(cycle, h.Organisation)
	if err == nil {
		err = s.write(ctx, func(t *txn) error { return t.Put(handoversBucket, handoverKey(cycle, h), h) })
	}
	return explain(err, "note the hand-over of %s for %s", h.Organisation, cycle)
}

// HandOver records that this region hands over a company with the given version of its answers of
// the cycle before, sealed to the receiving node's key. It returns the number of that copy, which
// from now on follows the answers as shared copies do; 0 for answers that are not this region's,
// whose copy follows nothing. Call it before anything leaves. It returns an error, and records
// nothing, if the answers have changed: the receiver may ask again. It returns a *survey.Refusal
// (not-allowed) if the company has not allowed the region to see them.
func (s *Store) HandOver(ctx context.Context, cycle survey.Cycle, h Handover, version uint64, key []byte) (
	number uint64, err error) {
	err = checkKey(cycle, h.Organisation)
	if err == nil {
		err = s.write(ctx, func(t *txn) (err error) {
			number, err = t.handOver(cycle, h, version, key)
			return err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("hand %s over for %s: %w", h.Organisation, cycle, err)
	}
	return number, nil
}

func (t *txn) handOver(cycle survey.Cycle, h Handover, version uint64, key []byte) (uint64, error) {
	home, err := t.canonical(h.Organisation)
	if err != nil {
		return 0, err
	}

	last := cycle.Previous()

	// The receiver asked for one version; another one may hold a withdrawn permission.
	r, err := t.response(last, home)
	if err != nil {
		return 0, err
	}
	if r == nil || r.Version != version {
		return 0, errAnswersChanged
	}

	if !r.Sharing.Allows(h.To, r.Answers) {
		return 0, &survey.Refusal{Code: survey.RefusedNotAllowed,
			Detail: "the company has not allowed " + h.To.Name() + " to see these answers"}
	}

	claim, _, err := t.claim(last, home)
	if err != nil {
		return 0, err
	}

	// The region that holds the claim sends the corrections of an answer; another region's copy
	// gets none.
	if !claim.mine(t.store.region) {
		return 0, t.Put(handoversBucket, handoverKey(cycle, h), h)
	}

	h.LastYear = true
	var copied sharingRecord
	where := sharingKey(last, home, h.To)
	if _, err := t.Get(sharingBucket, where, &copied); err != nil {
		return 0, err
	}

	// Version equals Told, as if it had been sent: the caller delivers this copy itself.
	copied = sharingRecord{Version: version, Told: version, Number: copied.nextNumber(), Since: h.At, Key: key}
	if err := t.Put(sharingBucket, where, copied); err != nil {
		return 0, err
	}
	return copied.Number, t.Put(handoversBucket, handoverKey(cycle, h), h)
}

// markHandedOver sets HandedOver of each copy. The list is in order of cycle.
func (t *txn) markHandedOver(list []SharingWork) error {
	type copied struct {
		id survey.Identifier
		to survey.Region
	}

	var of survey.Cycle
	handed := map[copied]bool{}
	for i, w := range list {
		if w.Cycle != of {
			of = w.Cycle
			clear(handed)
			// A hand-over for the next cycle takes this cycle's answers along.
			err := t.eachHandover(of.Next(), func(h Handover) error {
				id, err := t.canonical(h.Organisation)
				handed[copied{id, h.To}] = h.LastYear && h.From == t.store.region || handed[copied{id, h.To}]
				return err
			})
			if err != nil {
				return err
			}
		}
		list[i].HandedOver = handed[copied{w.Organisation, w.To}]
	}
	return nil
}

// GivenOn returns the companies whose answers in the cycle other regions have or had a copy of,
// shared or handed over.
func (s *Store) GivenOn(cycle survey.Cycle) (map[survey.Identifier]bool, error) {
	return read(s, func(t *txn) (map[survey.Identifier]bool, error) {
		given := map[survey.Identifier]bool{}
		note := func(recorded survey.Identifier) error {
			id, err := t.canonical(recorded)
			given[id] = true
			return err
		}

		err := t.Each(sharingBucket, string(cycle)+"/", func(key, _ []byte) (bool, error) {
			_, recorded, _ := splitSharingKey(key)
			return true, note(recorded)
		})
		if err != nil {
			return nil, err
		}

		return given, t.eachHandover(cycle.Next(), func(h Handover) error {
			if h.From != t.store.region {
				return nil
			}
			return note(h.Organisation)
		})
	}, "list whose answers of %s other regions have", cycle)
}

// Handovers returns the cycle's hand-overs in which this node took part, in order of organisation.
func (s *Store) Handovers(cycle survey.Cycle) ([]Handover, error) {
	return read(s, func(t *txn) (list []Handover, err error) {
		err = t.eachHandover(cycle, func(h Handover) (err error) {
			h.Organisation, err = t.canonical(h.Organisation)
			list = append(list, h)
			return err
		})
		return list, err
	}, "list the hand-overs of %s", cycle)
}

// eachHandover calls do with the cycle's hand-overs in order of the organisation as it was when
// handed over, before any later merge.
func (t *txn) eachHandover(cycle survey.Cycle, do func(Handover) error) error {
	return boltfile.Values(t.Tx, handoversBucket, string(cycle)+"/", func(key []byte, h *Handover) (bool, error) {
		_, h.Organisation = splitRecordKey(key[:len(key)-len(h.From)-len(h.To)-2])
		return true, do(*h)
	})
}

func handoverKey(cycle survey.Cycle, h Handover) []byte {
	return append(recordKey(cycle, h.Organisation), "/"+string(h.From)+"/"+string(h.To)...)
}
