package store

import (
	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// txn is one transaction on records.db. What it reads and writes are
// envelopes; aggregates are kept decoded until flush, because every answer of
// a group touches the same few.
type txn struct {
	*boltfile.Tx
	store         *Store
	cursor        uint64
	aggregates    map[string]*aggregate
	changedCycles map[survey.Cycle]bool
	recounted     map[activityKey]bool // what counts of them changed
	measured      bool                 // a record of the region's own work changed, or what was handed over to it
	outboxChanged bool
	places        []placeChange                  // to be written before the commit
	dueActivities map[activityKey]activityChange // to be counted anew before the commit
	words         []wordChange                   // of the records changed, for the index of words
	touched       int                            // how many were changed
}

func (s *Store) begin(tx *boltfile.Tx) *txn {
	return &txn{Tx: tx, store: s, cursor: s.cursor.Load(), aggregates: map[string]*aggregate{}, changedCycles: map[survey.Cycle]bool{},
		recounted: map[activityKey]bool{}, dueActivities: map[activityKey]activityChange{}}
}

// run calls do and turns bbolt's panics on damaged pages into errors.
func (t *txn) run(do func(*txn) error) error { return t.Run(func() error { return do(t) }) }

// flush writes what was kept back: the aggregates, and the cursor with them.
func (t *txn) flush() error {
	if err := t.activities().recountDue(); err != nil {
		return err
	}
	if err := t.flushAggregates(); err != nil {
		return err
	}
	moved := t.cursor != t.store.savedCursor
	if moved && (t.Writes() > 0 || t.cursor > t.store.savedCursor+maxUnsavedChanges) {
		return t.saveCursor()
	}
	return nil
}

func (t *txn) saveCursor() error { return t.Put(boltfile.Meta, []byte(metaCursor), t.cursor) }
