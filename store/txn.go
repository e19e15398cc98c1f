package store

import (
	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// txn is one transaction on records.db. It decodes each aggregate once and writes it when it is
// flushed, because every answer of a group changes the same few. The maps and lists below are of
// this transaction.
type txn struct {
	*boltfile.Tx
	store         *Store
	cursor        uint64
	aggregates    map[string]*aggregate
	changedCycles map[survey.Cycle]bool
	recounted     map[activityKey]bool // their counted values changed
	measured      bool                 // a record of the region's own work, or a copy handed over to it, changed
	outboxChanged bool
	places        []placeChange                  // written before the commit
	dueActivities map[activityKey]activityChange // counted anew before the commit
	words         []wordChange                   // of the changed records, for the word index
	touched       int                            // how many records were changed
}

func (s *Store) begin(tx *boltfile.Tx) *txn {
	return &txn{Tx: tx, store: s, cursor: s.cursor.Load(), aggregates: map[string]*aggregate{},
		changedCycles: map[survey.Cycle]bool{}, recounted: map[activityKey]bool{},
		dueActivities: map[activityKey]activityChange{}}
}

// run calls do and turns bbolt's panics on damaged pages into errors.
func (t *txn) run(do func(*txn) error) error { return t.Run(func() error { return do(t) }) }

// flush writes everything that the transaction holds back: places, activities, aggregates and the
// cursor.
func (t *txn) flush() error {
	if err := t.activities().recountDue(); err != nil {
		return err
	}
	if err := t.flushAggregates(); err != nil {
		return err
	}

	// A cursor that moved over irrelevant changes is not worth an fsync of its own.
	moved := t.cursor != t.store.savedCursor
	if moved && (t.Writes() > 0 || t.cursor > t.store.savedCursor+maxUnsavedChanges) {
		return t.saveCursor()
	}
	return nil
}

func (t *txn) saveCursor() error { return t.Put(boltfile.Meta, []byte(metaCursor), t.cursor) }
