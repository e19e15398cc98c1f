package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// handoversBucket holds between which regions what is known of a company went,
// as far as this node took part: cycle/organisation/from/to.
const handoversBucket bucketName = "handovers"

// Handover says that what From knew of a company went to To.
type Handover struct {
	Organisation survey.Identifier `cbor:"-"`
	From         survey.Region     `cbor:"1,keyasint"`
	To           survey.Region     `cbor:"2,keyasint"`
	At           time.Time         `cbor:"3,keyasint"` // last
}

// NoteHandover keeps that a hand-over took place.
func (s *Store) NoteHandover(ctx context.Context, cycle survey.Cycle, h Handover) error {
	err := checkKey(cycle, h.Organisation)
	if err == nil {
		err = s.write(ctx, func(t *txn) error {
			key := append(recordKey(cycle, h.Organisation), "/"+string(h.From)+"/"+string(h.To)...)
			return t.put(handoversBucket, key, h)
		})
	}
	if err != nil {
		return fmt.Errorf("note the hand-over of %s for %s: %w", h.Organisation, cycle, err)
	}
	return nil
}

// Handovers returns the cycle's hand-overs in which this node took part, in
// order of organisation.
func (s *Store) Handovers(cycle survey.Cycle) ([]Handover, error) {
	var list []Handover
	err := s.view(func(t *txn) error {
		return t.each(handoversBucket, string(cycle)+"/", func(key, value []byte) (bool, error) {
			var h Handover
			if err := t.open(handoversBucket, key, value, &h); err != nil {
				return false, err
			}
			ends := len(key) - len(h.From) - len(h.To) - 2
			_, id := splitRecordKey(key[:ends])
			var err error
			h.Organisation, err = t.canonical(id)
			list = append(list, h)
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the hand-overs of %s: %w", cycle, err)
	}
	return list, nil
}
