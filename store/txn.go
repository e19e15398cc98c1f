package store

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/ahsn-network/tracker/store/survey"
)

// txn is one transaction on records.db. What it reads and writes are
// envelopes; aggregates are kept decoded until flush, because every answer of
// a group touches the same few.
type txn struct {
	store         *Store
	bolt          *bbolt.Tx
	writes        int
	cursor        uint64
	aggregates    map[string]*aggregate
	changedCycles map[survey.Cycle]bool
	recounted     map[activityKey]bool // what counts of them changed
	measured      bool                 // a record of the region's own work changed, or what was handed over to it
	outboxChanged bool
	places        []placeChange                  // to be written before the commit
	activities    map[activityKey]activityChange // to be counted anew before the commit
	values        *arena                         // of a large transaction's values, nil at first
	scratch       bytes.Buffer
	words         []wordChange // of the records changed, for the index of words
	touched       int          // how many were changed
}

// manyWrites is from how many writes on a transaction is a large one.
const manyWrites = 1000

// fullPages is how full a large transaction leaves the pages: half as many are
// written as with bbolt's own half, which is meant for what grows bit by bit.
const fullPages = 0.9

func newTxn(s *Store, bolt *bbolt.Tx) *txn {
	return &txn{store: s, bolt: bolt, cursor: s.cursor.Load(), aggregates: map[string]*aggregate{}, changedCycles: map[survey.Cycle]bool{},
		recounted: map[activityKey]bool{}, activities: map[activityKey]activityChange{}}
}

// run calls do and turns bbolt's panics on damaged pages into errors. A
// panicked transaction has written something as far as anyone knows.
func (t *txn) run(do func(*txn) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			t.writes++
			err = damaged(t.store.file.path, fmt.Sprint(p))
		}
	}()
	return do(t)
}

// get decodes the value under key, false if there is none.
func (t *txn) get(bucket bucketName, key []byte, into any) (bool, error) {
	data := t.bolt.Bucket([]byte(bucket)).Get(key)
	if data == nil {
		return false, nil
	}
	return true, t.open(bucket, key, data, into)
}

func (t *txn) open(bucket bucketName, key, data []byte, into any) error {
	if err := t.store.file.codec.open(bucket, key, data, into); err != nil {
		return damaged(t.store.file.path, fmt.Sprintf("%s %q: %v", bucket, key, err))
	}
	return nil
}

func (t *txn) put(bucket bucketName, key []byte, value any) error {
	if t.values == nil && t.writes >= manyWrites {
		t.values = &arena{}
	}
	var sealed []byte
	var err error
	if t.values != nil {
		sealed, err = t.store.file.codec.sealInto(t.values.take, &t.scratch, bucket, key, value)
	} else {
		sealed, err = t.store.file.codec.seal(bucket, key, value)
	}
	if err != nil {
		return err
	}
	t.writes++
	in := t.bolt.Bucket([]byte(bucket))
	if t.values != nil {
		in.FillPercent = fullPages
	}
	if err := in.Put(key, sealed); err != nil {
		return fmt.Errorf("write %s %q: %w", bucket, key, err)
	}
	return nil
}

func (t *txn) delete(bucket bucketName, key []byte) error {
	t.writes++
	if err := t.bolt.Bucket([]byte(bucket)).Delete(key); err != nil {
		return fmt.Errorf("delete %s %q: %w", bucket, key, err)
	}
	return nil
}

// next returns the bucket's next number, from 1.
func (t *txn) next(bucket bucketName) (uint64, error) {
	t.writes++
	n, err := t.bolt.Bucket([]byte(bucket)).NextSequence()
	if err != nil {
		return 0, fmt.Errorf("number %s: %w", bucket, err)
	}
	return n, nil
}

// flush writes what was kept back: the aggregates, and the cursor with them.
func (t *txn) flush() error {
	if err := t.settleActivities(); err != nil {
		return err
	}
	if err := t.flushAggregates(); err != nil {
		return err
	}
	moved := t.cursor != t.store.savedCursor
	if moved && (t.writes > 0 || t.cursor > t.store.savedCursor+maxUnsavedChanges) {
		return t.saveCursor()
	}
	return nil
}

func (t *txn) saveCursor() error { return t.put(metaBucket, []byte(metaCursor), t.cursor) }

// each calls do for every key that begins with prefix, in order, until do
// returns false. The value is only valid during the call.
func (t *txn) each(bucket bucketName, prefix string, do func(key, value []byte) (bool, error)) error {
	cursor := t.bolt.Bucket([]byte(bucket)).Cursor()
	for key, value := cursor.Seek([]byte(prefix)); key != nil && len(key) >= len(prefix) && string(key[:len(prefix)]) == prefix; key, value = cursor.Next() {
		more, err := do(key, value)
		if err != nil || !more {
			return err
		}
	}
	return nil
}
