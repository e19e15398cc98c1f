package state

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// acting returns the row as the region that it speaks for. A sponsor speaks for
// a licensed region that has no node yet: the first that does is its sponsor
// until it joins.
func (w *rosterWork) acting(b *Body) (*Body, *survey.Refusal) {
	if b.For == "" {
		return b, nil
	}
	switch m := w.Member(b.For); {
	case b.Type != typeAddOrganisations && b.Type != typeAddSupported && b.Type != typeClaim && b.Type != typeChangeClaims:
		return b, &survey.Refusal{Code: survey.RefusedInvalid, Detail: "this cannot be done for another region"}
	case !ValidRegion(b.For):
		return b, &survey.Refusal{Code: survey.RefusedInvalid, Detail: "a region code is 2 to 12 small letters or digits"}
	case m != nil:
		return b, &survey.Refusal{Code: survey.RefusedRegionPresent, Detail: fmt.Sprintf("%s has, or had, a node of its own", b.For)}
	}
	s := w.standing(b.For)
	switch sponsor := s.Sponsor; {
	case sponsor == "" || !w.activeMember(sponsor):
		s.Sponsor = b.Origin
		w.insert(tableStandings, &s)
	case sponsor != b.Origin:
		return b, &survey.Refusal{Code: survey.RefusedOtherSponsor, Detail: fmt.Sprintf("%s records for %s", sponsor, b.For)}
	}
	acting := *b
	acting.Origin = b.For
	return &acting, nil
}

// noteJoined ends the region's sponsorship: what was recorded for it is its own
// from now on.
func (w *rosterWork) noteJoined(region survey.Region) {
	s := w.standing(region)
	s.Joined = max(w.clock(), 1)
	w.insert(tableStandings, &s)
}

// HandedOver says that the region has taken over what its sponsor recorded.
func HandedOver() Command { return newCommand(typeHandedOver, struct{}{}) }

// handedOver notes that the origin has taken over what its sponsor recorded in
// its own files.
func (w *rosterWork) handedOver(b *Body) []survey.Outcome {
	s := w.standing(b.Origin)
	if s.Sponsor == "" || s.Received != 0 {
		return []survey.Outcome{{Status: survey.OutcomeExists, Number: w.next()}}
	}
	s.Received = max(w.clock(), 1)
	w.insert(tableStandings, &s)
	return []survey.Outcome{{Status: survey.OutcomeUpdated, Number: w.next()}}
}
