package sheet

import (
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// List is one list that a person uploads to be imported. A repeated ID is the same import. Answers
// need a Cycle. Saved is the person's own mapping; if it is empty, the mapping that was remembered
// for lists of that shape is used.
type List struct {
	ID    string
	Kind  string // a kind of record, or "responses"
	Cycle survey.Cycle
	Name  string // of the file
	Sheet string // of a workbook; empty: the first
	Saved Saved
	Actor uint64
	At    time.Time
}
