package web_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// ClaimHistory is that of a company which went from hand to hand.
func (c *canned) ClaimHistory(cycle survey.Cycle, id survey.Identifier) ([]survey.ClaimEvent, error) {
	if cycle != thisCycle || id != oursID && id != doneID {
		return nil, nil
	}
	step := func(days int, by, holder survey.Region, state survey.ClaimState, more ...any) survey.ClaimEvent {
		e := survey.ClaimEvent{Number: uint64(5000 - days), At: daysAgo(days), Organisation: id, Region: by, State: state, Holder: holder}
		for _, m := range more {
			switch m := m.(type) {
			case survey.Region:
				e.OfferedTo = m
			case survey.ReasonCode:
				e.Reason = m
			}
		}
		return e
	}
	const w = survey.Region("wessex")
	if id == doneID {
		return []survey.ClaimEvent{step(60, w, w, survey.Claimed), step(40, w, w, survey.Transferring, ours), step(10, ours, w, survey.Claimed, survey.ReasonLapsed),
			step(5, "kss", "", survey.Released, survey.ReasonLapsed)}, nil
	}
	return []survey.ClaimEvent{
		step(60, w, w, survey.Claimed), step(55, w, w, survey.Contacted), step(54, w, w, survey.Declined, survey.ReasonNoTime),
		step(53, w, w, survey.Contacted, survey.ReasonMistake), step(50, ours, w, survey.Contacted), step(45, w, w, survey.Transferring, ours),
		step(44, ours, w, survey.Contacted), step(43, w, w, survey.Transferring, ours), step(42, w, w, survey.Contacted), step(41, w, w, survey.Transferring, ours),
		step(40, ours, ours, survey.Claimed), step(39, ours, "", survey.Released, survey.ReasonOtherRegion), step(24, ours, ours, survey.Claimed), step(20, ours, ours, survey.Contacted),
	}, nil
}

// Receipt proves what is claimed.
func (c *canned) Receipt(_ context.Context, cycle survey.Cycle, id survey.Identifier, _ uint64) ([]byte, error) {
	if id != oursID {
		return nil, fmt.Errorf("receipt of %s: %w", id, survey.ErrNotFound)
	}
	return fmt.Appendf(nil, `{"about": "%s %s"}`, cycle, id), nil
}

// The history of a claim tells who did what, the newest first, in people's
// words.
func TestClaimHistory(t *testing.T) {
	s := newSite(t).as(store.PermissionViewer)
	body := pagetest.Main(s.Get("/companies/" + string(oursID)))
	from := 0
	for _, want := range []string{"Contacted the company", "Claimed the company", "Gave the claim up", "another AHSN knows them better", "Took the company over from Health Innovation Wessex",
		"Offered it to Health Innovation Oxford &amp; Thames Valley", "Took the offer back", "Left it with Health Innovation Wessex", "Asked for the company", "Reopened the claim",
		"Noted that the company declines", "no time", "Contacted the company", "Claimed the company"} {
		at := strings.Index(body[from:], want)
		if at < 0 {
			t.Fatalf("after %d bytes there is no %q:\n%s", from, want, body)
		}
		from += at
	}
	if w := s.Get("/companies/" + string(freeID)); contains(w, "History of the claim") {
		t.Error("a company that nobody claimed has a history")
	}
}

// The proof is the registry's, byte for byte; a node that lacks it says so.
func TestReceiptProof(t *testing.T) {
	s := newSite(t).as(store.PermissionViewer)
	w := s.Get("/companies/" + string(oursID) + "/receipt.json?cycle=2022-23")
	if w.Code != 200 || w.Body.String() != `{"about": "2022-23 GB-COH:99000002"}` || !strings.HasPrefix(w.Header().Get("Content-Disposition"), `attachment; filename="claim-`) {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	pagetest.WantPage(t, s.Get("/companies/"+string(theirsID)+"/receipt.json"), 404, "The proof is not here")
	pagetest.WantPage(t, s.Get("/companies/"+string(freeID)+"/receipt.json"), 404, "Nobody holds this company")
}
