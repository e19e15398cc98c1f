package state

import (
	"fmt"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/ahsn-network/tracker/store/survey"
)

const day = 24 * hour

// fieldsBeforeLapse are what software from before levelLapse could read of what
// a row is about: of a proposal, and of a campaign.
const (
	proposalFieldsBeforeLapse = 18
	campaignFieldsBeforeLapse = 14
)

// leased are the states of a claim of which something must happen. What the
// company said, or that it cannot be asked, stays said.
var leased = []survey.ClaimState{survey.Claimed, survey.Contacted, survey.Transferring}

// LapseClaims notes that the time of the claims is over.
func LapseClaims(cycle survey.Cycle, due []survey.ClaimChange) []Command {
	commands := ChangeClaims(cycle, due)
	for i := range commands {
		commands[i] = commands[i].from(levelLapse)
	}
	return commands
}

// lapsesAt is when the claim lapses, in milliseconds of the state's clock; 0 if
// never. Only a step with a token of its own keeps it: that another region would
// like the company does not.
func lapsesAt(c *survey.Campaign, row *claimRow) int64 {
	if c == nil || c.LapseDays == 0 || c.State != survey.CampaignOpen || !slices.Contains(leased, row.Claim.State) {
		return 0
	}
	touched := row.Claim.ChangedAt.UnixMilli()
	for _, s := range row.Steps {
		if s.Number == row.Claim.Token {
			touched = s.At
		}
	}
	return max(touched, c.LapseSince) + int64(c.LapseDays)*day
}

// notDue says why the claim does not lapse now.
func (w *claimWork) notDue(row *claimRow) *survey.Refusal {
	at := lapsesAt(w.campaign(row.Claim.Cycle), row)
	switch {
	case at == 0:
		return &survey.Refusal{Code: survey.RefusedStanding, Detail: "this claim does not lapse"}
	case w.clock() < at:
		return &survey.Refusal{Code: survey.RefusedStanding, Detail: fmt.Sprintf("the claim stands until %s if nothing happens", instant(at).Format(time.RFC3339))}
	}
	return nil
}

// lapse is the claim after its time was over. An offer that nobody answered ends
// first: the holder has the claim back, for another term.
func lapse(c survey.Claim) *survey.Claim {
	if c.State == survey.Transferring {
		c.State, c.Resume, c.OfferedTo = c.Resume, "", ""
		if !slices.Contains(coded, c.State) { // else the reason is the company's
			c.Reason = survey.ReasonLapsed
		}
		return &c
	}
	c = freed(c)
	c.Reason = survey.ReasonLapsed
	return &c
}

// saysOnly reports whether the payload's first field has no keys above last:
// what a row of an earlier version says there, older replicas could not read.
func saysOnly(payload []byte, last uint64) bool {
	var p struct {
		What map[uint64]cbor.RawMessage `cbor:"1,keyasint"`
	}
	if err := Decode(payload, &p); err != nil {
		return false
	}
	for key := range p.What {
		if key > last {
			return false
		}
	}
	return true
}

// DueClaims returns up to limit claims of the cycle whose time is over at now, a
// node's clock, in the order of their companies: each with the step that notes
// it. Whether it is over is decided by the registry's clock when that is applied.
func (r Reader) DueClaims(cycle survey.Cycle, now time.Time, limit int) (due []survey.ClaimChange) {
	v := r.now()
	c := v.campaign(cycle)
	if c == nil || c.LapseDays == 0 {
		return nil
	}
	from(v.txn, tableClaims, byKey, cycleKey(cycle, ""), func(row *claimRow) bool {
		if row.Claim.Cycle != cycle || len(due) == limit {
			return false
		}
		if at := lapsesAt(c, row); at > 0 && at <= now.UnixMilli() {
			due = append(due, survey.ClaimChange{Organisation: row.Claim.Organisation, Action: survey.ActionLapse, Token: row.Claim.Token})
		}
		return true
	})
	return due
}
