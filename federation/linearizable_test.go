package federation_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/store/survey"
)

// How much the tests of linearizability do.
var (
	seeds  = flag.Uint64("seeds", 1, "histories that TestClaimsAreLinearizable records")
	seed   = flag.Uint64("seed", 1, "the first history's seed")
	rounds = flag.Int("rounds", 5, "rounds of one history, each on companies of its own")
)

// Bounds of one history and its check.
const (
	roundLasts   = 6 * time.Second
	checkTimeout = 20 * time.Second // real time, for one family's part
)

// scene is what a history is recorded on: all fifteen nodes, a client at each.
// Whom the clients ask for what, and which trouble comes when, follows from the
// seed; two scenes that differ only in their faults have the same first rounds.
type scene struct {
	seed   uint64
	rounds int
	faults registry.Faults
}

// record lets the clients ask under trouble and returns what they saw.
func record(t *testing.T, s scene) []porcupine.Operation {
	t.Helper()
	c := &clients{seats: map[survey.Region]seat{}}
	dir := inMemory(t)
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Seed: s.seed, Dir: dir,
			Prepare: func(o *federation.Options) { o.Weaken(s.faults) }})
		f.SetDelay(time.Millisecond, 10*time.Millisecond)
		f.AwaitReady(60 * time.Second)
		c.names = f.Regions()
		f.As(c.names[0]).OpenCampaign()
		for i := range s.rounds {
			id := func(n int) survey.Identifier { return survey.Identifier(fmt.Sprintf("GB-COH:992%05d", 10*i+n)) }
			c.work = append(c.work, family{id(0), id(1)}, family{id(2)})
			f.As(c.names[0]).AddCompanies(id(0), id(1), id(2))
		}
		for _, region := range c.names {
			c.seats[region] = make(seat, 1)
			c.seats[region] <- f.As(region).Registry()
		}
		c.done = make(chan struct{})
		c.start(s.seed)
		trouble := &trouble{f: f, c: c, random: rand.New(rand.NewPCG(s.seed, 99))}
		for i := range s.rounds {
			c.round.Store(int64(i))
			trouble.run(time.Now().Add(roundLasts), i)
		}
		trouble.end()
		time.Sleep(10 * time.Second)
		close(c.done)
		c.over.Wait()
	})
	return c.seen.operations
}

// trouble cuts, delays, crashes and starts nodes.
type trouble struct {
	f      *federationtest.Federation
	c      *clients
	random *rand.Rand
	down   []survey.Region
}

func (t *trouble) run(until time.Time, round int) {
	half := until.Add(-roundLasts / 2)
	for time.Now().Before(until) {
		time.Sleep(time.Duration(300+t.random.IntN(1200)) * time.Millisecond)
		if round%2 == 0 && !half.IsZero() && time.Now().After(half) {
			t.c.merge.Store(true)
			half = time.Time{}
		}
		t.one()
	}
}

