package main

import (
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

func longTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 Jan 2006 15:04 MST")
}

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// timeFor writes a time as the reader of the format wants it.
func (f format) timeFor(t time.Time) string {
	if f.csv {
		return csvTime(t)
	}
	return longTime(t)
}

func joinIDs[T ~string](ids []T) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return strings.Join(texts, ", ")
}

// groupDigits writes 1234567 as 1,234,567.
func groupDigits(n int64) string { return survey.UnitCount.Amount(n) }

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
