package totals

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

const (
	// discoverTimeout bounds how long a node waits to hear which of its own
	// summaries the others hold, before it signs another.
	discoverTimeout = 3 * time.Second
	maxFirstPeers   = 3 // asked when this node starts
)

// errUndiscovered says why a node that entered anew publishes nothing yet.
var errUndiscovered = errors.New("this node holds none of its region's earlier figures, as after a restore, " +
	"and too few of the others have said what they hold: it publishes once half of them have")

// discovery finds out which summaries of this region the others hold. A node
// that was restored from an old copy must not sign a version that it signed
// before.
type discovery struct {
	roster    roster
	summaries *heldSummaries
	log       *slog.Logger
	compare   func(ctx context.Context, peer survey.Region) error // exchanges vectors with one peer

	mu    sync.Mutex
	newer map[survey.Cycle]Head // this region's summaries that others hold and this node lost
	asked map[survey.Cycle]bool // the others said what they hold of this region's
}

func newDiscovery(roster roster, summaries *heldSummaries, log *slog.Logger) *discovery {
	return &discovery{roster: roster, summaries: summaries, log: log, newer: make(map[survey.Cycle]Head),
		asked: make(map[survey.Cycle]bool)}
}

// discover asks others which of this region's own figures they hold, once for
// each campaign that the registry has shown since this node started. A restored
// node has an empty copy of the registry at its start, so that asking then is too
// early: its campaigns come later. The answers are held before discover returns,
// after discoverTimeout at most. If always is set, it asks even if it asked about
// every campaign.
func (d *discovery) discover(ctx context.Context, always bool) {
	self, known := d.roster.member(d.roster.self)
	reentered := known && self.Generation > 1 // only the others may know what an earlier node published
	unasked, blank := d.unasked()
	if len(unasked) == 0 && !always {
		return
	}

	peers := d.roster.reachable()
	// Without a restore a few peers are enough.
	if !reentered || !blank {
		peers = peers[:min(len(peers), maxFirstPeers)]
	}
	enough := 2*d.askAll(ctx, peers) >= len(d.roster.peers())

	d.mu.Lock()
	defer d.mu.Unlock()
	for _, cycle := range unasked {
		// Half of the members may stand for all of them.
		if !reentered || enough || d.holdsOwn(cycle) {
			d.asked[cycle] = true
		}
	}
}

// unasked returns the campaigns that the others were not asked about, and
// whether no summary of this region is held for one of them.
func (d *discovery) unasked() (cycles []survey.Cycle, blank bool) {
	campaigns := d.roster.registry.Campaigns()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range campaigns {
		if !d.asked[c.Cycle] {
			cycles = append(cycles, c.Cycle)
			blank = blank || !d.holdsOwn(c.Cycle)
		}
	}
	return cycles, blank
}

// holdsOwn reports whether this node holds a summary of its own region.
func (d *discovery) holdsOwn(cycle survey.Cycle) bool {
	return d.summaries.get(slot{d.roster.self, cycle}) != nil
}

// askAll exchanges vectors with all of the peers at once and returns how many
// answered in time.
func (d *discovery) askAll(ctx context.Context, peers []survey.Region) int {
	ctx, cancel := context.WithTimeout(ctx, discoverTimeout)
	defer cancel()
	answers := make([]bool, len(peers))
	var asked sync.WaitGroup
	for i, peer := range peers {
		asked.Go(func() {
			err := d.compare(ctx, peer)
			if answers[i] = err == nil; err != nil {
				d.log.Debug("no vector from a member", "peer", peer, "error", err)
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

// ready reports whether the others said what they hold of this region's figures
// for the cycle, so that it may publish.
func (d *discovery) ready(cycle survey.Cycle) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked[cycle]
}

// found notes that others hold a summary which this region signed and this node
// lost. Publishing stops until the generation is raised, for the next number
// could have been signed too.
func (d *discovery) found(head Head) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if known, ok := d.newer[head.Cycle]; !ok || head.compare(known) > 0 {
		d.newer[head.Cycle] = head
	}
}

// outdated reports whether others hold a newer summary of this region under the
// generation. One of an earlier generation is forgotten.
func (d *discovery) outdated(cycle survey.Cycle, generation uint64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	newer, stopped := d.newer[cycle]
	if stopped && newer.Incarnation < generation {
		delete(d.newer, cycle)
		stopped = false
	}
	return stopped
}

// stoppedCycles returns the cycles for which others hold newer summaries.
func (d *discovery) stoppedCycles() []survey.Cycle {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.newer))
}
