package sheet

import (
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// List is one list that somebody uploads to be imported. ID makes a repeated
// request the same import. Cycle is needed for answers. Saved is the person's
// mapping; an empty one takes what was remembered for lists of that shape.
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
