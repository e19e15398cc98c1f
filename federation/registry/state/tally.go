package state

import (
	"maps"

	"github.com/ahsn-network/tracker/store/survey"
)

// tallyRow keeps the counts of one campaign up to date with every change, so
// that reading them costs nothing. A restore counts again from the claims and
// supports.
type tallyRow struct {
	Counts survey.CampaignCounts
}

// tally returns the campaign's counts to be changed and put back: a copy, or
// what this entry put there before.
func (w *work) tally(cycle survey.Cycle) *tallyRow {
	t := first[tallyRow](w.txn, tableTallies, byKey, string(cycle))
	if t == nil {
		return &tallyRow{Counts: survey.CampaignCounts{Cycle: cycle, ByRegion: map[survey.Region]survey.RegionCounts{}}}
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
		if w.tallies != nil {
			w.tallies[cycle] = t
		}
	}
}

// countSupport counts a region's new support. Organisations that one region
// supported already are counted once for the nation; fresh ones were not
// eligible before.
func (w *work) countSupport(s *supportRow, region survey.Region, fresh bool) {
	t := w.tally(s.Cycle)
	if len(s.Regions) == 1 {
		t.Counts.Supported++
	}
	if fresh {
		if claim := w.claim(s.Cycle, s.Organisation); claim == nil || claim.Claim.State != survey.Ineligible {
			t.Counts.Eligible++
		}
	}
	r := t.Counts.ByRegion[region]
	r.Supported++
	t.Counts.ByRegion[region] = r
	w.putTally(t)
}

// countClaim takes the claim's old state out of the counts and puts the new one
// in. old is nil for a first claim.
func (w *work) countClaim(old, current *survey.Claim) {
	t := w.tally(current.Cycle)
	supported := w.support(current.Cycle, current.Organisation) != nil
	if old != nil {
		t.add(old, supported, -1)
	}
	t.add(current, supported, 1)
	w.putTally(t)
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
