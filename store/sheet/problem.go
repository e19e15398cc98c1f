package sheet

import "fmt"

// Severity says whether a problem refused its row.
type Severity string

const (
	// Warning: the row was taken, as the text says.
	Warning Severity = "warning"
	// Refused: the row was not taken.
	Refused Severity = "refused"
)

// Problem is one fault of one row. Column is the name of the column in the header, or "" when the
// fault concerns the whole row.
type Problem struct {
	Row      int      `json:"row"`
	Line     int      `json:"line"`
	Column   string   `json:"column,omitempty"`
	Severity Severity `json:"severity"`
	Text     string   `json:"text"`
}

// String returns the problem on one line that begins with its place.
func (p Problem) String() string {
	place := placeOf(p.Row, p.Line)
	if p.Column != "" {
		place += ", " + p.Column
	}
	return place + ": " + p.Text
}

// Problem returns a problem of the row. column is "" for a problem that
// concerns the whole row.
func (r Row) Problem(column string, severity Severity, format string, args ...any) Problem {
	return Problem{Row: r.Number, Line: r.Line, Column: column, Severity: severity, Text: fmt.Sprintf(format, args...)}
}

func (m Mapping) problem(row Row, field Field, severity Severity, format string, args ...any) Problem {
	return row.Problem(m.Column(field), severity, format, args...)
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
