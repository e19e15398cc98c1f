package state

import (
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

const day = 24 * hour

// leased are the states of a claim that lapses if nothing happens. A company's answer lasts, and so
// does the finding that it cannot be asked.
var leased = []survey.ClaimState{survey.Claimed, survey.Contacted, survey.Transferring}

// lapsesAt returns when the claim lapses, in milliseconds of the state's clock; 0 if never. Only a
// step with a token of its own keeps a claim: a request by another region does not.
func lapsesAt(c *survey.Campaign, row *claimRow) int64 {
	if c == nil || c.LapseDays == 0 || c.State != survey.CampaignOpen || !slices.Contains(leased, row.Claim.State) {
		return 0
	}

	// A request changes the claim too, but only the step with the token counts.
	touched := row.Claim.ChangedAt.UnixMilli()
	for _, s := range row.Steps {
		if s.Number == row.Claim.Token {
			touched = s.At
		}
	}

	return max(touched, c.LapseSince) + int64(c.LapseDays)*day
}

// notDue says why the claim does not lapse now; nil if it does.
func (w *claimWork) notDue(row *claimRow) *survey.Refusal {
	at := lapsesAt(w.campaign(row.Claim.Cycle), row)
	switch {
	case at == 0:
		return refuse(survey.RefusedStanding, "this claim does not lapse")
	case w.clock() < at:
		return refuse(survey.RefusedStanding,
			fmt.Sprintf("the claim stands until %s if nothing happens", instant(at).Format(time.RFC3339)))
	}
	return nil
}

// DueClaims returns up to limit claims of the cycle whose time is over at now, a node's clock, in
// the order of their companies, each with the step that notes it. The registry's clock decides when
// the step is applied.
func (r Reader) DueClaims(cycle survey.Cycle, now time.Time, limit int) (due []survey.ClaimChange) {
	v := r.now()
	c := v.campaign(cycle)
	if c == nil || c.LapseDays == 0 {
		return nil
	}

	for row := range rowsFrom[claimRow](v.txn, tableClaims, byKey, cycleKey(cycle, "")) {
		if row.Claim.Cycle != cycle || len(due) == limit {
			break
		}
		if at := lapsesAt(c, row); at > 0 && at <= now.UnixMilli() {
			due = append(due, survey.ClaimChange{Organisation: row.Claim.Organisation,
				Action: survey.ActionLapse, Token: row.Claim.Token})
		}
	}
	return due
}

// idleAfter is how long a claim may be without contact, in milliseconds of the
// state's clock.
const idleAfter = 28 * 24 * hour

func idleAt(c *survey.Claim, clock int64) bool {
	return c.State == survey.Claimed && clock-c.ClaimedAt.UnixMilli() >= idleAfter
}

// idle reports whether the claim was without contact for too long, by the state's clock after the
// earlier decisions of this entry.
func (w *claimWork) idle(c *survey.Claim) bool { return idleAt(c, w.clock()) }

// shown is the claim as readers see it. Idle is by the state's clock, so every
// node shows the same.
func (v View) shown(row *claimRow) survey.Claim {
	c := row.Claim
	c.Idle = idleAt(&c, v.federation().Clock)
	if at := lapsesAt(v.campaign(c.Cycle), row); at > 0 {
		c.LapsesAt = instant(at)
	}
	return c
}
