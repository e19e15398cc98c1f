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
// recall returns, after askFirst at most. A node that starts asks always.
func (t *Totals) recall(ctx context.Context, always bool) {
	entered := t.enteredAnew()
	unasked, blank := t.unasked()
	if len(unasked) == 0 && !always {
		return
	}
	peers := t.others()
	if strict := entered && blank; !strict {
		peers = peers[:min(len(peers), firstPeers)]
	}
	enough := 2*t.askAll(ctx, peers) >= t.otherMembers()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, cycle := range unasked {
		if !entered || enough || t.holdsOwn(cycle) {
			t.recalled[cycle] = true
		}
	}
}

// enteredAnew reports whether this region's node is not its first: what an
// earlier one published may be known to the others only.
func (t *Totals) enteredAnew() bool {
	self, known := t.member(t.options.Region)
	return known && self.Generation > 1
}

// unasked returns the campaigns that the others were not asked about, and
// whether nothing of this region's own is held for one of them.
func (t *Totals) unasked() (cycles []survey.Cycle, blank bool) {
	campaigns := t.options.Facts.Campaigns()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range campaigns {
		if !t.recalled[c.Cycle] {
			cycles = append(cycles, c.Cycle)
			blank = blank || !t.holdsOwn(c.Cycle)
		}
	}
	return cycles, blank
}

// holdsOwn reports whether this node holds a summary of its own region. The
// caller holds mu.
func (t *Totals) holdsOwn(cycle survey.Cycle) bool {
	return t.ledger.slots[slot{t.options.Region, cycle}] != nil
}

// otherMembers counts the regions of the roster besides this one.
func (t *Totals) otherMembers() int {
	n := 0
	for _, m := range t.options.Facts.Members() {
		if m.State != survey.MemberRemoved && m.Region != t.options.Region {
			n++
		}
	}
	return n
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
