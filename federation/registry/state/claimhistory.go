package state

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// claimStepsKept bounds what is remembered of one claim: far more than a year's
// steps, so that only a claim that is taken and given up all the time forgets.
const claimStepsKept = 256

// claimStep is one change of a claim: what it then was, and who changed it. It
// stands in the claim's row: a table of its own would double what a claim costs.
type claimStep struct {
	Number    uint64            `cbor:"1,keyasint"`
	At        int64             `cbor:"2,keyasint"`
	By        survey.Region     `cbor:"3,keyasint"`
	Actor     uint64            `cbor:"4,keyasint,omitempty"`
	State     survey.ClaimState `cbor:"5,keyasint"`
	Holder    survey.Region     `cbor:"6,keyasint,omitempty"`
	OfferedTo survey.Region     `cbor:"7,keyasint,omitempty"`
	Reason    survey.ReasonCode `cbor:"8,keyasint,omitempty"`
}

// storeClaim puts the claim as it now is into the state, with the step that led
// there.
func (w *claimWork) storeClaim(c *survey.Claim, number uint64) {
	next := &claimRow{Claim: *c, Number: number, At: w.clock()}
	if before := w.claim(c.Cycle, c.Organisation); before != nil {
		next.Steps = slices.Clip(before.Steps)
	}
	if w.body != nil && w.level() >= levelNational {
		next.Steps = append(next.Steps, claimStep{Number: number, At: w.clock(), By: w.body.Origin, Actor: w.body.Actor,
			State: c.State, Holder: c.Region, OfferedTo: c.OfferedTo, Reason: c.Reason})
		next.Steps = next.Steps[max(0, len(next.Steps)-claimStepsKept):]
	}
	w.insert(tableClaims, next)
}

// ClaimHistory returns every change of the claim on the organisation, known by
// any of its identifiers, in the cycle, in the order of their numbers; of one
// that others were merged into, theirs too. A federation remembers them since
// its feature level rose to what writes them, the newest 256 of each claim. It
// returns an error wrapping survey.ErrNotFound for an unknown organisation, and
// nothing for one that was never claimed.
func (r Reader) ClaimHistory(cycle survey.Cycle, id survey.Identifier) ([]survey.ClaimEvent, error) {
	if parsed, err := survey.ParseIdentifier(string(id)); err == nil {
		id = parsed
	}
	return r.now().claimHistory(cycle, id)
}

func (v View) claimHistory(cycle survey.Cycle, id survey.Identifier) ([]survey.ClaimEvent, error) {
	whole := v.organisation(id)
	if whole == nil {
		return nil, fmt.Errorf("history of the claim on %s: %w", id, survey.ErrNotFound)
	}
	out := v.claimEvents(cycle, whole.ID)
	for _, a := range v.absorbed(whole.ID) {
		out = append(out, v.claimEvents(cycle, a.ID)...)
	}
	slices.SortFunc(out, func(a, b survey.ClaimEvent) int { return cmp.Compare(a.Number, b.Number) })
	return out, nil
}

func (v View) claimEvents(cycle survey.Cycle, id survey.Identifier) []survey.ClaimEvent {
	c := v.claim(cycle, id)
	if c == nil {
		return nil
	}
	var out []survey.ClaimEvent
	for _, s := range c.Steps {
		out = append(out, survey.ClaimEvent{Number: s.Number, At: instant(s.At), Organisation: id, Region: s.By, Actor: s.Actor,
			State: s.State, Holder: s.Holder, OfferedTo: s.OfferedTo, Reason: s.Reason})
	}
	return out
}
