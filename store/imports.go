package store

import (
	"context"
	"fmt"
	"hash/maphash"
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
		return t.Need(importsBucket, []byte(id), &im)
	})
	if err != nil {
		return survey.Import{}, fmt.Errorf("import %s: %w", id, err)
	}
	return im, nil
}

// Imports returns the committed and undone imports, the newest first.
func (i Imports) Imports() ([]survey.Import, error) {
	list, err := allOf[survey.Import](i.store, importsBucket)
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

// seenRows are the rows of a list so far. Of each it keeps only what tells
// whether a later row of the same id says the same.
type seenRows struct {
	seed maphash.Seed
	byID map[string]seenRow
	last struct { // of the rows whose ids come in their order
		id     string
		row    int
		values []survey.RecordValue
	}
}

type seenRow struct {
	row    int
	digest uint64
}

func newSeenRows() *seenRows { return &seenRows{seed: maphash.MakeSeed(), byID: map[string]seenRow{}} }

// inOrder notes a record. The ids come in their order, so that an equal one is
// the one before. It returns the earlier row of that id, and whether it says
// the same; 0 for none.
func (s *seenRows) inOrder(id string, row int, values []survey.RecordValue) (earlier int, same bool) {
	if s.last.row > 0 && s.last.id == id {
		return s.last.row, sameValues(s.last.values, values)
	}
	s.last.id, s.last.row, s.last.values = id, row, values
	return 0, false
}

// record notes a record whose id may come at any time.
func (s *seenRows) record(id string, row int, values []survey.RecordValue) (earlier int, same bool) {
	return s.note(id, row, maphash.Bytes(s.seed, appendList(nil, values, appendRecordValue)))
}

// answers notes answers.
func (s *seenRows) answers(id string, row int, a survey.Answers) (earlier int, same bool) {
	text, err := a.MarshalJSON()
	if err != nil {
		return 0, false // it is refused for that
	}
	return s.note(id, row, maphash.Bytes(s.seed, text))
}

func (s *seenRows) note(id string, row int, digest uint64) (earlier int, same bool) {
	before, again := s.byID[id]
	if again {
		return before.row, before.digest == digest
	}
	s.byID[id] = seenRow{row, digest}
	return 0, false
}

// repeated says what becomes of a row whose id an earlier one has: it may say
// the same again, but a list that says two things has to be decided by a person.
func repeated(id string, earlier int, same bool, what string) RowOutcome {
	outcome := RowOutcome{What: RowRepeated, ID: id, Earlier: earlier}
	if !same {
		outcome.What = RowRefused
		outcome.Refusal = survey.Invalid("row %d is about the same %s and says something else: keep one of the two", earlier, what)
	}
	return outcome
}
