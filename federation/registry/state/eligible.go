package state

import (
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// lastTime is what the campaign before left about a company.
type lastTime struct {
	Holder survey.Region     `cbor:"1,keyasint,omitempty"`
	State  survey.ClaimState `cbor:"2,keyasint,omitempty"`
	Reason survey.ReasonCode `cbor:"3,keyasint,omitempty"`
}

func (s *supportRow) clone() *supportRow {
	c := *s
	c.Regions = slices.Clone(s.Regions)
	return &c
}

// makeEligible puts the organisation into the cycle's eligible set unless it is
// in it. It reports whether it was not.
func (w *claimWork) makeEligible(cycle survey.Cycle, id survey.Identifier, source survey.EligibleSource, number uint64, last *lastTime) bool {
	if w.support(cycle, id) != nil {
		return false
	}
	w.insert(tableSupports, &supportRow{Cycle: cycle, Organisation: id, Source: source, Added: w.clock(), Number: number, Last: last})
	t := w.tally(cycle)
	if claim := w.claim(cycle, id); claim == nil || claim.Claim.State != survey.Ineligible {
		t.Counts.Eligible++
	}
	w.putTally(t)
	return true
}

// dropEligible takes out what was in the set only because it was claimed, when
// the claim is given up: a mistaken claim must not lower the response rate.
func (w *claimWork) dropEligible(cycle survey.Cycle, id survey.Identifier) {
	s := w.support(cycle, id)
	if s == nil || s.Source != survey.EligibleClaimed || len(s.Regions) > 0 {
		return
	}
	w.remove(tableSupports, s)
	t := w.tally(cycle)
	t.Counts.Eligible--
	w.putTally(t)
}
