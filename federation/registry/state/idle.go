package state

import "github.com/ahsn-network/tracker/store/survey"

// idleAfter is how long a claim may be without contact, in milliseconds of the
// state's clock.
const idleAfter = 28 * 24 * hour

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

func idleAt(c *survey.Claim, clock int64) bool {
	return c.State == survey.Claimed && clock-c.ClaimedAt.UnixMilli() >= idleAfter
}

// idle reports whether the claim was not contacted for too long, by the state's
// clock after what was decided earlier in this entry.
func (w *claimWork) idle(c *survey.Claim) bool { return idleAt(c, w.clock()) }
