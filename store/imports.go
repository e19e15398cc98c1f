package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// Import returns a committed or undone import, or an error wrapping
// survey.ErrNotFound.
func (s *Store) Import(id string) (survey.Import, error) {
	var im survey.Import
	err := s.view(func(t *txn) error {
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
func (s *Store) Imports() ([]survey.Import, error) {
	var list []survey.Import
	err := s.view(func(t *txn) error {
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
func (s *Store) Mapping(kind, shape string, into any) (bool, error) {
	found := false
	err := s.view(func(t *txn) (err error) {
		found, err = t.Get(mappingsBucket, []byte(kind+"/"+shape), into)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("read the mapping of a list: %w", err)
	}
	return found, nil
}

// KeepMapping remembers how lists of that shape are read.
func (s *Store) KeepMapping(ctx context.Context, kind, shape string, mapping any) error {
	if err := s.write(ctx, func(t *txn) error { return t.Put(mappingsBucket, []byte(kind+"/"+shape), mapping) }); err != nil {
		return fmt.Errorf("keep the mapping of a list: %w", err)
	}
	return nil
}
