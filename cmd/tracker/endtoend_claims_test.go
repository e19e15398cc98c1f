//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestRacedClaimsHaveOneWinner(t *testing.T) {
	t.Parallel()
	d := startDemo(t, t.TempDir(), "--nodes", "5", "--no-data")
	ids := d.register(d.node(0), 0, *raceRounds)
	for round, id := range ids {
		racers := []cli.DemoNode{d.node(round % 5), d.node((round + 1 + round/5%4) % 5)}
		said := make([]spoken, len(racers))
		var all sync.WaitGroup
		for i, n := range racers {
			all.Go(func() { said[i] = d.patiently(n, "claim", string(id), "--cycle", "2022-23") })
		}
		all.Wait()
		winner := slices.IndexFunc(said, func(s spoken) bool { return s.code == cli.ExitDone })
		if winner < 0 || said[1-winner].code != cli.ExitHeld {
			t.Fatalf("round %d: %s exit %d, %s exit %d: %s%s", round, racers[0].Region, said[0].code, racers[1].Region, said[1].code, said[0].err, said[1].err)
		}
		holder := racers[winner].Region
		if !strings.Contains(said[1-winner].err, "Holder: "+holder+" since ") {
			t.Errorf("round %d: the loser is not told that %s holds it: %s", round, holder, said[1-winner].err)
		}
		watcher := d.node((round + 3) % 5)
		if out := d.must(watcher, "claim-status", string(id), "--cycle", "2022-23", "--json"); !strings.Contains(out, fmt.Sprintf("%q: %q", "region", holder)) {
			t.Errorf("round %d: %s won, and %s says %s", round, holder, watcher.Region, out)
		}
	}
}

// acknowledgements are the claims that a load was told are made.
type acknowledgements struct {
	mu      sync.Mutex
	holders map[survey.Identifier][]survey.Region
	times   []time.Time
}

func (a *acknowledgements) add(id survey.Identifier, region string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.holders[id] = append(a.holders[id], survey.Region(region))
	a.times = append(a.times, time.Now())
}

func (a *acknowledgements) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.times)
}

// longestGap returns the longest time without an acknowledgement.
func (a *acknowledgements) longestGap() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	gap := time.Duration(0)
	for i := 1; i < len(a.times); i++ {
		gap = max(gap, a.times[i].Sub(a.times[i-1]))
	}
	return gap
}

// Of the load: so many at a time, each with a company of its own, which two
// regions want.
const (
	loadWorkers = 8
	loadPace    = 100 * time.Millisecond
	loadRetry   = 5 * time.Second
	// maxSilence is the longest time without an acknowledgement, with much to
	// spare for the machine: how long it is where nothing else runs is logged, and
	// held on fake time by the tests of package federation.
	maxSilence = time.Minute
)

// claimLoad claims until stop is called, which returns what was acknowledged.
func (d *federated) claimLoad(ids []survey.Identifier) (acknowledged *acknowledgements, stop func()) {
	acknowledged = &acknowledgements{holders: map[survey.Identifier][]survey.Region{}}
	var clients []*cli.Client
	for _, n := range d.file.Nodes {
		cl := d.client(n)
		cl.RetryFor = loadRetry
		cl.HTTP.Timeout = loadRetry
		clients = append(clients, cl)
	}
	var next atomic.Int64
	var all sync.WaitGroup
	stopped := make(chan struct{})
	for worker := range loadWorkers {
		all.Go(func() {
			pace := time.NewTicker(loadPace)
			defer pace.Stop()
			for round := worker; ; round++ {
				select {
				case <-pace.C:
				case <-stopped:
					return
				}
				id := ids[int(next.Add(1)-1)%len(ids)]
				var pair sync.WaitGroup
				for _, i := range []int{round % len(clients), (round + 1) % len(clients)} {
					pair.Go(func() {
						_, err := clients[i].Change(context.Background(), http.MethodPost, cli.ClaimsPath(cli.DemoCycle), api.NewClaim{Organisation: string(id)}, uuid.NewString())
						if err == nil {
							acknowledged.add(id, d.node(i).Region)
						}
					})
				}
				pair.Wait()
			}
		})
	}
	return acknowledged, func() {
		close(stopped)
		all.Wait()
	}
}

