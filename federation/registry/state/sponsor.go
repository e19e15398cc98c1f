package state

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// acting returns the row as the region that it speaks for. A sponsor speaks for a licensed region
// without a node. The first region that does so is its sponsor until it joins.
func (w *rosterWork) acting(b *Body) (*Body, *survey.Refusal) {
	if b.For == "" {
		return b, nil
	}
	switch m := w.Member(b.For); {
	case !b.OfList():
		return b, refuse(survey.RefusedInvalid, "this cannot be done for another region")
	case !ValidRegion(b.For):
		return b, refuse(survey.RefusedInvalid, "a region code is 2 to 12 small letters or digits")
	case m != nil:
		return b, refuse(survey.RefusedRegionPresent, fmt.Sprintf("%s has, or had, a node of its own", b.For))
	}

	s := w.standing(b.For)
	switch sponsor := s.Sponsor; {
	// A sponsor that is no longer active gives way.
	case sponsor == "" || !w.activeMember(sponsor):
		s.Sponsor = b.Origin
		w.insert(tableStandings, &s)
	case sponsor != b.Origin:
		return b, refuse(survey.RefusedOtherSponsor, fmt.Sprintf("%s records for %s", sponsor, b.For))
	}

	acting := *b
	acting.Origin = b.For
	return &acting, nil
}

// noteJoined ends the region's sponsorship: its sponsor's records are its own from now on.
func (w *rosterWork) noteJoined(region survey.Region) {
	s := w.standing(region)
	s.Joined = max(w.clock(), 1)
	w.insert(tableStandings, &s)
}

// HandedOver says that the region has taken over its sponsor's records.
func HandedOver() Command { return newCommand(typeHandedOver, struct{}{}) }

// handedOver notes that the origin has its sponsor's records in its own files.
func (w *rosterWork) handedOver(b *Body) []survey.Outcome {
	s := w.standing(b.Origin)
	if s.Sponsor == "" || s.Received != 0 {
		return w.answer(survey.OutcomeExists)
	}
	s.Received = max(w.clock(), 1)
	w.insert(tableStandings, &s)
	return w.answer(survey.OutcomeUpdated)
}

// Sponsored returns the regions without a node of their own that others record
// for, in the order of their codes.
func (r Reader) Sponsored() []survey.Region {
	v := r.now()
	var out []survey.Region
	for s := range rowsFrom[standingRow](v.txn, tableStandings, byKey, "") {
		if s.Sponsor != "" && v.Member(s.Region) == nil {
			out = append(out, s.Region)
		}
	}
	return out
}
