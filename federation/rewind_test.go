package federation_test

import (
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/store/survey"
)

// Claims that only the lost majority knew were counted with at one of its
// nodes. After the recovery they are not in the registry any more: one company
// was given to another region since, the other one is claimed again.
func TestRecordsGoBackToTheRecoveredRegistry(t *testing.T) {
	grow(t, five, func(f *federationtest.Federation) {
		survivors, lost := []survey.Region{"nenc", "gm"}, []survey.Region{"otv", "wessex", "sw"}
		f.Partition(survivors, lost)
		f.Await(60*time.Second, "the majority having a leader", lost, func(n *federationtest.Node) bool {
			_, err := n.TryClaim(crest)
			return err == nil || n.Region != "sw"
		})
		f.As("sw").Claim(acme)
		f.As("sw").Claim(brook)
		f.As("sw").Answer(acme, 1000)
		f.As("sw").Answer(brook, 500)
		f.Await(10*time.Second, "both answers counting", []survey.Region{"sw"}, func(n *federationtest.Node) bool { return n.Leveraged() == 1500 })
		for _, region := range five {
			f.Stop(region)
		}
		f.HealAll()

		positions := map[survey.Region]federation.Position{}
		for _, region := range survivors {
			remains, err := federation.Inspect(f.As(region).Dir, nil)
			if err != nil {
				t.Fatal(err)
			}
			positions[region] = remains.Last
		}
		best, other := survivors[0], survivors[1]
		if positions[other].Compare(positions[best]) > 0 {
			best, other = other, best
		}
		recovering := federation.Recovering{Survivors: survivors, Seen: map[survey.Region]federation.Position{other: positions[other]}}
		if _, err := federation.Recover(f.As(best).Dir, best, f.As(best).Key(), recovering, nil); err != nil {
			t.Fatal(err)
		}
		for _, region := range survivors {
			f.Start(region)
		}
		f.AwaitReady(60 * time.Second)
		f.As("gm").Claim(brook)
		f.As("gm").Answer(brook, 70)

		f.Rejoin("sw")
		f.Await(60*time.Second, "sw's lost claim being asked for again, and each answer counting once", []survey.Region{"nenc", "gm", "sw"}, func(n *federationtest.Node) bool {
			return n.Holder(acme) == "sw" && n.Holder(brook) == "gm" && n.Leveraged() == 1070
		})
		if response, err := f.As("sw").Records.Response(federationtest.Cycle, brook); err != nil || response.Counted || response.HeldBy != "gm" {
			t.Errorf("sw's answer of brook: %+v %v", response, err)
		}
		if epoch, err := f.As("sw").Records.Epoch(); err != nil || epoch != 1 {
			t.Errorf("sw's records follow epoch %d (%v)", epoch, err)
		}
	})
}
