package state

import (
	"fmt"
	"maps"

	"github.com/ahsn-network/tracker/store/survey"
)

// tallyRow keeps the counts of one campaign up to date with every change, so
// that reading them costs nothing. A restore counts again from the claims and
// supports.
type tallyRow struct {
	Counts survey.CampaignCounts
}

// newTally returns the counts of a campaign without claims and supports.
func newTally(cycle survey.Cycle) *tallyRow {
	return &tallyRow{survey.CampaignCounts{Cycle: cycle, ByRegion: map[survey.Region]survey.RegionCounts{}}}
}

// tally returns the campaign's counts for a change: the row that this entry stored before, or a
// copy.
func (w *work) tally(cycle survey.Cycle) *tallyRow {
	t := first[tallyRow](w.txn, tableTallies, byKey, string(cycle))
	if t == nil {
		return newTally(cycle)
	}
	if w.tallies[cycle] == t {
		return t
	}
	c := *t
	c.Counts.ByRegion = maps.Clone(t.Counts.ByRegion)
	return &c
}

func (w *work) putTally(t *tallyRow) {
	if cycle := t.Counts.Cycle; w.tallies[cycle] != t {
		w.insert(tableTallies, t)
		// A preview changes nothing in place.
		if w.tallies != nil {
			w.tallies[cycle] = t
		}
	}
}

func (t *tallyRow) add(c *survey.Claim, supported bool, by int) {
	if c.Free() {
		return
	}
	r := t.Counts.ByRegion[c.Region]
	t.Counts.Claimed += by
	r.Claimed += by

	switch c.State {
	case survey.Contacted:
		t.Counts.Contacted += by
	case survey.Responded:
		t.Counts.Responded += by
		r.Responded += by
	case survey.Declined:
		t.Counts.Declined += by
		r.Declined += by
	case survey.Unreachable:
		t.Counts.Unreachable += by
	case survey.Ineligible:
		t.Counts.Ineligible += by
		if supported {
			t.Counts.Eligible -= by // it leaves the denominator
		}
	}

	if r == (survey.RegionCounts{}) {
		delete(t.Counts.ByRegion, c.Region)
		return
	}
	t.Counts.ByRegion[c.Region] = r
}

// Counts returns the registry's counts of the cycle's campaign, or an error wrapping
// survey.ErrNotFound. Every change keeps them up to date, so that asking is cheap. After the close
// they are the newest revision's: later steps count in the next one.
func (r Reader) Counts(cycle survey.Cycle) (survey.CampaignCounts, error) {
	if newest := r.now().lastRevision(cycle); newest != nil {
		return cloneCounts(newest.Counts), nil
	}
	return r.CountsNow(cycle)
}

// CountsNow returns the counts as they are now, after the close too. It fails as Counts.
func (r Reader) CountsNow(cycle survey.Cycle) (survey.CampaignCounts, error) {
	t := first[tallyRow](r.now().txn, tableTallies, byKey, string(cycle))
	if t == nil {
		return survey.CampaignCounts{}, fmt.Errorf("campaign %s: %w", cycle, survey.ErrNotFound)
	}
	return cloneCounts(t.Counts), nil
}

func cloneCounts(c survey.CampaignCounts) survey.CampaignCounts {
	c.ByRegion = maps.Clone(c.ByRegion)
	return c
}
