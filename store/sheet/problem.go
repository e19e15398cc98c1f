package sheet

import "fmt"

// Severity says what a problem did to its row.
type Severity string

const (
	// Warning: the row was taken, with what is said.
	Warning Severity = "warning"
	// Refused: the row was not taken.
	Refused Severity = "refused"
)

// Problem is one thing wrong with one row. Column is the header's name of the
// column, empty when the problem is the whole row's.
type Problem struct {
	Row      int      `json:"row"`
	Line     int      `json:"line"`
	Column   string   `json:"column,omitempty"`
	Severity Severity `json:"severity"`
	Text     string   `json:"text"`
}

// String returns the problem in one line, beginning with the place.
func (p Problem) String() string {
	place := placeOf(p.Row, p.Line)
	if p.Column != "" {
		place += ", " + p.Column
	}
	return place + ": " + p.Text
}

func (r Row) Problem(column string, severity Severity, format string, args ...any) Problem {
	return Problem{Row: r.Number, Line: r.Line, Column: column, Severity: severity, Text: fmt.Sprintf(format, args...)}
}

// AnyRefused reports whether one of the problems refused the row.
func AnyRefused(problems []Problem) bool {
	for _, p := range problems {
		if p.Severity == Refused {
			return true
		}
	}
	return false
}
