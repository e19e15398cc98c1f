package intake

import (
	"time"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxAhead is how far ahead people plan. A later day is a typing error, and would open a cycle that
// nobody surveys.
const maxAhead = 366 * 24 * time.Hour

// inTheFuture warns of a record whose day lies ahead, and refuses one whose day lies more than
// maxAhead ahead.
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

	column := columns.ColumnOf(kind.CycleFrom)
	if day.After(now.Add(maxAhead)) {
		return []sheet.Problem{row.Problem(column, sheet.Refused, "%s is more than a year in the future", text)}
	}
	return []sheet.Problem{row.Problem(column, sheet.Warning, "%s is in the future", text)}
}
