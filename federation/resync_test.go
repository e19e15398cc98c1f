package federation_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/store/survey"
)

// faulty is a federation in which the program of one region can be made to
// decide otherwise than the others'.
type faulty struct {
	*federationtest.Federation
	region survey.Region
	wrong  atomic.Bool
	made   int // companies
}

func withFault(t *testing.T, region survey.Region, script func(*faulty)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &faulty{region: region}
		f.wrong.Store(true)
		f.Federation = federationtest.New(t, federationtest.Options{Regions: five, Seed: 1, Prepare: func(o *federation.Options) {
			o.Weaken(registry.Faults{Tokens: o.Region == f.region && f.wrong.Load()})
		}})
		f.AwaitReady(30 * time.Second)
		f.Begin(five[0], acme, brook, crest)
		script(f)
	})
}

// diverge lets a change with an old token be decided, and then so much that the
// roots are compared.
func (f *faulty) diverge(t *testing.T, company survey.Identifier) {
	t.Helper()
	holder := f.As("otv")
	old := holder.Claim(company)
	holder.Change(company, survey.ActionContact, survey.ClaimChange{})
	stale := []survey.ClaimChange{{Organisation: company, Action: survey.ActionRespond, Token: old.Token}}
	outcomes, err := holder.Claims().ChangeClaims(context.Background(), federationtest.Request(), federationtest.Cycle, stale)
	if err != nil || outcomes[0].Refusal == nil {
		t.Fatalf("a change with an old token: %+v %v", outcomes, err)
	}
	var ids []survey.Identifier
	for range 600 {
		f.made++
		ids = append(ids, survey.Identifier(fmt.Sprintf("GB-COH:98%06d", f.made)))
	}
	holder.AddCompanies(ids...)
}

// restart does what a node does that is told to start anew.
func (f *faulty) restart(t *testing.T) {
	t.Helper()
	select {
	case <-f.As(f.region).Anew():
	case <-time.After(2 * time.Minute):
		t.Fatal("it was not told to start anew")
	}
	f.Stop(f.region)
	f.Start(f.region)
}

// TestADivergedCopyIsMadeAnew: a node whose copy differs sets it aside, enters
// again, receives the registry, votes and serves, without a person; its status
// tells of it until the damaged copy is removed.
func TestADivergedCopyIsMadeAnew(t *testing.T) {
	withFault(t, "sw", func(f *faulty) {
		f.diverge(t, acme)
		f.Await(time.Minute, "leaving service", []survey.Region{"sw"}, func(n *federationtest.Node) bool { return n.ReadyForReads() != nil })
		f.wrong.Store(false)
		f.restart(t)
		f.Await(time.Minute, "all voting again", five, func(n *federationtest.Node) bool {
			return n.FederationStatus().Quorum.Voters == 5 && n.ReadyForClaims() == nil && n.Stage("sw") == "votes"
		})
		n := f.As("sw")
		if member, _ := n.Registry().Member("sw"); member.Generation != 2 {
			t.Errorf("it takes part under generation %d", member.Generation)
		}
		n.Claim(brook)
		if claim, err := n.Registry().ClaimOf(federationtest.Cycle, acme); err != nil || claim.State != survey.Contacted {
			t.Errorf("the claim that it had otherwise: %+v %v", claim, err)
		}
		if !says(n, "was made anew") || says(n, "out of service") {
			t.Errorf("its status says %q", n.Problems())
		}
		damaged := filepath.Join(n.Dir, "raft.damaged")
		if _, err := os.Stat(filepath.Join(damaged, "log.db")); err != nil {
			t.Errorf("the damaged copy was not kept: %v", err)
		}
		if err := os.RemoveAll(damaged); err != nil {
			t.Fatal(err)
		}
		if says(n, "was made anew") {
			t.Error("its status still tells of it after somebody looked")
		}
	})
}

// TestACopyThatDivergesAgainAndAgainStaysOut: fetching the registry once more
// does not mend a program.
func TestACopyThatDivergesAgainAndAgainStaysOut(t *testing.T) {
	withFault(t, "sw", func(f *faulty) {
		f.diverge(t, acme)
		for range 3 {
			f.restart(t)
		}
		f.Await(time.Minute, "leaving service", []survey.Region{"sw"}, func(n *federationtest.Node) bool { return n.ReadyForReads() != nil })
		select {
		case <-f.As("sw").Anew():
			t.Error("it goes on to make its copy anew")
		case <-time.After(5 * time.Minute):
		}
		if n := f.As("sw"); n.ReadyForReads() == nil || !says(n, "out of service") {
			t.Errorf("its status says %q", n.Problems())
		}
		f.As("gm").Claim("GB-COH:98000001")
	})
}

// TestAForgedBeaconCausesNothing but one round of questions.
func TestAForgedBeaconCausesNothing(t *testing.T) {
	withFault(t, "nobody", func(f *faulty) {
		f.diverge(t, acme) // nobody does
		for _, at := range five {
			number, root := f.As(at).Registry().Digest()
			root[0]++
			for range 3 {
				f.As(at).Registry().HeardDigest("wessex", number, root)
				time.Sleep(20 * time.Second)
			}
			if s := f.As(at).RegistryStatus(); s.OutOfService || len(s.Differing) > 0 || len(f.As(at).Problems()) > 0 {
				t.Errorf("%s: %+v %q", at, s, f.As(at).Problems())
			}
			select {
			case <-f.As(at).Anew():
				t.Errorf("%s makes its copy anew", at)
			default:
			}
		}
	})
}
