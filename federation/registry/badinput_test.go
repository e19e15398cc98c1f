package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestBadInputIsRefusedRowByRow: whatever stands in a list, its other rows are
// carried out, and the wrong one says why it was not.
func TestBadInputIsRefusedRowByRow(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ids := c.prepare(60)
		ctx, r, n := context.Background(), c.node("otv"), 0
		request := func() survey.Request { n++; return survey.Request{ID: fmt.Sprintf("bad %d", n)} }
		if o, err := c.node("sw").Claim(ctx, request(), "2022-23", ids[1:2]); err != nil || o[0].Refusal != nil {
			t.Fatal(o, err)
		}
		suspend(t, c, request)

		next := 10
		claim := func(bad survey.Identifier) (survey.Outcome, error) {
			good := ids[next : next+2]
			next += 2
			o, err := r.Claim(ctx, request(), "2022-23", []survey.Identifier{good[0], bad, good[1]})
			return middle(t, o, err)
		}
		change := func(bad survey.ClaimChange) (survey.Outcome, error) {
			good := ids[next : next+2]
			next += 2
			o, err := r.Claim(ctx, request(), "2022-23", good)
			if err != nil {
				return survey.Outcome{}, err
			}
			contact := func(at int) survey.ClaimChange {
				return survey.ClaimChange{Organisation: good[at], Action: survey.ActionContact, Token: o[at].Claim.Token}
			}
			o, err = r.ChangeClaims(ctx, request(), "2022-23", []survey.ClaimChange{contact(0), bad, contact(1)})
			return middle(t, o, err)
		}
		held, err := r.Claim(ctx, request(), "2022-23", ids[:1])
		if err != nil {
			t.Fatal(err)
		}
		token := held[0].Claim.Token
		for _, bad := range []struct {
			name string
			do   func() (survey.Outcome, error)
			code survey.RefusalCode
		}{
			{"an unknown company", func() (survey.Outcome, error) { return claim("GB-COH:00000001") }, survey.RefusedUnknownOrganisation},
			{"a company of another region", func() (survey.Outcome, error) { return claim(ids[1]) }, survey.RefusedAlreadyClaimed},
			{"the same row twice", func() (survey.Outcome, error) { return claim(ids[next]) }, survey.RefusedDuplicateInList},
			{"Cyrillic letters in the scheme", func() (survey.Outcome, error) { return claim("GB-\u0421OH:99000001") }, survey.RefusedInvalid},
			{"full-width digits", func() (survey.Outcome, error) { return claim("GB-COH:\uff19\uff19000001") }, survey.RefusedInvalid},
			{"a zero-width space, which is nothing", func() (survey.Outcome, error) { return claim("GB-COH:99000\u200b001") }, survey.RefusedAlreadyClaimed},
			{"a letter for a digit", func() (survey.Outcome, error) { return claim("GB-COH:99OOO001") }, survey.RefusedUnknownOrganisation},
			{"nothing", func() (survey.Outcome, error) { return claim("") }, survey.RefusedInvalid},
			{"a stale token", func() (survey.Outcome, error) {
				return change(survey.ClaimChange{Organisation: ids[0], Action: survey.ActionContact, Token: token - 1})
			}, survey.RefusedStaleToken},
			{"no token", func() (survey.Outcome, error) {
				return change(survey.ClaimChange{Organisation: ids[0], Action: survey.ActionContact})
			}, survey.RefusedStaleToken},
			{"an outcome without a claim", func() (survey.Outcome, error) {
				return change(survey.ClaimChange{Organisation: ids[2], Action: survey.ActionRespond})
			}, survey.RefusedNotClaimed},
			{"the claim of another region", func() (survey.Outcome, error) {
				return change(survey.ClaimChange{Organisation: ids[1], Action: survey.ActionRelease, Token: token})
			}, survey.RefusedNotHolder},
			{"an offer to an unknown region", func() (survey.Outcome, error) {
				return change(survey.ClaimChange{Organisation: ids[0], Action: survey.ActionOffer, OfferTo: "atlantis", Token: token})
			}, survey.RefusedInvalid},
			{"an offer to a suspended region", func() (survey.Outcome, error) {
				return change(survey.ClaimChange{Organisation: ids[0], Action: survey.ActionOffer, OfferTo: "sw", Token: token})
			}, survey.RefusedInvalid},
			{"an offer to itself", func() (survey.Outcome, error) {
				return change(survey.ClaimChange{Organisation: ids[0], Action: survey.ActionOffer, OfferTo: "otv", Token: token})
			}, survey.RefusedInvalid},
			{"an unknown action", func() (survey.Outcome, error) {
				return change(survey.ClaimChange{Organisation: ids[0], Action: "steal", Token: token})
			}, survey.RefusedInvalid},
			{"a refusal without a reason", func() (survey.Outcome, error) {
				return change(survey.ClaimChange{Organisation: ids[0], Action: survey.ActionDecline, Token: token})
			}, survey.RefusedInvalid},
			{"a merge into itself", func() (survey.Outcome, error) {
				return r.MergeOrganisations(ctx, request(), ids[3], ids[3], survey.MergeSameCompany)
			}, survey.RefusedInvalid},
			{"a merge in a circle", func() (survey.Outcome, error) {
				if o, err := r.MergeOrganisations(ctx, request(), ids[3], ids[4], survey.MergeSameCompany); err != nil || o.Refusal != nil {
					t.Fatal(o, err)
				}
				return r.MergeOrganisations(ctx, request(), ids[4], ids[3], survey.MergeSameCompany)
			}, survey.RefusedInvalid},
			{"a split of what was not merged", func() (survey.Outcome, error) {
				return r.SplitOrganisation(ctx, request(), ids[5], survey.MergeMistake)
			}, survey.RefusedInvalid},
			{"a cycle opened twice, otherwise", func() (survey.Outcome, error) {
				return r.OpenCampaign(ctx, request(), survey.Campaign{Cycle: "2022-23", Questionnaire: "nq-9"})
			}, survey.RefusedCampaignExists},
			{"a cycle that is none", func() (survey.Outcome, error) {
				return r.OpenCampaign(ctx, request(), survey.Campaign{Cycle: "2O22-23"})
			}, survey.RefusedInvalid},
		} {
			o, err := bad.do()
			if err != nil || o.Refusal == nil || o.Refusal.Code != bad.code || o.Refusal.Code == survey.RefusedInvalid && strings.TrimSpace(o.Refusal.Detail) == "" {
				t.Errorf("%s: %+v %v, want %s", bad.name, o, err, bad.code)
			}
		}
		if claim, err := r.ClaimOf("2022-23", ids[0]); err != nil || claim.Token != token || claim.State != survey.Claimed {
			t.Errorf("the claim that all of it was about: %+v %v", claim, err)
		}
		if _, err := r.Claim(ctx, request(), "2022-23", make([]survey.Identifier, maxListItems+1)); !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("a list that is too long: %v", err)
		}
		closeTwice(t, r, request)
	})
}

