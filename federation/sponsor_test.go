package federation_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/store/survey"
)

// A region that starts later finds what was recorded for it.
func TestASponsorHandsOverWhenTheRegionJoins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Regions: five[:3], Founders: 2, Seed: 1})
		f.AwaitReady(30 * time.Second)
		sponsor := f.As("gm")
		sponsor.OpenCampaign()
		sponsor.AddCompanies(acme, brook)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		request := federationtest.Request()
		request.For = "otv"
		if outcomes, err := sponsor.Claims().Claim(ctx, request, federationtest.Cycle, []survey.Identifier{acme}); err != nil || outcomes[0].Refusal != nil {
			t.Fatal(outcomes, err)
		}
		if result := sponsor.Answer(acme, 700); result.State != survey.ResponseProvisional {
			t.Errorf("an answer for another region counts here: %+v", result)
		}
		// Answers given while the sponsor held the company itself are its own.
		sponsor.Claim(brook)
		if _, err := sponsor.Responses().RecordResponse(ctx, federationtest.Request(), federationtest.Cycle, brook, []byte(`{"q01":"yes"}`)); err != nil {
			t.Fatal(err)
		}
		sponsor.Change(brook, survey.ActionRelease, survey.ClaimChange{Reason: survey.ReasonMistake})
		request = federationtest.Request()
		request.For = "otv"
		if outcomes, err := sponsor.Registry().Claim(ctx, request, federationtest.Cycle, []survey.Identifier{brook}); err != nil || outcomes[0].Refusal != nil {
			t.Fatal(outcomes, err)
		}
		f.Await(5*time.Second, "otv being shown as sponsored", f.Running(), func(n *federationtest.Node) bool {
			regions := n.FederationStatus().Regions
			last := regions[len(regions)-1]
			return last.Region == "otv" && last.State == survey.MemberSponsored
		})
		f.Join("gm", "otv")
		f.Await(60*time.Second, "otv's own answer counting", []survey.Region{"otv", "nenc", "gm"}, func(n *federationtest.Node) bool {
			return n.Holder(acme) == "otv" && n.Leveraged() == 700
		})
		f.Await(60*time.Second, "otv having what is its own", []survey.Region{"gm"}, func(n *federationtest.Node) bool {
			return n.Registry().RegionStanding("otv").Received
		})
		if r, err := f.As("otv").Records.Response(federationtest.Cycle, brook); !errors.Is(err, survey.ErrNotFound) {
			t.Errorf("answers that the sponsor was told itself: %+v %v", r, err)
		}
		for region, action := range map[survey.Region]string{"gm": "response.hand-over", "otv": "response.take-over"} {
			entries, _, err := f.As(region).Records.Audit(0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, e := range entries {
				found = found || e.Action == action
			}
			if !found {
				t.Errorf("%s has no audit entry %s", region, action)
			}
		}
	})
}
