package store

import (
	"context"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
)

// Users, tokens, links and imports each have a bucket of their own, with their ids as keys.

// oneOf returns the value under the id, or an error that wraps survey.ErrNotFound and names the
// kind of value.
func oneOf[T any](s *Store, bucket boltfile.Bucket, what, id string) (T, error) {
	return read(s, func(t *txn) (value T, err error) {
		err = t.Need(bucket, []byte(id), &value)
		return value, err
	}, "%s %q", what, clipID(id))
}

// oneBy returns the value whose id the index has under the key, false if there is none.
func oneBy[T any](s *Store, index boltfile.Bucket, key []byte, from boltfile.Bucket) (value T, found bool, err error) {
	err = s.view(func(t *txn) error {
		var id string
		if found, err = t.Get(index, key, &id); err != nil || !found {
			return err
		}
		found, err = t.Get(from, []byte(id), &value)
		return err
	})
	return value, found, err
}

// allOf returns the values of the bucket in the text order of the ids. The text
// describes the reading in an error.
func allOf[T any](s *Store, bucket boltfile.Bucket, text string) ([]T, error) {
	return read(s, func(t *txn) ([]T, error) { return boltfile.Select[T](t.Tx, bucket, "", nil) }, "%s", text)
}

// changeOf changes the value under the id and appends an audit entry. change reports whether to
// write. Action is the object's kind and the verb, such as user.disable. It returns
// survey.ErrNotFound for an unknown id.
func changeOf[T any](ctx context.Context, s *Store, bucket boltfile.Bucket, id string, by uint64, action string,
	change func(*txn, *T, time.Time) (bool, error)) (value T, err error) {
	now := time.Now().UTC().Round(0)
	kind, _, _ := strings.Cut(action, ".")

	err = s.write(ctx, func(t *txn) error {
		// Emptied first: a group that fails runs do again.
		value = *new(T)
		if err := t.Need(bucket, []byte(id), &value); err != nil {
			return err
		}
		if write, err := change(t, &value, now); err != nil || !write {
			return err
		}

		if err := t.Put(bucket, []byte(id), value); err != nil {
			return err
		}

		// In the same transaction, so that no change lacks its entry.
		return t.auditChange(occasion{at: now, actor: by}, action, kind+"/"+id, "done")
	})
	return value, err
}
