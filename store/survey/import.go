package survey

import "time"

// ImportState is where an import stands.
type ImportState string

const (
	ImportPlanned   ImportState = "planned"   // read and compared; nothing was changed
	ImportCommitted ImportState = "committed" // all its good rows are recorded
	ImportUndone    ImportState = "undone"    // and taken back again
)

// ImportResponses is the kind of an import of answers, beside the kinds of records.
const ImportResponses = "responses"

// ImportUndoFor is how long an import can be taken back.
const ImportUndoFor = 24 * time.Hour

// Import is the result of one list, or the plan of it. Every row is in exactly one of Added,
// Updated, Known (was there already), Repeated (stands twice in the list), Deleted (was deleted by
// a person since, and stays so) and Refused. Columns names the field of each column, empty for
// ignored ones.
type Import struct {
	ID        string        `json:"id" cbor:"1,keyasint"`
	Kind      string        `json:"kind" cbor:"2,keyasint"`
	Cycle     Cycle         `json:"cycle,omitempty" cbor:"3,keyasint,omitempty"`
	File      string        `json:"file" cbor:"4,keyasint"`
	State     ImportState   `json:"state" cbor:"5,keyasint"`
	Rows      int           `json:"rows" cbor:"6,keyasint"`
	Added     int           `json:"added" cbor:"7,keyasint"`
	Updated   int           `json:"updated" cbor:"8,keyasint"`
	Known     int           `json:"known" cbor:"9,keyasint"`
	Repeated  int           `json:"repeated" cbor:"10,keyasint"`
	Deleted   int           `json:"deleted" cbor:"11,keyasint"`
	Refused   int           `json:"refused" cbor:"12,keyasint"`
	Warnings  int           `json:"warnings" cbor:"13,keyasint"`
	Columns   []ImportField `json:"columns,omitempty" cbor:"-"`
	Notes     []string      `json:"notes,omitempty" cbor:"-"`
	Problems  []RowProblem  `json:"problems,omitempty" cbor:"-"`
	Changes   []RowChange   `json:"changes,omitempty" cbor:"-"`
	Truncated bool          `json:"truncated,omitempty" cbor:"-"` // not all problems and changes are listed
	Actor     uint64        `json:"actor" cbor:"14,keyasint"`
	At        time.Time     `json:"at" cbor:"15,keyasint"`
	UndoUntil time.Time     `json:"undo_until,omitzero" cbor:"16,keyasint"`
	UndoneAt  time.Time     `json:"undone_at,omitzero" cbor:"17,keyasint"`
}

// ImportField is one column of a list and the field that it was read as.
type ImportField struct {
	Column string `json:"column"`
	Field  string `json:"field,omitempty"`
}

// RowProblem is one thing wrong with one row. Line is 0 for a workbook,
// Severity "warning" (the row was taken) or "refused".
type RowProblem struct {
	Row      int    `json:"row"`
	Line     int    `json:"line,omitempty"`
	Column   string `json:"column,omitempty"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
}

// RowChange is one change of the stored data by one row.
type RowChange struct {
	Row    int    `json:"row"`
	What   string `json:"what"` // added, updated
	ID     string `json:"id"`
	Field  string `json:"field,omitempty"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Refusals of imports.
const (
	RefusedChangedSince RefusalCode = "changed-since" // something that the import recorded was changed after it
	RefusedTooLate      RefusalCode = "too-late"      // to take the import back
)
