package boltfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/ahsn-network/tracker/store/survey"
)

// Tx is one transaction on envelopes. Use it in one goroutine, and not after the function to which
// it was passed returns.
type Tx struct {
	file    *File
	bolt    *bbolt.Tx
	writes  int
	values  *arena // for the values of a large transaction, else nil
	scratch bytes.Buffer
}

// manyWrites is the number of writes that makes a transaction a large one.
const manyWrites = 1000

// fullPages is how far a large transaction fills the pages. It writes half as many as with bbolt's
// default of one half, which suits files that grow bit by bit.
const fullPages = 0.9

// ID returns the transaction's number, which rises with every write.
func (t *Tx) ID() uint64 { return uint64(t.bolt.ID()) }

// Writes returns the number of writes so far, including those noted by [Tx.Touch].
func (t *Tx) Writes() int { return t.writes }

// Touch counts a write that the caller makes later in the transaction.
func (t *Tx) Touch() { t.writes++ }

// Run calls do and turns bbolt's panics on damaged pages into ErrDamaged. A panic counts as a
// write, because nobody knows what it has changed.
func (t *Tx) Run(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			t.writes++
			err = t.file.Damaged(fmt.Sprint(p))
		}
	}()
	return do()
}

// Commit makes the transaction durable; it discards one without writes. The transaction has ended
// even after an error. After an error it is not known whether the changes are on the disk, unless
// the error is [StorageFull] and the next transaction has the same number.
func (t *Tx) Commit() error {
	if t.writes == 0 {
		t.Rollback()
		return nil
	}
	err := t.Run(t.bolt.Commit)
	if err != nil {
		t.Rollback() // frees the lock after a panic
	}
	return err
}

// Rollback ends the transaction and discards its changes; after [Tx.Commit] it does nothing.
func (t *Tx) Rollback() { _ = t.Run(t.bolt.Rollback) }

func (t *Tx) bucket(bucket Bucket) *bbolt.Bucket { return t.bolt.Bucket([]byte(bucket)) }

func (t *Tx) ensure(bucket Bucket) (*bbolt.Bucket, error) {
	if b := t.bucket(bucket); b != nil {
		return b, nil
	}
	t.writes++
	b, err := t.bolt.CreateBucket([]byte(bucket))
	if err != nil {
		return nil, fmt.Errorf("make the bucket %s: %w", bucket, err)
	}
	return b, nil
}

func (t *Tx) value(bucket Bucket, key []byte) []byte {
	if b := t.bucket(bucket); b != nil {
		return b.Get(key)
	}
	return nil
}

// Has reports whether there is a value under the key.
func (t *Tx) Has(bucket Bucket, key []byte) bool { return t.value(bucket, key) != nil }

// Get decodes the value under the key. It reports false if there is none.
func (t *Tx) Get(bucket Bucket, key []byte, into any) (bool, error) {
	data := t.value(bucket, key)
	if data == nil {
		return false, nil
	}
	return true, t.Open(bucket, key, data, into)
}

// Need decodes the value under the key, or returns survey.ErrNotFound.
func (t *Tx) Need(bucket Bucket, key []byte, into any) error {
	found, err := t.Get(bucket, key, into)
	if err == nil && !found {
		return survey.ErrNotFound
	}
	return err
}

// Open decodes a value that [Tx.Each] has passed on.
func (t *Tx) Open(bucket Bucket, key, data []byte, into any) error {
	if err := t.file.codec.open(bucket, key, data, into); err != nil {
		return t.file.damagedAt(bucket, key, err)
	}
	return nil
}

// Verify checks an envelope and that its contents are well-formed CBOR.
func (t *Tx) Verify(bucket Bucket, key, data []byte) error {
	body, err := t.file.codec.verify(bucket, key, data)
	if err != nil {
		return err
	}
	return t.file.codec.decode.Wellformed(body)
}

// Put writes the value under the key. It creates the bucket if there is none.
func (t *Tx) Put(bucket Bucket, key []byte, value any) error {
	if t.values == nil && t.writes >= manyWrites {
		t.values = &arena{}
	}
	take := func(n int) []byte { return make([]byte, n) }
	if t.values != nil {
		take = t.values.take
	}

	// Sealed before the bucket exists: a value that cannot be encoded changes nothing.
	sealed, err := t.file.codec.seal(take, &t.scratch, bucket, key, value)
	if err != nil {
		return err
	}

	in, err := t.ensure(bucket)
	if err != nil {
		return err
	}

	t.writes++
	if t.values != nil {
		in.FillPercent = fullPages
	}
	if err := in.Put(key, sealed); err != nil {
		return fmt.Errorf("write %s %q: %w", bucket, key, err)
	}
	return nil
}

// Delete deletes the value under the key, if there is one.
func (t *Tx) Delete(bucket Bucket, key []byte) error {
	t.writes++
	in := t.bucket(bucket)
	if in == nil {
		return nil
	}
	if err := in.Delete(key); err != nil {
		return fmt.Errorf("delete %s %q: %w", bucket, key, err)
	}
	return nil
}

