package federation_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/store/survey"
)

// A backup holds the records and not what has left of them. A node that is
// restored from one must not release anew what it knows: the difference to what
// it had published before could be one company's figure.
func TestARestoredNodeReleasesNothingAnew(t *testing.T) {
	synctest.Test(t, restoredReleases)
}

func restoredReleases(t *testing.T) {
	f := federationtest.New(t, federationtest.Options{Regions: three, Seed: 2})
	f.AwaitReady(30 * time.Second)
	otv, gm := f.As("otv"), f.As("gm")
	if _, err := otv.Campaigns().OpenCampaign(t.Context(), federationtest.Request(), survey.Campaign{Cycle: federationtest.Cycle, Policy: "standard"}); err != nil {
		t.Fatal(err)
	}
	companies := make([]survey.Identifier, 31)
	for i := range companies {
		companies[i] = survey.Identifier(fmt.Sprintf("GB-COH:990001%02d", i))
	}
	otv.AddCompanies(companies...)
	for i, id := range companies[:30] {
		otv.Claim(id)
		otv.Answer(id, 1000+int64(i))
	}
	released := func() survey.Figure {
		return federationtest.FigureOf(gm.Totals(survey.TotalsQuery{}).Figures, "investment_leveraged")
	}
	f.Await(time.Minute, "a first release", []survey.Region{"gm"}, func(*federationtest.Node) bool { return released().Value > 0 })
	before := released()
	otv.Claim(companies[30])
	otv.Answer(companies[30], 777_000)
	time.Sleep(time.Minute)
	if now := released(); now.Value != before.Value {
		t.Fatalf("one company alone has left: %+v, then %+v", before, now)
	}

	f.Stop("otv")
	for _, name := range []string{"summaries.db", "raft"} {
		if err := os.RemoveAll(filepath.Join(otv.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := federation.Rejoin(otv.Dir); err != nil {
		t.Fatal(err)
	}
	f.Start("otv")
	f.Await(10*time.Minute, "otv being back", three, func(n *federationtest.Node) bool { return n.ReadyForClaims() == nil })
	time.Sleep(5 * time.Minute)
	if now := released(); now.Value != before.Value || now.Contributors != before.Contributors {
		t.Errorf("the restored node released anew: %+v, before it was %+v", now, before)
	}
	own, err := otv.Federation.Totals().Own(federationtest.Cycle, "")
	if err != nil || own.AnswersReleased > 30 {
		t.Errorf("%+v %v", own, err)
	}
}
