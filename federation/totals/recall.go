package totals

import (
	"context"
	"errors"
	"sync"

	"github.com/ahsn-network/tracker/store/survey"
)

// errUnrecalled is why a node that entered anew publishes nothing yet.
var errUnrecalled = errors.New("this node holds none of its region's earlier figures, as after a restore, " +
	"and too few of the others have said what they hold: it publishes once half of them have")

// recall asks others what they hold of this region's own figures, once for
// each campaign that the registry has shown since this node started. A node
// that was restored has an empty copy of the registry at its start, so asking
// then is too early: its campaigns come later. What is learned is held before
// recall returns, after askFirst at most.
func (t *Totals) recall(ctx context.Context, always bool) {
	generation := uint64(0)
	if self, ok := t.member(t.options.Region); ok {
		generation = self.Generation
	}
	cycles, strict := t.unrecalled(generation)
	if len(cycles) == 0 && !always {
		return
	}
	peers := t.others()
	if !strict {
		peers = peers[:min(len(peers), firstPeers)]
	}
	answered := t.askAll(ctx, peers)
	need := 0
	for _, m := range t.options.Facts.Members() {
		if m.State != survey.MemberRemoved && m.Region != t.options.Region {
			need++
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, cycle := range cycles {
		if generation <= 1 || 2*answered >= need || t.ledger.slots[slot{t.options.Region, cycle}] != nil {
			t.recalled[cycle] = true
		}
	}
}

// unrecalled returns the campaigns that were not asked about, and whether this
// node entered the federation anew and holds nothing of its own for one: then
// it must hear from the others before it says anything.
func (t *Totals) unrecalled(generation uint64) (cycles []survey.Cycle, strict bool) {
	campaigns := t.options.Facts.Campaigns()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range campaigns {
		if t.recalled[c.Cycle] {
			continue
		}
		cycles = append(cycles, c.Cycle)
		strict = strict || generation > 1 && t.ledger.slots[slot{t.options.Region, c.Cycle}] == nil
	}
	return cycles, strict
}

// askAll exchanges vectors with all of the peers at once and returns how many
// answered in time.
func (t *Totals) askAll(ctx context.Context, peers []survey.Region) int {
	ctx, cancel := context.WithTimeout(ctx, askFirst)
	defer cancel()
	answers := make([]bool, len(peers))
	var asked sync.WaitGroup
	for i, peer := range peers {
		asked.Go(func() {
			err := t.exchange(ctx, peer)
			if answers[i] = err == nil; err != nil {
				t.log.Debug("no vector from a member", "peer", peer, "error", err)
			}
		})
	}
	asked.Wait()
	answered := 0
	for _, ok := range answers {
		if ok {
			answered++
		}
	}
	return answered
}

// speechless reports whether nothing may be published for the cycle yet.
func (t *Totals) speechless(cycle survey.Cycle) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.recalled[cycle]
}
