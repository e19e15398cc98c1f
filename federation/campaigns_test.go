package federation_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// A campaign is the nation's: one region opens it, a second one agrees; a region
// that joined later is one of them, once it has said what its software knows.
func TestCampaignsTakeTwoRegions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Regions: five[:3], Founders: 2, Seed: 1, SecondRegion: true})
		f.AwaitReady(30 * time.Second)
		ctx := context.Background()
		open := survey.Campaign{Cycle: federationtest.Cycle, Closes: "2023-09-30"}
		outcome, err := f.As("nenc").Campaigns().OpenCampaign(ctx, federationtest.Request(), open)
		if err != nil || outcome.Status != survey.OutcomeProposed {
			t.Fatalf("opened alone: %+v %v", outcome, err)
		}
		f.Join("gm", "otv")
		now := func(is survey.CampaignState) func(*federationtest.Node) bool {
			return func(n *federationtest.Node) bool {
				c, err := n.Registry().Campaign(federationtest.Cycle)
				return err == nil && c.State == is
			}
		}
		all := []survey.Region{"nenc", "gm", "otv"}
		f.Await(30*time.Second, "the campaign being planned", all, now(survey.CampaignPlanned))
		if claim, err := f.As("gm").TryClaim(acme); err != nil || claim.Refusal == nil || claim.Refusal.Code != survey.RefusedCampaignNotOpen {
			t.Errorf("claimed in a planned campaign: %+v %v", claim, err)
		}
		if outcome, err := f.As("otv").Governance().Endorse(ctx, federationtest.Request(), outcome.Number, "agreed by telephone"); err != nil || outcome.Status != survey.OutcomeUpdated {
			t.Fatalf("endorsed: %+v %v", outcome, err)
		}
		f.Await(10*time.Second, "the campaign being open", all, now(survey.CampaignOpen))
		f.Await(30*time.Second, "otv's software being known", all, func(n *federationtest.Node) bool {
			return n.Registry().LevelOf("otv") == state.FeatureLevel
		})
		var refusal *survey.Refusal
		if _, err := f.As("gm").Campaigns().CampaignPolicy(ctx, federationtest.Request(), federationtest.Cycle, "ons-business"); !errors.As(err, &refusal) || refusal.Code != survey.RefusedInvalid {
			t.Errorf("a laxer policy: %v", err)
		}
		for i, region := range all[1:] {
			want := []survey.OutcomeStatus{survey.OutcomeProposed, survey.OutcomeUpdated}[i]
			if outcome, err := f.As(region).Campaigns().CloseCampaign(ctx, federationtest.Request(), federationtest.Cycle); err != nil || outcome.Status != want {
				t.Fatalf("%s closes: %+v %v", region, outcome, err)
			}
		}
		f.Await(10*time.Second, "the campaign being closed", all, now(survey.CampaignClosed))
	})
}
