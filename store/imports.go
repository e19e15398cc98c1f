package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// Imports are the lists that were taken in. All methods are safe for concurrent
// use; the errors of writes are those of [Store].
type Imports struct{ store *Store }

// Imports returns what was taken in from lists.
func (s *Store) Imports() Imports { return Imports{s} }

// Import returns a committed or undone import, or an error wrapping
// survey.ErrNotFound.
func (i Imports) Import(id string) (survey.Import, error) {
	var im survey.Import
	err := i.store.view(func(t *txn) error {
		found, err := t.Get(importsBucket, []byte(id), &im)
		if err == nil && !found {
			err = survey.ErrNotFound
		}
		return err
	})
	if err != nil {
		return survey.Import{}, fmt.Errorf("import %s: %w", id, err)
	}
	return im, nil
}

// Imports returns the committed and undone imports, the newest first.
func (i Imports) Imports() ([]survey.Import, error) {
	var list []survey.Import
	err := i.store.view(func(t *txn) error {
		return t.Each(importsBucket, "", func(key, value []byte) (bool, error) {
			var im survey.Import
			err := t.Open(importsBucket, key, value, &im)
			list = append(list, im)
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the imports: %w", err)
	}
	slices.SortFunc(list, func(a, b survey.Import) int { return b.At.Compare(a.At) })
	return list, nil
}

// Mapping returns the mapping that was last used for lists of that shape,
// false if there is none. KeepMapping keeps one.
func (i Imports) Mapping(kind, shape string, into any) (bool, error) {
	found := false
	err := i.store.view(func(t *txn) (err error) {
		found, err = t.Get(mappingsBucket, []byte(kind+"/"+shape), into)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("read the mapping of a list: %w", err)
	}
	return found, nil
}

// KeepMapping remembers how lists of that shape are read.
func (i Imports) KeepMapping(ctx context.Context, kind, shape string, mapping any) error {
	if err := i.store.write(ctx, func(t *txn) error { return t.Put(mappingsBucket, []byte(kind+"/"+shape), mapping) }); err != nil {
		return fmt.Errorf("keep the mapping of a list: %w", err)
	}
	return nil
}