// middle returns the outcome of the second of three rows, whose neighbours must
// have been carried out.
func middle(t *testing.T, outcomes []survey.Outcome, err error) (survey.Outcome, error) {
	t.Helper()
	if err != nil || len(outcomes) != 3 {
		return survey.Outcome{}, fmt.Errorf("%d outcomes: %w", len(outcomes), err)
	}
	for _, at := range []int{0, 2} {
		if outcomes[at].Refusal != nil {
			t.Errorf("row %d of the same list: %v", at+1, outcomes[at].Refusal)
		}
	}
	return outcomes[1], nil
}

// suspend suspends sw, by the others' agreement.
func suspend(t *testing.T, c *cluster, request func() survey.Request) {
	t.Helper()
	ctx := context.Background()
	o, err := c.node("otv").Propose(ctx, request(), survey.NewProposal{Kind: survey.ProposeSuspend, Region: "sw", Reason: survey.ReasonAgreed})
	if err != nil || o.Refusal != nil {
		t.Fatal(o, err)
	}
	if o, err = c.node("wessex").Endorse(ctx, request(), o.Number); err != nil || o.Refusal != nil {
		t.Fatal(o, err)
	}
}

// closeTwice closes the campaign, and again, and claims in what is closed.
func closeTwice(t *testing.T, r *Registry, request func() survey.Request) {
	t.Helper()
	ctx := context.Background()
	if o, err := r.CloseCampaign(ctx, request(), "2022-23"); err != nil || o.Refusal != nil {
		t.Fatal(o, err)
	}
	before, err := r.Campaign("2022-23")
	if err != nil {
		t.Fatal(err)
	}
	if o, err := r.CloseCampaign(ctx, request(), "2022-23"); err != nil || o.Refusal == nil && o.Status != survey.OutcomeExists && o.Status != survey.OutcomeUnchanged {
		t.Errorf("closed twice: %+v %v", o, err)
	}
	if now, err := r.Campaign("2022-23"); err != nil || now != before {
		t.Errorf("closing it again changed it: %+v, %+v", before, now)
	}
	if _, err := r.CloseCampaign(ctx, request(), "1066-67"); err != nil && !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("closing what is not there: %v", err)
	}
}
