package state

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// claimRow is a claim with the number of the item that last changed anything
// about it. A request by another region changes the claim but not its token:
// else any region could make the holder's token stale.
type claimRow struct {
	Claim  survey.Claim `cbor:"1,keyasint"`
	Number uint64       `cbor:"2,keyasint"`
	At     int64        `cbor:"3,keyasint"`
	Steps  []claimStep  `cbor:"4,keyasint,omitempty"` // how it came to be so; from levelNational on
}

// claimStepsKept bounds the steps remembered of one claim. It is far more than a year's steps: only
// a claim that is taken and given up all the time forgets.
const claimStepsKept = 256

// claimStep is one change of a claim: its new state and the region that changed it. It stands in
// the claim's row, because a table of its own would double the cost of a claim.
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

func (v View) claim(cycle survey.Cycle, canonical survey.Identifier) *claimRow {
	return first[claimRow](v.txn, tableClaims, byKey, cycleKey(cycle, canonical))
}

// Token returns the token of the claim on the organisation, also of one that
// was given up; 0 if it was never claimed.
func (v View) Token(cycle survey.Cycle, canonical survey.Identifier) uint64 {
	if c := v.claim(cycle, canonical); c != nil {
		return c.Claim.Token
	}
	return 0
}

// storeClaim puts the claim as it now is into the state, with the step that led
// there.
func (w *claimWork) storeClaim(c *survey.Claim, number uint64) {
	next := &claimRow{Claim: *c, Number: number, At: w.clock()}
	if before := w.claim(c.Cycle, c.Organisation); before != nil {
		next.Steps = slices.Clip(before.Steps)
	}

	// A preview decides no row, and older levels remember no steps.
	if w.body != nil && w.level() >= levelNational {
		next.Steps = append(next.Steps, claimStep{Number: number, At: w.clock(), By: w.body.Origin, Actor: w.body.Actor,
			State: c.State, Holder: c.Region, OfferedTo: c.OfferedTo, Reason: c.Reason})
		next.Steps = next.Steps[max(0, len(next.Steps)-claimStepsKept):]
	}

	w.insert(tableClaims, next)
}

// ClaimHistory returns every change of the claim on the organisation, known by any of its
// identifiers, in the cycle, in the order of their numbers. It includes the claims on organisations
// merged into this one. A federation remembers changes since its feature level rose to
// levelNational, the newest 256 of each claim. It returns an error wrapping survey.ErrNotFound for
// an unknown organisation, and nothing for one that was never claimed.
func (r Reader) ClaimHistory(cycle survey.Cycle, id survey.Identifier) ([]survey.ClaimEvent, error) {
	id = parsed(id)
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
		out = append(out, survey.ClaimEvent{Number: s.Number, At: instant(s.At), Organisation: id, Region: s.By,
			Actor: s.Actor, State: s.State, Holder: s.Holder, OfferedTo: s.OfferedTo, Reason: s.Reason})
	}
	return out
}

// ClaimOf returns the claim on the organisation, known by any of its
// identifiers, in the cycle. It returns an error wrapping survey.ErrNotFound if
// the organisation is unknown or nobody holds it.
func (r Reader) ClaimOf(cycle survey.Cycle, id survey.Identifier) (survey.Claim, error) {
	id = parsed(id)
	v := r.now()
	o := v.organisation(id)
	if o == nil {
		return survey.Claim{}, fmt.Errorf("organisation %s: %w", id, survey.ErrNotFound)
	}
	c := v.claim(cycle, o.ID)
	if c == nil || c.Claim.Free() {
		return survey.Claim{}, fmt.Errorf("claim on %s in %s: %w", o.ID, cycle, survey.ErrNotFound)
	}
	return v.shown(c), nil
}

// Claims returns up to limit claims that the filter selects, in the order of
// cycles and ids, from the one after the cursor on; next is the cursor of the
// rest, empty at the end. Released claims appear only when asked for by state.
func (r Reader) Claims(filter survey.ClaimFilter, after string, limit int) (page []survey.Claim, next string) {
	start := after
	if after == "" && filter.Cycle != "" {
		start = cycleKey(filter.Cycle, "")
	}
	last := ""
	v := r.now()

	for c := range rowsFrom[claimRow](v.txn, tableClaims, byKey, start) {
		key := cycleKey(c.Claim.Cycle, c.Claim.Organisation)
		// Keys begin with the cycle, so that no later row is of this one.
		if filter.Cycle != "" && c.Claim.Cycle > filter.Cycle {
			break
		}
		claim := v.shown(c)
		if key == after || !selects(filter, &claim) {
			continue
		}
		if len(page) == limit {
			next = last
			break
		}

		page = append(page, claim)
		last = key
	}
	return page, next
}

func selects(f survey.ClaimFilter, c *survey.Claim) bool {
	if f.Cycle != "" && c.Cycle != f.Cycle || f.State == "" && c.Free() || f.State != "" && c.State != f.State {
		return false
	}
	return (f.Region == "" || c.Region == f.Region) && (!f.Idle || c.Idle)
}
