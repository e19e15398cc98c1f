package federation_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/store/survey"
)

// A claim of which nothing happens for the agreed time is free again, without
// anybody doing anything. One node only: a day of a federation's messages is
// much to simulate.
func TestAClaimLapses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Regions: five[:1], Seed: 1, Dir: inMemory(t)})
		f.AwaitReady(time.Minute)
		f.Begin(five[0], acme)
		node := f.As(five[0])
		outcome, err := node.Campaigns().CampaignLapse(t.Context(), federationtest.Request(), federationtest.Cycle, 1)
		if err != nil || outcome.Status != survey.OutcomeUpdated {
			t.Fatalf("set the term: %+v, %v", outcome, err)
		}
		node.Claim(acme)
		time.Sleep(23 * time.Hour)
		if c, err := node.Registry().ClaimOf(federationtest.Cycle, acme); err != nil || c.LapsesAt.IsZero() {
			t.Fatalf("before its time: %+v, %v", c, err)
		}
		time.Sleep(time.Hour + 2*time.Minute)
		if c, err := node.Registry().ClaimOf(federationtest.Cycle, acme); !errors.Is(err, survey.ErrNotFound) {
			t.Fatalf("after its time: %+v, %v", c, err)
		}
		history, err := node.Registry().ClaimHistory(federationtest.Cycle, acme)
		if err != nil || len(history) != 2 || history[1].Reason != survey.ReasonLapsed {
			t.Errorf("its history: %+v, %v", history, err)
		}
	})
}