func TestKilledLeadersLoseNoAcknowledgedClaim(t *testing.T) {
	t.Parallel()
	d := startDemo(t, t.TempDir(), "--nodes", "5", "--no-data")
	var ids []survey.Identifier
	for i := range 1 + *leaderKills {
		ids = append(ids, d.register(d.node(0), 2000*i, 2000)...)
	}
	pids := map[survey.Region]int{}
	for _, n := range d.file.Nodes {
		pids[survey.Region(n.Region)] = n.PID
	}
	acknowledged, stop := d.claimLoad(ids)
	stopLoad := sync.OnceFunc(stop)
	defer stopLoad()
	for range *leaderKills {
		d.awaitMore(acknowledged)
		leader := d.leader()
		d.end(pids[leader.region], syscall.SIGKILL)
		d.awaitMore(acknowledged)
		pids[leader.region] = d.serve(d.file.Nodes[leader.place], true).command.Process.Pid
	}
	d.awaitMore(acknowledged)
	stopLoad()
	t.Logf("%d claims acknowledged, %d leaders killed, longest time without one %v", acknowledged.count(), *leaderKills, acknowledged.longestGap())
	if gap := acknowledged.longestGap(); gap > maxSilence {
		t.Errorf("no claim was acknowledged for %v", gap)
	}
	d.checkAcknowledged(acknowledged)
}

// awaitMore waits until the load gets on.
func (d *federated) awaitMore(a *acknowledgements) {
	d.t.Helper()
	before := a.count()
	eventually(d.t, startTimeout, func() string {
		if a.count() < before+50 {
			return fmt.Sprintf("only %d claims were acknowledged, then %d", before, a.count()-before)
		}
		return ""
	})
}

// leading is the leader and its place among the nodes.
type leading struct {
	region survey.Region
	place  int
}

// leader asks the nodes until most of them name the same leader.
func (d *federated) leader() leading {
	d.t.Helper()
	var found leading
	eventually(d.t, factTimeout, func() string {
		votes := map[survey.Region]int{}
		for _, n := range d.file.Nodes {
			var status survey.FederationStatus
			if r, err := d.client(n).Get(context.Background(), "/federation", nil); err == nil && r.Into(&status) == nil {
				votes[status.Leader]++
			}
		}
		for place, n := range d.file.Nodes {
			if votes[survey.Region(n.Region)] > len(d.file.Nodes)/2 {
				found = leading{region: survey.Region(n.Region), place: place}
				return ""
			}
		}
		return fmt.Sprintf("no leader that most agree on: %v", votes)
	})
	return found
}

// led reads, again while there is no leader.
func (d *federated) led(read func() error) (err error) {
	d.t.Helper()
	eventually(d.t, factTimeout, func() string {
		if err = read(); errors.Is(err, survey.ErrNoQuorum) {
			return err.Error()
		}
		return ""
	})
	return err
}

// checkAcknowledged reads every acknowledged claim back, with a linearizable
// read at another node each, and compares the lists of all nodes.
func (d *federated) checkAcknowledged(a *acknowledgements) {
	d.t.Helper()
	clients := []*cli.Client{}
	for _, n := range d.file.Nodes {
		clients = append(clients, d.client(n))
	}
	for i, id := range slices.Sorted(maps.Keys(a.holders)) {
		holders := slices.Compact(a.holders[id])
		if len(holders) != 1 {
			d.t.Errorf("%s was granted to %v", id, holders)
			continue
		}
		var r cli.Reply
		err := d.led(func() (err error) {
			r, err = clients[i%len(clients)].Get(context.Background(), cli.ClaimPath(cli.DemoCycle, id), url.Values{"consistency": {"linearizable"}})
			return err
		})
		var claim survey.Claim
		if err == nil {
			err = r.Into(&claim)
		}
		if err != nil || claim.Region != holders[0] {
			d.t.Errorf("%s was granted to %s; now %s holds it (%v)", id, holders[0], claim.Region, err)
		}
	}
	var first map[survey.Identifier]survey.Region
	for _, cl := range clients {
		var claims []survey.Claim
		err := d.led(func() (err error) {
			claims, _, err = cli.Pages[survey.Claim](context.Background(), cl, cli.ClaimsPath(cli.DemoCycle), url.Values{"consistency": {"linearizable"}}, 0)
			return err
		})
		if err != nil {
			d.t.Fatal(err)
		}
		held := map[survey.Identifier]survey.Region{}
		for _, claim := range claims {
			held[claim.Organisation] = claim.Region
		}
		if first == nil {
			first = held
		}
		if len(held) != len(claims) || !maps.Equal(held, first) {
			d.t.Errorf("%s lists %d claims of %d companies, another node %d", cl.Node.Dir, len(claims), len(held), len(first))
		}
	}
	for _, n := range d.file.Nodes {
		d.must(n, "check")
	}
}
