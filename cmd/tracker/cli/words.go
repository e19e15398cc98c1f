package cli

import (
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// LongTime writes a time for people, "" for none.
func LongTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 Jan 2006 15:04 MST")
}

// CSVTime writes a time for programs, "" for none.
func CSVTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// TimeFor writes a time as the reader of the format wants it.
func (f Format) TimeFor(t time.Time) string {
	if f.CSV {
		return CSVTime(t)
	}
	return LongTime(t)
}

// Join writes codes with commas between them.
func Join[T ~string](ids []T) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return strings.Join(texts, ", ")
}

// Digits writes 1234567 as 1,234,567.
func Digits(n int64) string { return survey.UnitCount.Amount(n) }

// YesNo writes a truth as people say it.
func YesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