func (t *trouble) one() {
	regions := t.c.names
	t.f.SetCutMode(federationtest.CutMode(t.random.IntN(2)))
	switch t.random.IntN(7) {
	case 0:
		shuffled := slices.Clone(regions)
		t.random.Shuffle(len(shuffled), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
		cut := t.random.IntN(len(regions)-1) + 1
		t.f.Partition(shuffled[:cut], shuffled[cut:])
	case 1:
		t.f.Isolate(regions[t.random.IntN(len(regions))])
	case 2: // whoever leads
		if leader := t.f.As(regions[t.random.IntN(len(regions))]).RegistryStatus().Leader; leader != "" {
			t.f.Isolate(leader)
		}
	case 3:
		t.f.SetDelay(time.Millisecond, time.Duration(2+t.random.IntN(400))*time.Millisecond)
	case 4:
		t.crash(regions[t.random.IntN(len(regions))])
	case 5:
		t.start()
	case 6:
		t.f.HealAll()
		t.f.SetDelay(time.Millisecond, 20*time.Millisecond)
	}
}

// crash takes a node away from under its client, as long as a majority is up.
func (t *trouble) crash(region survey.Region) {
	if slices.Contains(t.down, region) || len(t.down)+1 > (len(t.c.names)-1)/2 {
		return
	}
	<-t.c.seats[region]
	t.f.Crash(region)
	t.down = append(t.down, region)
}

// start starts the node that was down for longest.
func (t *trouble) start() {
	if len(t.down) == 0 {
		return
	}
	t.f.Start(t.down[0])
	t.c.seats[t.down[0]] <- t.f.As(t.down[0]).Registry()
	t.down = t.down[1:]
}

func (t *trouble) end() {
	t.f.HealAll()
	t.f.SetDelay(time.Millisecond, 5*time.Millisecond)
	for len(t.down) > 0 {
		t.start()
	}
}

// check looks at one family after the other, the first unlawful part ends it. It
// returns porcupine.Unknown only if no part is unlawful and one took too long.
func check(operations []porcupine.Operation) (result porcupine.CheckResult, family int) {
	result = porcupine.Ok
	for _, part := range byFamily(operations) {
		switch porcupine.CheckOperationsTimeout(claims, part, checkTimeout) {
		case porcupine.Illegal:
			return porcupine.Illegal, part[0].Input.(question).family
		case porcupine.Unknown:
			result, family = porcupine.Unknown, part[0].Input.(question).family
		}
	}
	return result, family
}

// census counts what a history has, so that a test that tests little is seen.
func census(operations []porcupine.Operation) map[string]int {
	n := map[string]int{}
	for _, o := range operations {
		in, out := o.Input.(question), o.Output.(reply)
		switch {
		case out.unknown:
			n["unknown"]++
		case out.code != "":
			n["refused "+string(out.code)]++
		default:
			n[string(in.op)]++
		}
	}
	return n
}

func TestClaimsAreLinearizable(t *testing.T) {
	for i := range *seeds {
		s := scene{seed: *seed + i, rounds: *rounds}
		began := time.Now()
		operations := record(t, s)
		recorded := time.Since(began)
		seen := census(operations)
		t.Logf("seed %d: %d operations of %d rounds %v, recorded in %s", s.seed, len(operations), s.rounds, seen, recorded.Round(time.Second))
		for _, op := range []survey.ClaimAction{opRead, opClaim, opMerge, survey.ActionRelease, survey.ActionOffer, survey.ActionRespond} {
			if seen[string(op)] == 0 {
				t.Errorf("seed %d: no %s was carried out: the test tests little", s.seed, op)
			}
		}
		switch result, family := check(operations); result {
		case porcupine.Illegal:
			t.Errorf("seed %d: the history of companies %d is not linearizable", s.seed, family)
		case porcupine.Unknown:
			t.Errorf("seed %d: the check of companies %d was not done within %s: give it shorter rounds", s.seed, family, checkTimeout)
		}
	}
}

// Without one of the safeguards the same clients at the same fifteen nodes,
// under the same trouble, see what cannot be, and the check says so. The first
// round of the lawful history of the same seed is enough for most seeds; which
// interleavings a run takes is not the seed's, so another may have to be tried.
func TestWithoutASafeguardTheHistoryIsUnlawful(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults registry.Faults
	}{
		{"requests are decided each time they arrive", registry.Faults{Requests: true}},
		{"tokens are not looked at", registry.Faults{Tokens: true}},
		{"fresh reads ask nobody", registry.Faults{Barrier: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			const tries = 8
			for i := range uint64(tries) {
				s := scene{seed: *seed + i, rounds: 1, faults: c.faults}
				operations := record(t, s)
				result, _ := check(operations)
				t.Logf("seed %d: %d operations %v: %s", s.seed, len(operations), census(operations), result)
				if result == porcupine.Illegal {
					return
				}
			}
			t.Errorf("none of %d histories was found out", tries)
		})
	}
}
