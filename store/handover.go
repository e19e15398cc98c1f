package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// handoversBucket holds between which regions what is known of a company went,
// as far as this node took part: cycle/organisation/from/to.
const handoversBucket boltfile.Bucket = "handovers"

// Handover says that what From knew of a company went to To.
type Handover struct {
	Organisation survey.Identifier `cbor:"-"`
	From         survey.Region     `cbor:"1,keyasint"`
	To           survey.Region     `cbor:"2,keyasint"`
	At           time.Time         `cbor:"3,keyasint"` // last
	// LastYear says that the answers of the cycle before, which are this
	// region's, went with it. Number 5 is taken: it was a field.
	LastYear bool `cbor:"4,keyasint,omitempty"`
}

// errGone: the answers that were to be handed over are others by now, or gone.
var errGone = errors.New("the answers have changed while they were handed over")

// NoteHandover keeps that a hand-over took place.
func (s *Store) NoteHandover(ctx context.Context, cycle survey.Cycle, h Handover) error {
	err := checkKey(cycle, h.Organisation)
	if err == nil {
		err = s.write(ctx, func(t *txn) error { return t.Put(handoversBucket, handoverKey(cycle, h), h) })
	}
	if err != nil {
		return fmt.Errorf("note the hand-over of %s for %s: %w", h.Organisation, cycle, err)
	}
	return nil
}

// HandOver notes that this region hands over a company with that version of its
// answers of the cycle before, to a node that has the key, and returns the
// number of that copy: from now on it follows the answers, as shared ones do.
// It is 0 for answers that are not this region's, which follow nothing. Nothing
// may leave before. It returns an error, and nothing is noted, if there are
// other answers by now: whoever asked may ask again. It is a *survey.Refusal
// (not-allowed) if the company has not allowed the region to see them.
func (s *Store) HandOver(ctx context.Context, cycle survey.Cycle, h Handover, version uint64, key []byte) (number uint64, err error) {
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
	r, err := t.response(last, home)
	if err != nil {
		return 0, err
	}
	if r == nil || r.Version != version {
		return 0, errGone
	}
	if !r.Sharing.Allows(h.To, r.Answers) {
		return 0, &survey.Refusal{Code: survey.RefusedNotAllowed, Detail: "the company has not allowed " + h.To.Name() + " to see these answers"}
	}
	claim, _, err := t.claim(last, home)
	if err != nil {
		return 0, err
	}
	if !claim.mine(t.store.region) {
		return 0, t.Put(handoversBucket, handoverKey(cycle, h), h)
	}
	h.LastYear = true
	var copied sharingRecord
	where := sharingKey(last, home, h.To)
	if _, err := t.Get(sharingBucket, where, &copied); err != nil {
		return 0, err
	}
	copied = sharingRecord{Version: version, Told: version, Number: copied.nextNumber(), Since: h.At, Key: key}
	if err := t.Put(sharingBucket, where, copied); err != nil {
		return 0, err
	}
	return copied.Number, t.Put(handoversBucket, handoverKey(cycle, h), h)
}

// markHandedOver says of each copy, in order of cycle, whether it was handed over.
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

// GivenOn returns the companies of whose answers in the cycle other regions have
// a copy, or had one: they were shared or handed over.
func (s *Store) GivenOn(cycle survey.Cycle) (map[survey.Identifier]bool, error) {
	given := map[survey.Identifier]bool{}
	err := s.view(func(t *txn) error {
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
			return err
		}
		return t.eachHandover(cycle.Next(), func(h Handover) error {
			if h.From != t.store.region {
				return nil
			}
			return note(h.Organisation)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list whose answers of %s other regions have: %w", cycle, err)
	}
	return given, nil
}

// Handovers returns the cycle's hand-overs in which this node took part, in
// order of organisation.
func (s *Store) Handovers(cycle survey.Cycle) ([]Handover, error) {
	var list []Handover
	err := s.view(func(t *txn) error {
		return t.eachHandover(cycle, func(h Handover) (err error) {
			h.Organisation, err = t.canonical(h.Organisation)
			list = append(list, h)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the hand-overs of %s: %w", cycle, err)
	}
	return list, nil
}

// eachHandover goes through the cycle's hand-overs in order of the organisation
// that was handed over, whatever it was merged into since.
func (t *txn) eachHandover(cycle survey.Cycle, do func(Handover) error) error {
	return boltfile.Values(t.Tx, handoversBucket, string(cycle)+"/", func(key []byte, h *Handover) (bool, error) {
		_, h.Organisation = splitRecordKey(key[:len(key)-len(h.From)-len(h.To)-2])
		return true, do(*h)
	})
}

func handoverKey(cycle survey.Cycle, h Handover) []byte {
	return append(recordKey(cycle, h.Organisation), "/"+string(h.From)+"/"+string(h.To)...)
}
