package store

import (
	"hash/maphash"

	"github.com/ahsn-network/tracker/store/survey"
)

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
