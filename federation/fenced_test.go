package federation_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/store/survey"
)

func says(n *federationtest.Node, words string) bool {
	return slices.ContainsFunc(n.Problems(), func(p string) bool { return strings.Contains(p, words) })
}

// recoverWith goes on with the survivors of a stopped federation.
func recoverWith(t *testing.T, f *federationtest.Federation, survivors ...survey.Region) {
	t.Helper()
	best := survivors[0]
	positions := map[survey.Region]federation.Position{}
	for _, region := range survivors {
		remains, err := federation.Inspect(f.As(region).Dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		positions[region] = remains.Last
		if remains.Last.Compare(positions[best]) > 0 {
			best = region
		}
	}
	delete(positions, best)
	if _, err := federation.Recover(f.As(best).Dir, best, f.As(best).Key(), federation.Recovering{Survivors: survivors, Seen: positions}, nil); err != nil {
		t.Fatal(err)
	}
}

// TestTheOldMajorityIsRefusedUntilItRejoins brings back those without whom the
// others went on: together they are a majority of the old voters, and must not
// grant what the new epoch grants, too.
func TestTheOldMajorityIsRefusedUntilItRejoins(t *testing.T) {
	for _, c := range []struct {
		name string
		met  bool // the old ones meet the survivors at their start
	}{{"they meet the survivors at once", true}, {"they meet the survivors later", false}} {
		t.Run(c.name, func(t *testing.T) {
			grow(t, five, func(f *federationtest.Federation) {
				for _, region := range five {
					f.Stop(region)
				}
				survivors, old := []survey.Region{"nenc", "gm"}, []survey.Region{"otv", "wessex", "sw"}
				recoverWith(t, f, survivors...)
				for _, region := range survivors {
					f.Start(region)
				}
				f.AwaitReady(60 * time.Second)
				f.As("gm").Claim(acme)
				for _, region := range old { // their machines are there before the cut
					f.Fabric.Node(region)
				}
				if !c.met {
					f.Partition(survivors, old)
				}
				for _, region := range old {
					f.Start(region)
				}
				if !c.met {
					f.Await(30*time.Second, "the old majority electing a leader", old, func(n *federationtest.Node) bool { return n.ReadyForClaims() == nil })
					f.HealAll()
				}
				f.Await(60*time.Second, "standing aside", old, func(n *federationtest.Node) bool { return says(n, "replaced by a later generation") })
				for _, region := range old {
					if _, err := f.As(region).TryClaim(acme); !errors.Is(err, survey.ErrNoQuorum) {
						t.Errorf("%s: a claim in the old epoch: %v", region, err)
					}
				}
				// They read on, and stay aside when they are started again, alone.
				f.Partition(survivors, old)
				for _, region := range old {
					f.Stop(region)
					f.Start(region)
				}
				time.Sleep(20 * time.Second)
				for _, region := range old {
					n := f.As(region)
					if _, err := n.TryClaim(acme); !errors.Is(err, survey.ErrNoQuorum) || n.ReadyForReads() != nil || len(n.Registry().Members()) != 5 {
						t.Errorf("%s: started again: %v, reads %v", region, err, n.ReadyForReads())
					}
				}
				f.HealAll()
				for _, region := range old {
					f.Stop(region)
					f.Rejoin(region)
				}
				f.Await(60*time.Second, "all voting in the new epoch", five, func(n *federationtest.Node) bool {
					return n.Registry().Epoch() == 1 && n.FederationStatus().Quorum.Voters == 5 && n.Holder(acme) == "gm"
				})
			})
		})
	}
}

// TestARejoiningNodeStartsWithoutAMajority and shows what it had.
func TestARejoiningNodeStartsWithoutAMajority(t *testing.T) {
	grow(t, five[:3], func(f *federationtest.Federation) {
		f.As("otv").Claim(acme)
		f.As("otv").Claim(crest) // what was agreed last is not known to be, without a leader
		f.Await(10*time.Second, "the claim being everywhere", five[:3], func(n *federationtest.Node) bool { return n.Holder(acme) == "otv" })
		f.Stop("otv")
		f.Stop("gm")
		began := time.Now()
		f.Rejoin("otv")
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("it started after %s", took)
		}
		n := f.As("otv")
		if n.Holder(acme) != "otv" || n.ReadyForReads() != nil || !says(n, "asks the others to let it in") {
			t.Errorf("it shows %q, %v, %v", n.Holder(acme), n.ReadyForReads(), n.Problems())
		}
		if _, err := n.TryClaim(brook); !errors.Is(err, survey.ErrNoQuorum) {
			t.Errorf("a claim: %v", err)
		}
		f.Start("gm")
		select {
		case <-n.Anew():
		case <-time.After(60 * time.Second):
			t.Fatal("it was not let in")
		}
		f.Stop("otv")
		f.Start("otv")
		f.Await(60*time.Second, "it voting again", five[:3], func(n *federationtest.Node) bool { return n.Stage("otv") == "votes" })
		if _, err := os.Stat(filepath.Join(n.Dir, "raft.old")); err == nil {
			// It goes with the next start.
			f.Stop("otv")
			f.Start("otv")
		}
		f.As("otv").Claim(brook)
		if _, err := os.Stat(filepath.Join(n.Dir, "raft.old")); err == nil {
			t.Error("the old copy is still there")
		}
	})
}

// TestThirtyMinutesApart parts the federation into halves for half an hour:
// both work on what is theirs, and heal by themselves.
func TestThirtyMinutesApart(t *testing.T) {
	all := everyRegion()
	federate(t, all, func(f *federationtest.Federation) {
		f.As(all[0]).Claim(acme)
		f.As(all[0]).Answer(acme, 1000)
		f.Await(10*time.Second, "the answer being everywhere", all, func(n *federationtest.Node) bool { return n.Leveraged() == 1000 })
		few, most := all[:7], all[7:]
		f.Partition(few, most)
		time.Sleep(30 * time.Minute)
		f.As(most[0]).Claim(brook)
		f.As(most[0]).Answer(brook, 200)
		if _, err := f.As(few[1]).TryClaim(crest); !errors.Is(err, survey.ErrNoQuorum) {
			t.Errorf("a claim at the smaller half: %v", err)
		}
		if result := f.As(few[1]).Answer(crest, 30); result.State != survey.ResponseProvisional {
			t.Errorf("an answer at the smaller half: %+v", result)
		}
		if got := f.As(few[2]).Leveraged(); got != 1000 {
			t.Errorf("the smaller half's totals: %d", got)
		}
		for _, r := range f.As(few[0]).FederationStatus().Regions {
			if slices.Contains(most, r.Region) && (r.Health != "dead" || r.Address == "" || time.Since(r.LastHeard) < 29*time.Minute) {
				t.Errorf("the smaller half shows %+v", r)
			}
		}
		f.HealAll()
		f.Await(30*time.Second, "being whole, without a person", all, func(n *federationtest.Node) bool {
			s := n.FederationStatus()
			return s.Quorum.Reachable == 15 && n.ReadyForClaims() == nil && n.Holder(crest) == few[1] && n.Leveraged() == 1230 &&
				n.Totals(survey.TotalsQuery{}).Coverage.Current == 15
		})
	})
}
