package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
)

// Users, tokens, links and imports each stand in a bucket of their own under
// their ids.

// oneOf returns the value under the id, or an error wrapping survey.ErrNotFound,
// which says what it is.
func oneOf[T any](s *Store, bucket boltfile.Bucket, what, id string) (value T, err error) {
	err = s.view(func(t *txn) error { return t.Need(bucket, []byte(id), &value) })
	if err != nil {
		return *new(T), fmt.Errorf("%s %q: %w", what, clipID(id), err)
	}
	return value, nil
}

// oneBy returns the value whose id an index has under the key, false if there is
// none.
func oneBy[T any](s *Store, index boltfile.Bucket, key []byte, bucket boltfile.Bucket) (value T, found bool, err error) {
	err = s.view(func(t *txn) error {
		var id string
		if found, err = t.Get(index, key, &id); err != nil || !found {
			return err
		}
		found, err = t.Get(bucket, []byte(id), &value)
		return err
	})
	return value, found, err
}

// allOf returns the values of the bucket, in the order of the ids' texts.
func allOf[T any](s *Store, bucket boltfile.Bucket) (list []T, err error) {
	err = s.view(func(t *txn) error {
		return boltfile.Values(t.Tx, bucket, "", func(_ []byte, value *T) (bool, error) {
			list = append(list, *value)
			return true, nil
		})
	})
	return list, err
}

// changeOf changes the value under the id and writes the audit log, unless change
// says that there is nothing to do. Action is the object's kind and what is
// done, such as user.disable.
func changeOf[T any](ctx context.Context, s *Store, bucket boltfile.Bucket, id string, by uint64, action string, change func(*txn, *T, time.Time) (bool, error)) (value T, err error) {
	now := time.Now().UTC().Round(0)
	kind, _, _ := strings.Cut(action, ".")
	err = s.write(ctx, func(t *txn) error {
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
		return t.audit(AuditEntry{At: now, Actor: by, Action: action, Object: kind + "/" + id, Outcome: "done"})
	})
	return value, err
}
