package registry

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestStepsAreAskedAgain: asking again with the same request id gives the first
// outcome, also when the step has long taken effect; and a whole year stands on
// every node after a snapshot and a restart.
func TestStepsAreAskedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		c.prepare(1)
		ctx := context.Background()
		otv, wessex := c.node("otv"), c.node("wessex")
		twice := func(what string, again survey.OutcomeStatus, ask func(survey.Request) (survey.Outcome, error)) {
			t.Helper()
			var outcomes [2]survey.Outcome
			for i := range outcomes {
				o, err := ask(survey.Request{ID: what})
				if err != nil || o.Refusal != nil {
					t.Fatalf("%s: %+v %v", what, o, err)
				}
				outcomes[i] = o
			}
			if outcomes[0].Number != outcomes[1].Number || outcomes[0].Status != again || outcomes[1].Status != again {
				t.Errorf("%s: %+v, then %+v", what, outcomes[0], outcomes[1])
			}
		}
		twice("close", survey.OutcomeUpdated, func(r survey.Request) (survey.Outcome, error) { return otv.CloseCampaign(ctx, r, "2022-23") })
		large := bytes.Repeat([]byte{7}, survey.MaxSignedSummary)
		for _, region := range c.regions {
			twice("sign off", survey.OutcomeCreated, func(r survey.Request) (survey.Outcome, error) {
				return c.node(region).SignOff(ctx, r, "2022-23", 0, large)
			})
		}
		if o, err := otv.SignOff(ctx, survey.Request{ID: "too large"}, "2022-23", 0, append(large, 7)); err != nil || o.Refusal == nil || o.Refusal.Code != survey.RefusedInvalid {
			t.Errorf("a summary that is too large: %+v %v", o, err)
		}
		for _, region := range c.regions[:2] {
			twice("co-sign", survey.OutcomeCreated, func(r survey.Request) (survey.Outcome, error) {
				return c.node(region).CoSign(ctx, r, "2022-23", 0, [32]byte{9})
			})
		}
		twice("revision", survey.OutcomeUpdated, func(r survey.Request) (survey.Outcome, error) {
			return otv.OpenRevision(ctx, r, "2022-23", survey.ReasonLateAnswers)
		})
		if err := wessex.raft.Snapshot().Error(); err != nil {
			t.Fatal(err)
		}
		c.stop("wessex")
		wessex = c.start("wessex")
		c.leader()
		if _, err := wessex.Await(ctx, survey.Consistency{Linearizable: true}); err != nil {
			t.Fatal(err)
		}
		revisions, err := wessex.Revisions("2022-23")
		if err != nil || len(revisions) != 2 || revisions[1].Previous != [32]byte{9} || revisions[0].State != survey.RevisionCertified {
			t.Errorf("after a restart: %+v %v", revisions, err)
		}
		if got, err := wessex.SignedSummary("2022-23", 0, "sw"); err != nil || !bytes.Equal(got, large) {
			t.Errorf("the signed summary after a restart: %d bytes, %v", len(got), err)
		}
		if campaign, err := wessex.Campaign("2022-23"); err != nil || campaign.State != survey.CampaignCertified {
			t.Errorf("the campaign after a restart: %+v %v", campaign, err)
		}
		for _, unknown := range []func() error{
			func() error { _, err := otv.Revisions("2021-22"); return err },
			func() error { _, err := otv.SignedSummary("2022-23", 1, "sw"); return err },
			func() error { _, err := otv.SignedSummary("2022-23", -1, "sw"); return err },
			func() error { _, err := otv.SignedSummary("2022-23", 70_000, "sw"); return err },
		} {
			if err := unknown(); !errors.Is(err, survey.ErrNotFound) {
				t.Errorf("what is not there: %v", err)
			}
		}
	})
}

// A campaign that is opened the moment that the federation starts waits for its
// founding: what is not said comes from there.
func TestACampaignWaitsForTheFounding(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		for _, region := range c.regions {
			outcome, err := c.node(region).OpenCampaign(context.Background(), survey.Request{ID: "open"}, survey.Campaign{Cycle: "2022-23"})
			if err != nil || outcome.Refusal != nil {
				t.Errorf("%s: %+v %v", region, outcome, err)
			}
		}
	})
}