// DeleteEach deletes those values, among the keys that begin with prefix, for which the function
// returns true, and returns their number. A nil function deletes all. The bucket keeps its
// numbering.
func (t *Tx) DeleteEach(bucket Bucket, prefix string, which func(key, value []byte) (bool, error)) (int, error) {
	var keys [][]byte
	err := t.Each(bucket, prefix, func(key, value []byte) (bool, error) {
		if which != nil {
			if wanted, err := which(key, value); err != nil || !wanted {
				return true, err
			}
		}
		keys = append(keys, slices.Clone(key))
		return true, nil
	})
	if err != nil {
		return 0, err
	}

	// Collected first: a cursor may skip keys while its bucket is changed.
	for _, key := range keys {
		if err := t.Delete(bucket, key); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}

// Next returns the bucket's next number, from 1.
func (t *Tx) Next(bucket Bucket) (uint64, error) {
	in, err := t.ensure(bucket)
	if err != nil {
		return 0, err
	}
	t.writes++
	n, err := in.NextSequence()
	if err != nil {
		return 0, fmt.Errorf("number %s: %w", bucket, err)
	}
	return n, nil
}

// Each calls do for every key that begins with prefix, in order, until do returns false. Key and
// value are valid only during the call, and do must not write to the bucket.
func (t *Tx) Each(bucket Bucket, prefix string, do func(key, value []byte) (bool, error)) error {
	return t.EachFrom(bucket, prefix, prefix, do)
}

// EachFrom is [Tx.Each], beginning with the first key at or after start. start begins with prefix.
func (t *Tx) EachFrom(bucket Bucket, prefix, start string, do func(key, value []byte) (bool, error)) error {
	in := t.bucket(bucket)
	if in == nil {
		return nil
	}
	cursor := in.Cursor()
	for key, value := cursor.Seek([]byte(start)); hasPrefix(key, prefix); key, value = cursor.Next() {
		more, err := do(key, value)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// EachBack is [Tx.Each] in reverse order. The prefix ends with a slash.
func (t *Tx) EachBack(bucket Bucket, prefix string, do func(key, value []byte) (bool, error)) error {
	in := t.bucket(bucket)
	if in == nil {
		return nil
	}

	cursor := in.Cursor()
	behind := []byte(prefix)
	behind[len(behind)-1]++ // the first key that does not begin with it
	last := cursor.Prev
	if first, _ := cursor.Seek(behind); first == nil {
		last = cursor.Last
	}

	for key, value := last(); hasPrefix(key, prefix); key, value = cursor.Prev() {
		more, err := do(key, value)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

func hasPrefix(key []byte, prefix string) bool {
	return key != nil && len(key) >= len(prefix) && string(key[:len(prefix)]) == prefix
}

// NumberKey returns a key that sorts as the number does: 8 bytes, big endian.
func NumberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// Values is [Tx.Each] with each value decoded into a new T.
func Values[T any](t *Tx, bucket Bucket, prefix string, do func(key []byte, value *T) (bool, error)) error {
	return t.Each(bucket, prefix, func(key, data []byte) (bool, error) {
		value := new(T)
		if err := t.Open(bucket, key, data, value); err != nil {
			return false, err
		}
		return do(key, value)
	})
}

// Select returns the values that keep accepts, in order of their keys, of those
// whose keys begin with prefix. A nil keep accepts all.
func Select[T any](t *Tx, bucket Bucket, prefix string, keep func(*T) bool) (list []T, err error) {
	err = Values(t, bucket, prefix, func(_ []byte, value *T) (bool, error) {
		if keep == nil || keep(value) {
			list = append(list, *value)
		}
		return true, nil
	})
	return list, err
}

// Keys returns the keys that begin with prefix, in order. They stay valid.
func (t *Tx) Keys(bucket Bucket, prefix string) (keys [][]byte, err error) {
	err = t.Each(bucket, prefix, func(key, _ []byte) (bool, error) {
		keys = append(keys, slices.Clone(key))
		return true, nil
	})
	return keys, err
}

// EachOfAll calls do for every value of every bucket.
func (t *Tx) EachOfAll(do func(bucket Bucket, key, data []byte) error) error {
	return t.bolt.ForEach(func(name []byte, b *bbolt.Bucket) error {
		return b.ForEach(func(key, data []byte) error { return do(Bucket(name), key, data) })
	})
}

// CheckPages lets bbolt check its own tree and free list, and calls find for every defect. In a
// read transaction, no write may run meanwhile.
func (t *Tx) CheckPages(find func(error)) {
	for err := range t.bolt.Check() {
		find(err)
	}
}

// WriteTo writes a copy of the whole file as the transaction sees it.
func (t *Tx) WriteTo(w io.Writer) (int64, error) { return t.bolt.WriteTo(w) }

// Damaged returns an error for values that contradict each other; see [File.Damaged].
func (t *Tx) Damaged(what string) error { return t.file.Damaged(what) }
