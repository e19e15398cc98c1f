package cli

import (
	"cmp"
	"slices"
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

// Digits writes 1234567 as 1,234,567.
func Digits[N int | int64](n N) string { return survey.UnitCount.Amount(int64(n)) }

// InRosterOrder sorts by region in the Network's own order, north to south.
func InRosterOrder[T any](rows []T, region func(T) survey.Region) {
	order := map[survey.Region]int{}
	for i, info := range survey.Regions() {
		order[info.Region] = i
	}
	slices.SortStableFunc(rows, func(a, b T) int { return cmp.Compare(order[region(a)], order[region(b)]) })
}

// SayWaiting tells the person that a step waits for a second region.
func (c *Invocation) SayWaiting(w api.Waiting) {
	c.Say("Proposed: number %d waits for a second region: tracker endorse %d", w.Proposal, w.Proposal)
	if !w.Lapses.IsZero() {
		c.Say("It lapses on %s if no region endorses it.", LongTime(w.Lapses))
	}
}
