package state

import (
	"github.com/ahsn-network/tracker/store/survey"
)

// Limits of what a region may do by itself.
const (
	idleAfter     = 28 * 24 * 3600_000 // milliseconds without contact, by the state's clock
	grantsPerHour = 6000               // of one region, except in a federation with the policy open
	hour          = 3600_000
	policyOpen    = "open" // the policy of demos and trials
)

// rateRow counts the claims that a region was granted in one hour of the
// state's clock.
type rateRow struct {
	Origin  survey.Region `cbor:"1,keyasint"`
	Hour    int64         `cbor:"2,keyasint"`
	Granted int           `cbor:"3,keyasint"`
}

// grabs counts one more grant and reports whether it is too many: a region that
// takes everything in sight is stopped before the others have looked.
func (w *work) grabs(origin survey.Region) bool {
	if w.federation.Policy == policyOpen {
		return false
	}
	now := rateRow{Origin: origin, Hour: w.clock() / hour}
	if r := first[rateRow](w.txn, tableRates, byKey, string(origin)); r != nil && r.Hour == now.Hour {
		now.Granted = r.Granted
	}
	if now.Granted >= grantsPerHour {
		return true
	}
	now.Granted++
	w.insert(tableRates, &now)
	return false
}

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

// ProposedClaims returns up to limit eligible companies of the cycle that the
// region leads, in the order of their ids, from the one after the cursor on;
// next is the cursor of the rest, empty at the end. Who else supports a company
// or holds it is named, and whether it asked not to be surveyed: whoever claims
// the list must know.
func (r Reader) ProposedClaims(cycle survey.Cycle, region survey.Region, after string, limit int) (page []survey.ProposedClaim, next string) {
	v := r.now()
	from(v.txn, tableSupports, byKey, cycleKey(cycle, survey.Identifier(after)), func(s *supportRow) bool {
		if s.Cycle != cycle {
			return false
		}
		o := v.organisation(s.Organisation)
		if string(s.Organisation) == after || o == nil || o.LeadRegion != region {
			return true
		}
		if len(page) == limit {
			next = string(page[limit-1].Organisation)
			return false
		}
		p := survey.ProposedClaim{Organisation: s.Organisation, DoNotSurvey: o.NoSurvey != ""}
		if len(o.Names) > 0 {
			p.Name = o.Names[0].Name
		}
		for _, other := range s.Regions {
			if other != region {
				p.AlsoSupportedBy = append(p.AlsoSupportedBy, other)
			}
		}
		if c := v.claim(cycle, o.ID); c != nil && !c.Claim.Free() {
			p.Holder, p.State = c.Claim.Region, c.Claim.State
		}
		page = append(page, p)
		return true
	})
	return page, next
}
