package intake

import (
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxAhead is how far ahead people plan; a day beyond it is a slip of the
// keyboard, and would open a cycle that nobody is in.
const maxAhead = 366 * 24 * time.Hour

// inTheFuture looks at the day on which the record says that something
// happened.
func inTheFuture(columns sheet.RecordColumns, row sheet.Row, record survey.Record, now time.Time) []sheet.Problem {
	kind, err := survey.RecordTypeOf(record.Kind)
	if err != nil || kind.CycleFrom == "" {
		return nil
	}
	text := record.Text(kind.CycleFrom)
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || !day.After(now.Add(24*time.Hour)) {
		return nil
	}
	p := sheet.Problem{Row: row.Number, Line: row.Line, Column: columns.ColumnOf(kind.CycleFrom), Severity: sheet.Warning, Text: fmt.Sprintf("%s is in the future", text)}
	if day.After(now.Add(maxAhead)) {
		p.Severity, p.Text = sheet.Refused, fmt.Sprintf("%s is more than a year in the future", text)
	}
	return []sheet.Problem{p}
}
