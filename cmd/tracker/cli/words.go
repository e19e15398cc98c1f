package cli

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/node/api"
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

// TimeFor writes a time for the reader of the format.
func (f Format) TimeFor(t time.Time) string {
	if f.CSV {
		return CSVTime(t)
	}
	return LongTime(t)
}

// Join writes codes with commas between them.
func Join[T ~string](ids []T) string { return strings.Join(Texts(ids), ", ") }

// Texts returns codes or identifiers as plain text.
func Texts[T ~string](ids []T) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return texts
}

// Digits writes 1234567 as 1,234,567.
func Digits[N int | int64](n N) string { return survey.UnitCount.Amount(int64(n)) }

// YesNo writes "yes" or "no".
func YesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// InRosterOrder sorts by region in the Network's own order, north to south.
func InRosterOrder[T any](rows []T, region func(T) survey.Region) {
	order := map[survey.Region]int{}
	for i, info := range survey.Regions() {
		order[info.Region] = i
	}
	slices.SortStableFunc(rows, func(a, b T) int { return cmp.Compare(order[region(a)], order[region(b)]) })
}

// ShortName returns a region's name without the words that all of them begin with.
func ShortName(region survey.Region) string {
	return strings.TrimPrefix(strings.TrimPrefix(region.Name(), "Health Innovation "), "Network ")
}

// SayWaiting tells the person that a step waits for a second region.
func (c *Invocation) SayWaiting(w api.Waiting) {
	c.Say("Proposed: number %d waits for a second region: tracker endorse %d", w.Proposal, w.Proposal)
	if !w.Lapses.IsZero() {
		c.Say("It lapses on %s if no region endorses it.", LongTime(w.Lapses))
	}
}
