package state

import (
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestIdle: a claim shows as idle after 28 days of the log's clock without
// contact.
func TestIdle(t *testing.T) {
	b, ids := ready(t, 3, "otv", "sw")
	r := reader(b)
	b.do("otv", typeClaim, items("2022-23", ids...))
	token := b.state.View().claim("2022-23", ids[0]).Claim.Token
	b.do("otv", typeChangeClaims, items("2022-23", survey.ClaimChange{Organisation: ids[0], Action: survey.ActionContact, Token: token}))
	idle := func() int {
		b.do("sw", typeChangeClaims, items("2022-23", survey.ClaimChange{Organisation: ids[0], Action: survey.ActionRequest}))
		claims, _ := r.Claims(survey.ClaimFilter{Cycle: "2022-23", Idle: true}, "", 10)
		return len(claims)
	}
	b.clock = b.clock.Add(27 * 24 * time.Hour)
	if n := idle(); n != 0 {
		t.Errorf("%d idle after 27 days", n)
	}
	b.clock = b.clock.Add(24 * time.Hour)
	if n := idle(); n != 2 {
		t.Errorf("%d idle after 28 days, want 2", n)
	}
	if c, err := r.ClaimOf("2022-23", ids[1]); err != nil || !c.Idle {
		t.Errorf("%+v %v", c, err)
	}
}

// TestProposedClaims: the companies that a region leads, with the overlaps.
func TestProposedClaims(t *testing.T) {
	b, ids := ready(t, 6, "otv", "sw")
	b.do("otv", typeAddSupported, items("2022-23", ids[:4]...)) // otv leads what it supported first
	b.do("sw", typeAddSupported, items("2022-23", ids[2:]...))
	b.do("sw", typeClaim, items("2022-23", ids[3]))
	r := reader(b)
	mine, _ := r.ProposedClaims("2022-23", "otv", "", 10)
	if len(mine) != 4 || mine[0].Holder != "" || len(mine[0].AlsoSupportedBy) != 0 || len(mine[2].AlsoSupportedBy) != 1 || mine[3].Holder != "sw" {
		t.Errorf("%+v", mine)
	}
	for after, n := "", 0; ; {
		page, next := r.ProposedClaims("2022-23", "sw", after, 1)
		if n += len(page); next == "" {
			if n != 2 {
				t.Errorf("sw leads %d of them, want 2", n)
			}
			break
		}
		after = next
	}
}

// TestGrabbing: a region is granted so many claims an hour and no more; the
// others are not touched, and the next hour is new.
func TestGrabbing(t *testing.T) {
	b := newBench()
	founding := b.founding("otv", "sw")
	founding.Policy = "standard"
	b.do("otv", typeFound, Encode(founding))
	open := survey.Campaign{Cycle: "2022-23", Questionnaire: "nq-1", Definitions: "md-1", Policy: "standard"}
	if o := b.do("otv", typeOpenCampaign, Encode(campaignPayload{Campaign: open})); o[0].Refusal != nil {
		t.Fatalf("the campaign is not opened: %v", o[0].Refusal)
	}
	_, ids := addCompanies(t, b, grantsPerHour+600)
	granted := func(region survey.Region, from, to int) (n int) {
		for start := from; start < to; start += maxRowItems {
			for _, o := range b.do(region, typeClaim, items("2022-23", ids[start:min(start+maxRowItems, to)]...)) {
				if o.Status == survey.OutcomeGranted {
					n++
				} else if o.Refusal == nil || o.Refusal.Code != survey.RefusedTooMany {
					t.Fatalf("%+v", o)
				}
			}
		}
		return n
	}
	b.clock = b.clock.Truncate(time.Hour)
	if n := granted("otv", 0, grantsPerHour+100); n != grantsPerHour {
		t.Errorf("%d granted in one hour, want %d", n, grantsPerHour)
	}
	if n := granted("sw", grantsPerHour+100, grantsPerHour+200); n != 100 {
		t.Errorf("the other region got %d of 100", n)
	}
	b.clock = b.clock.Add(time.Hour)
	if n := granted("otv", grantsPerHour, grantsPerHour+100); n != 100 {
		t.Errorf("in the next hour %d of 100", n)
	}
}
