package federation_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/store/survey"
)

func everyRegion() []survey.Region {
	var all []survey.Region
	for _, info := range survey.Regions() {
		all = append(all, info.Region)
	}
	return all
}

// claimant claims companies of its own at one region, one after the other,
// until it is stopped.
type claimant struct {
	region  survey.Region
	first   int
	stop    chan struct{}
	claimed []survey.Identifier
	longest time.Duration
	failed  error
}

const maxClaimed = 400 // companies that each claimant has

func company(number int) survey.Identifier {
	return survey.Identifier(fmt.Sprintf("GB-COH:97%06d", number))
}

func (c *claimant) run(f *federationtest.Federation) {
	for i := range maxClaimed {
		select {
		case <-c.stop:
			return
		default:
		}
		began := time.Now()
		outcome, err := f.As(c.region).TryClaim(company(c.first + i))
		if err == nil && outcome.Refusal != nil {
			err = outcome.Refusal
		}
		if err != nil {
			c.failed = err
			return
		}
		c.longest = max(c.longest, time.Since(began))
		c.claimed = append(c.claimed, company(c.first+i))
		time.Sleep(200 * time.Millisecond)
	}
}

// underClaims runs the work while the regions claim without pause, and returns
// what was acknowledged, by region.
func underClaims(t *testing.T, f *federationtest.Federation, first int, regions []survey.Region, work func()) map[survey.Identifier]survey.Region {
	t.Helper()
	var all sync.WaitGroup
	var claimants []*claimant
	for i, region := range regions {
		c := &claimant{region: region, first: first + i*maxClaimed, stop: make(chan struct{})}
		claimants = append(claimants, c)
		all.Go(func() { c.run(f) })
	}
	work()
	acknowledged := map[survey.Identifier]survey.Region{}
	for _, c := range claimants {
		close(c.stop)
	}
	all.Wait()
	for _, c := range claimants {
		if c.failed != nil || len(c.claimed) == 0 {
			t.Errorf("%s: after %d claims: %v", c.region, len(c.claimed), c.failed)
		}
		if c.longest > 4*time.Second {
			t.Errorf("%s: a claim waited %s", c.region, c.longest)
		}
		t.Logf("%s: %d claims, the longest took %s", c.region, len(c.claimed), c.longest)
		for _, id := range c.claimed {
			acknowledged[id] = c.region
		}
	}
	return acknowledged
}

// TestARollingRestartOfAllFifteen restarts every node in turn, as an upgrade
// does, while claims go on: none waits for an election, and none is lost.
func TestARollingRestartOfAllFifteen(t *testing.T) {
	all := everyRegion()
	federate(t, all, func(f *federationtest.Federation) {
		for i := range 6 * maxClaimed / 200 {
			var ids []survey.Identifier
			for n := range 200 {
				ids = append(ids, company(i*200+n))
			}
			f.As(all[0]).AddCompanies(ids...)
		}
		led := 0
		restart := func(region survey.Region) {
			others := slices.DeleteFunc(slices.Clone(all), func(r survey.Region) bool { return r == region })
			leader := f.Leader(5*time.Second, all)
			began := time.Now()
			f.Stop(region)
			if leader == region {
				led++
				// Handed over: nobody had to miss its heartbeat first.
				f.Await(time.Until(began.Add(time.Second)), "a leader that was handed the lead", others, func(n *federationtest.Node) bool {
					now := n.RegistryStatus().Leader
					return now != "" && now != region
				})
			}
			f.Start(region)
			f.Await(20*time.Second, "its return", []survey.Region{region}, func(n *federationtest.Node) bool { return n.ReadyForClaims() == nil })
		}
		acknowledged := underClaims(t, f, 0, all[:3], func() {
			for _, region := range all[3:] {
				restart(region)
			}
		})
		more := underClaims(t, f, 3*maxClaimed, all[3:6], func() {
			for _, region := range all[:3] {
				restart(region)
			}
		})
		for id, region := range more {
			acknowledged[id] = region
		}
		// The one that leads now is the last to be restarted.
		restart(f.Leader(5*time.Second, all))
		if led == 0 {
			t.Error("no leader was restarted")
		}
		f.Await(10*time.Second, "every acknowledged claim being everywhere", all, func(n *federationtest.Node) bool {
			for id, region := range acknowledged {
				if n.Holder(id) != region {
					return false
				}
			}
			return true
		})
		t.Logf("%d claims acknowledged, %d leaders restarted", len(acknowledged), led)
	})
}
