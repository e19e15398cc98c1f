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
