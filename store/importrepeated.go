package store

import (
	"fmt"
	"hash/maphash"

	"github.com/ahsn-network/tracker/store/survey"
)

// seenRows are the rows of a list so far. Of each it keeps only what tells
// whether a later row of the same id says the same.
type seenRows struct {
	seed    maphash.Seed
	last    string // id
	row     seenRow
	byID    map[string]seenRow
	current uint64 // of the row that was noted last
	scratch []byte
}

type seenRow struct {
	row    int
	digest uint64
}

func newSeenRows() *seenRows { return &seenRows{seed: maphash.MakeSeed(), byID: map[string]seenRow{}} }

// values returns a digest of a record's values.
func (s *seenRows) values(values []survey.RecordValue) uint64 {
	s.scratch = appendList(s.scratch[:0], values, appendRecordValue)
	return maphash.Bytes(s.seed, s.scratch)
}

// answers returns a digest of answers.
func (s *seenRows) answers(a survey.Answers) uint64 {
	text, err := a.MarshalJSON()
	if err != nil {
		return 0 // then they are never the same
	}
	return maphash.Bytes(s.seed, text)
}

// note remembers a row, and returns the first one of the same id if there was
// one. In order says that the ids come in their order, so that it is the one
// before.
func (s *seenRows) note(id string, row int, digest uint64, inOrder bool) (seenRow, bool) {
	s.current = digest
	if inOrder {
		if s.last == id && id != "" {
			return s.row, true
		}
		s.last, s.row = id, seenRow{row, digest}
		return seenRow{}, false
	}
	if before, again := s.byID[id]; again {
		return before, true
	}
	s.byID[id] = seenRow{row, digest}
	return seenRow{}, false
}

// repeated says what becomes of a row whose id an earlier one has: it may say
// the same again, but a list that says two things has to be decided by a person.
func (r seenRow) repeated(s *seenRows, outcome *RowOutcome, what string) {
	outcome.What, outcome.Earlier = RowRepeated, r.row
	if r.digest != s.current {
		outcome.What = RowRefused
		outcome.Refusal = fmt.Errorf("%w: row %d is about the same %s and says something else: keep one of the two", survey.ErrInvalid, r.row, what)
	}
}
