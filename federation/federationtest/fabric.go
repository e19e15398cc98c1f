package federationtest

import (
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

// CutMode says what a cut does to the connections that cross it.
type CutMode int

const (
	// BlackHole: nothing arrives and nothing fails until a deadline passes, as when packets are
	// lost. Data that was written in the meantime arrives after the cut has healed, as TCP would
	// have it. Dial waits.
	BlackHole CutMode = iota
	// Reset: connections break at once, and Dial fails at once, as when a
	// firewall answers.
	Reset
)

// Fabric is a network in memory between regions. Nothing about it blocks but
// Accept, Dial and Read, which do so on channels and timers: it works on the
// fake time of testing/synctest, if it was made inside of the bubble. It has no
// goroutines. It is safe for concurrent use.
type Fabric struct {
	mu       sync.Mutex // held briefly, never while waiting
	nodes    map[survey.Region]*endpoint
	conns    map[*conn]bool
	cuts     map[border]CutMode
	mode     CutMode
	min, max time.Duration
	random   *rand.Rand
	changed  chan struct{} // closed and replaced at every change that Dial may wait for
}

// border lies between two regions, in the order of their codes.
type border [2]survey.Region

func between(a, b survey.Region) border {
	if a > b {
		a, b = b, a
	}
	return border{a, b}
}

// NewFabric returns a network without delay, in which every region reaches
// every other. The seed decides the delays that SetDelay asks for.
func NewFabric(seed uint64) *Fabric {
	return &Fabric{
		nodes:   make(map[survey.Region]*endpoint),
		conns:   make(map[*conn]bool),
		cuts:    make(map[border]CutMode),
		random:  rand.New(rand.NewPCG(seed, seed)),
		changed: make(chan struct{}),
	}
}

// Node returns the region's network, and starts it if it never was or was
// stopped: one that was stopped stays dead, the region gets a new one.
func (f *Fabric) Node(region survey.Region) link.Network {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.nodes[region]
	if n == nil || n.stopped {
		n = &endpoint{fabric: f, region: region, listeners: make(map[string]*listener)}
		f.nodes[region] = n
		f.change()
	}
	return n
}

// Stop takes the region's machine away: its listeners close, and its
// connections break at both ends at once, also across a cut. Node starts it
// again.
func (f *Fabric) Stop(region survey.Region) {
	f.mu.Lock()
	n := f.nodes[region]
	if n == nil || n.stopped {
		f.mu.Unlock()
		return
	}
	n.stopped = true
	listeners := slices.Collect(maps.Values(n.listeners))
	clear(n.listeners)
	broken := f.connsOf(func(c *conn) bool { return c.local == region })
	f.change()
	f.mu.Unlock()

	// Their own locks are not taken while the fabric's is held.
	for _, l := range listeners {
		l.shut(net.ErrClosed)
	}
	for _, c := range broken {
		c.reset()
	}
}

// connsOf returns the ends that which picks. f.mu is held.
func (f *Fabric) connsOf(which func(*conn) bool) []*conn {
	var out []*conn
	for c := range f.conns {
		if which(c) {
			out = append(out, c)
		}
	}
	return out
}

func (f *Fabric) forget(c *conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.conns, c)
}

// SetCutMode says what later cuts do; BlackHole at first.
func (f *Fabric) SetCutMode(mode CutMode) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mode = mode
}

// SetDelay makes everything written from now on, in any connection, arrive
// after a time between min and max, in order.
func (f *Fabric) SetDelay(min, max time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.min, f.max = min, max
}

// Cut parts two regions.
func (f *Fabric) Cut(a, b survey.Region) {
	f.set(func() { f.cuts[between(a, b)] = f.mode })
}

// Heal undoes Cut.
func (f *Fabric) Heal(a, b survey.Region) {
	f.set(func() { delete(f.cuts, between(a, b)) })
}

// Isolate cuts the region from every other that was started by now.
func (f *Fabric) Isolate(region survey.Region) {
	f.set(func() {
		for other := range f.nodes {
			if other != region {
				f.cuts[between(region, other)] = f.mode
			}
		}
	})
}

// Rejoin heals every cut of the region.
func (f *Fabric) Rejoin(region survey.Region) {
	f.set(func() {
		maps.DeleteFunc(f.cuts, func(b border, _ CutMode) bool { return b[0] == region || b[1] == region })
	})
}

// Partition heals every cut and then parts the groups from each other. Regions
// that are in none form one of their own.
func (f *Fabric) Partition(groups ...[]survey.Region) {
	f.set(func() {
		clear(f.cuts)
		group := make(map[survey.Region]int)
		for i, regions := range groups {
			for _, region := range regions {
				group[region] = i + 1
			}
		}

		for a := range f.nodes {
			for b := range f.nodes {
				if group[a] != group[b] {
					f.cuts[between(a, b)] = f.mode
				}
			}
		}
	})
}

// HealAll heals every cut.
func (f *Fabric) HealAll() {
	f.set(func() { clear(f.cuts) })
}

// Connections returns how many connections are open, each counted at both its
// ends.
func (f *Fabric) Connections() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.conns)
}

// set changes the cuts and lets everyone look at them again.
func (f *Fabric) set(change func()) {
	f.mu.Lock()
	change()
	f.change()
	for c := range f.conns {
		c.in.poke()
	}

	broken := f.connsOf(func(c *conn) bool {
		mode, cut := f.cuts[between(c.local, c.remote)]
		return cut && mode == Reset
	})

	// Reset takes the fabric's lock again.
	f.mu.Unlock()
	for _, c := range broken {
		c.reset()
	}
}

// change wakes those who wait in Dial. f.mu is held.
func (f *Fabric) change() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// cut reports whether nothing passes between the two.
func (f *Fabric) cut(a, b survey.Region) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, cut := f.cuts[between(a, b)]
	return cut
}

// delay draws the time that one write takes.
func (f *Fabric) delay() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.max <= f.min {
		return f.min
	}
	return f.min + time.Duration(f.random.Int64N(int64(f.max-f.min)+1))
}
