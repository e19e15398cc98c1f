package store

import (
	"context"
	"hash/maphash"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// Imports are the imported lists. All methods are safe for concurrent use; the errors of writes are
// those of [Store].
type Imports struct{ store *Store }

// Imports returns the imported lists.
func (s *Store) Imports() Imports { return Imports{s} }

// Import returns a committed or undone import, or an error wrapping survey.ErrNotFound.
func (i Imports) Import(id string) (survey.Import, error) {
	return oneOf[survey.Import](i.store, importsBucket, "import", id)
}

// Imports returns the committed and undone imports, the newest first.
func (i Imports) Imports() ([]survey.Import, error) {
	list, err := allOf[survey.Import](i.store, importsBucket, "list the imports")
	slices.SortFunc(list, func(a, b survey.Import) int { return b.At.Compare(a.At) })
	return list, err
}

// Mapping decodes the mapping that was last used for lists of that kind and shape into the given
// value. It reports false if there is none.
func (i Imports) Mapping(kind, shape string, into any) (bool, error) {
	return read(i.store, func(t *txn) (bool, error) { return t.Get(mappingsBucket, []byte(kind+"/"+shape), into) },
		"read the mapping of a list")
}

// KeepMapping keeps the mapping by which lists of that kind and shape are read.
func (i Imports) KeepMapping(ctx context.Context, kind, shape string, mapping any) error {
	key := []byte(kind + "/" + shape)
	return explain(i.store.write(ctx, func(t *txn) error { return t.Put(mappingsBucket, key, mapping) }),
		"keep the mapping of a list")
}

// seenRows remembers the rows of a list so far. It keeps just enough of each to compare it with a
// later row of the same id.
type seenRows struct {
	seed maphash.Seed
	byID map[string]seenRow
	last struct { // of the rows whose ids come sorted
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

// inOrder notes a record of a list whose ids come sorted, so that only the row before can have the
// same id. It returns that row, 0 for none, and whether its values are the same.
func (s *seenRows) inOrder(id string, row int, values []survey.RecordValue) (earlier int, same bool) {
	// Only the last row is kept: a large list must not be held a second time.
	if s.last.row > 0 && s.last.id == id {
		return s.last.row, sameValues(s.last.values, values)
	}
	s.last.id, s.last.row, s.last.values = id, row, values
	return 0, false
}

// record notes a record of a list whose ids come in any order.
func (s *seenRows) record(id string, row int, values []survey.RecordValue) (earlier int, same bool) {
	return s.note(id, row, maphash.Bytes(s.seed, appendList(nil, values, appendRecordValue)))
}

// answers notes answers.
func (s *seenRows) answers(id string, row int, a survey.Answers) (earlier int, same bool) {
	text, err := a.MarshalJSON()
	if err != nil {
		return 0, false // recording them will fail with the same error
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

// repeated returns the outcome of a row whose id an earlier row has. Equal rows count once; if they
// differ, a person must decide between them.
func repeated(id string, earlier int, same bool, what string) RowOutcome {
	outcome := RowOutcome{What: RowRepeated, ID: id, Earlier: earlier}
	if !same {
		outcome.What = RowRefused
		outcome.Refusal = survey.Invalid("row %d is about the same %s and says something else: keep one of the two",
			earlier, what)
	}
	return outcome
}
