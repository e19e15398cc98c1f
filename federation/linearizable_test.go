package federation_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/store/survey"
)

// question is one operation on one company's claim, and reply what came back.
// The claim is a register that holds a region, or nobody.
type question struct {
	op      string // claim, release or read
	company survey.Identifier
	region  survey.Region
}

type reply struct {
	holder  survey.Region // of a read, or of a refusal
	done    bool          // the claim or release was carried out
	unknown bool          // it may have been
	nothing bool          // nobody said anything about the register
}

// register is what the registry promises: claims, releases and fresh reads of
// one company form one register.
var register = (&porcupine.NondeterministicModel{
	Partition: byCompany,
	Init:      func() []any { return []any{survey.Region("")} },
	Step: func(state, input, output any) []any {
		holder, in, out := state.(survey.Region), input.(question), output.(reply)
		switch {
		case out.nothing:
			return []any{holder}
		case in.op == "read":
			return when(holder == out.holder, holder)
		case in.op == "claim" && out.done:
			return when(holder == "" || holder == in.region, in.region)
		case in.op == "claim" && out.unknown && holder == "":
			return []any{holder, in.region}
		case in.op == "claim" && !out.unknown:
			return when(holder == out.holder && holder != "", holder)
		case in.op == "release" && out.done:
			return when(holder == in.region, "")
		case in.op == "release" && out.unknown && holder == in.region:
			return []any{holder, survey.Region("")}
		}
		return []any{holder}
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}).ToModel()

func when(legal bool, next survey.Region) []any {
	if legal {
		return []any{next}
	}
	return nil
}

func byCompany(history []porcupine.Operation) [][]porcupine.Operation {
	parts := map[survey.Identifier][]porcupine.Operation{}
	for _, o := range history {
		company := o.Input.(question).company
		parts[company] = append(parts[company], o)
	}
	return slices.Collect(maps.Values(parts))
}

// history collects what the clients saw. Unknown outcomes may take effect at
// any later time.
type history struct {
	mu         sync.Mutex
	operations []porcupine.Operation
}

func (h *history) add(client int, in question, out reply, called, returned time.Time) {
	o := porcupine.Operation{ClientId: client, Input: in, Call: called.UnixNano(), Output: out, Return: returned.UnixNano()}
	if out.unknown {
		o.Return = math.MaxInt64
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.operations = append(h.operations, o)
}

// ask makes one random operation at a node.
func ask(n *federationtest.Node, random *rand.Rand, companies []survey.Identifier, fresh survey.Consistency) (question, reply) {
	in := question{company: companies[random.IntN(len(companies))], region: n.Region}
	ctx, cancel := context.WithTimeout(context.Background(), 12*time.Second)
	defer cancel()
	switch random.IntN(3) {
	case 0:
		in.op = "read"
		if _, err := n.Registry().Await(ctx, fresh); err != nil {
			return in, reply{nothing: true}
		}
		return in, reply{holder: n.Holder(in.company)}
	case 1:
		in.op = "claim"
		outcomes, err := n.Registry().Claim(ctx, federationtest.Request(), federationtest.Cycle, []survey.Identifier{in.company})
		return in, replied(outcomes, err)
	}
	in.op = "release"
	claim, err := n.Registry().ClaimOf(federationtest.Cycle, in.company)
	if err != nil || claim.Region != n.Region {
		return in, reply{nothing: true}
	}
	outcomes, err := n.Registry().ChangeClaims(ctx, federationtest.Request(), federationtest.Cycle,
		[]survey.ClaimChange{{Organisation: in.company, Action: survey.ActionRelease, Token: claim.Token}})
	return in, replied(outcomes, err)
}

func replied(outcomes []survey.Outcome, err error) reply {
	switch {
	case errors.Is(err, survey.ErrNoQuorum):
		return reply{nothing: true} // a definite no
	case err != nil:
		return reply{unknown: true}
	case outcomes[0].Refusal == nil:
		return reply{done: true}
	case outcomes[0].Refusal.Code == survey.RefusedAlreadyClaimed:
		return reply{holder: outcomes[0].Refusal.Holder}
	}
	return reply{nothing: true} // a stale token says little about the register
}

// trouble cuts, delays and restarts nodes until done.
func trouble(f *federationtest.Federation, random *rand.Rand, rounds int) {
	regions := f.Regions()
	for range rounds {
		time.Sleep(time.Duration(500+random.IntN(2500)) * time.Millisecond)
		switch random.IntN(4) {
		case 0:
			cut := random.IntN(len(regions)-1) + 1
			shuffled := slices.Clone(regions)
			random.Shuffle(len(shuffled), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
			f.Partition(shuffled[:cut], shuffled[cut:])
		case 1:
			f.Isolate(regions[random.IntN(len(regions))])
		case 2:
			f.SetDelay(time.Millisecond, time.Duration(2+random.IntN(400))*time.Millisecond)
		case 3:
			f.HealAll()
			f.SetDelay(time.Millisecond, 20*time.Millisecond)
		}
	}
	f.HealAll()
	f.SetDelay(time.Millisecond, 5*time.Millisecond)
}

// record lets one client at every node ask under trouble and returns what they
// saw.
func record(t *testing.T, seed uint64, fresh survey.Consistency) []porcupine.Operation {
	t.Helper()
	var seen history
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Regions: five, Seed: seed})
		f.SetDelay(time.Millisecond, 10*time.Millisecond)
		f.AwaitReady(30 * time.Second)
		f.As(five[0]).OpenCampaign()
		companies := []survey.Identifier{acme, brook, crest}
		f.As(five[0]).AddCompanies(companies...)

		done := make(chan struct{})
		var clients sync.WaitGroup
		for i, region := range five {
			clients.Go(func() {
				random := rand.New(rand.NewPCG(seed, uint64(i)))
				for {
					select {
					case <-done:
						return
					default:
					}
					called := time.Now()
					in, out := ask(f.As(region), random, companies, fresh)
					seen.add(i, in, out, called, time.Now())
					time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
				}
			})
		}
		trouble(f, rand.New(rand.NewPCG(seed, 99)), 18)
		time.Sleep(10 * time.Second)
		close(done)
		clients.Wait()
	})
	return seen.operations
}

var seeds = flag.Uint64("seeds", 2, "histories that TestClaimsAreLinearizable records")

func TestClaimsAreLinearizable(t *testing.T) {
	for seed := range *seeds {
		operations := record(t, seed+1, survey.Consistency{Linearizable: true})
		granted := 0
		for _, o := range operations {
			if o.Input.(question).op == "claim" && o.Output.(reply).done {
				granted++
			}
		}
		t.Logf("seed %d: %d operations, %d claims granted", seed+1, len(operations), granted)
		if granted < 20 {
			t.Errorf("seed %d: only %d claims were granted: the test tests little", seed+1, granted)
		}
		if result := porcupine.CheckOperationsTimeout(register, operations, time.Minute); result != porcupine.Ok {
			t.Errorf("seed %d: the history is not linearizable: %s", seed+1, result)
		}
	}
}

// Without the barrier the same clients see stale holders, and the check says
// so: it can fail.
func TestLocalReadsAreNotLinearizable(t *testing.T) {
	for seed := range uint64(5) {
		operations := record(t, seed+1, survey.Consistency{})
		if porcupine.CheckOperationsTimeout(register, operations, time.Minute) == porcupine.Illegal {
			return
		}
	}
	t.Error("no history of local reads was found out")
}
