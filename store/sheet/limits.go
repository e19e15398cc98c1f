package sheet

import (
	"errors"
	"fmt"
)

// Limits of one file. Each is far above any real list, and low enough for a file that is no list to
// fail early.
const (
	MaxColumns   = 1_000
	MaxCellBytes = 1 << 20
	MaxRowBytes  = 4 << 20
	MaxRows      = 1_000_000
	MaxBytes     = 512 << 20
)

// ErrLimit is wrapped by the error for a file that exceeds a limit.
var ErrLimit = errors.New("over the limit")

// ErrEmpty is wrapped by the error for a file without a header.
var ErrEmpty = errors.New("the file is empty")

// placeOf names a row, and its line where the file has lines.
func placeOf(row, line int) string {
	if line == 0 {
		return fmt.Sprintf("row %d", row)
	}
	return fmt.Sprintf("row %d (line %d)", row, line)
}

// Error is a fault of the file itself: it cannot be read past this place. Row counts as a
// spreadsheet does (the header is row 1, empty rows count). Line counts lines of text, also those
// inside quoted cells, and is 0 in a workbook. Column is 0 when the fault is not about one cell.
type Error struct {
	File   string
	Row    int
	Line   int
	Column int
	Err    error
}

func (e *Error) Error() string {
	place := ""
	if e.Row > 0 {
		place = placeOf(e.Row, e.Line)
		if e.Column > 0 {
			place += fmt.Sprintf(", column %d", e.Column)
		}
		place += ": "
	}
	if e.File != "" {
		place = e.File + ": " + place
	}
	return place + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }
