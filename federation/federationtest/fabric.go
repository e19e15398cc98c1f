package federationtest

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

// CutMode says what a cut does to the connections that cross it.
type CutMode int

const (
	// BlackHole: nothing arrives and nothing fails until a deadline passes,
	// as when packets are lost. What was written in the meantime arrives
	// after the cut has healed, as TCP would have it. Dial waits.
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
	mu       sync.Mutex // held briefly; a conn's own is taken inside of it
	nodes    map[survey.Region]*node
	cuts     map[pair]CutMode
	mode     CutMode
	min, max time.Duration
	random   *rand.Rand
	changed  chan struct{} // closed and replaced at every change that Dial may wait for
}

// pair is two regions in the order of their codes.
type pair [2]survey.Region

func pairOf(a, b survey.Region) pair {
	if a > b {
		a, b = b, a
	}
	return pair{a, b}
}

// NewFabric returns a network without delay, in which every region reaches
// every other. The seed decides the delays that SetDelay asks for.
func NewFabric(seed uint64) *Fabric {
	return &Fabric{
		nodes:   make(map[survey.Region]*node),
		cuts:    make(map[pair]CutMode),
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
		n = &node{fabric: f, region: region, listeners: make(map[string]*listener), conns: make(map[*conn]struct{})}
		f.nodes[region] = n
		f.change()
	}
	return n
}

// Stop closes everything that the region has, as the end of its process does:
// the others' connections end if they can hear it, and stay silent if not.
// Node starts it again.
func (f *Fabric) Stop(region survey.Region) {
	f.mu.Lock()
	n := f.nodes[region]
	if n == nil || n.stopped {
		f.mu.Unlock()
		return
	}
	n.stopped = true
	conns := slices.Collect(maps.Keys(n.conns))
	listeners := slices.Collect(maps.Values(n.listeners))
	clear(n.listeners)
	f.change()
	f.mu.Unlock()
	for _, l := range listeners {
		l.shut()
	}
	for _, c := range conns {
		c.Close()
	}
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
	f.set(func() { f.cuts[pairOf(a, b)] = f.mode })
}

// Heal undoes Cut.
func (f *Fabric) Heal(a, b survey.Region) {
	f.set(func() { delete(f.cuts, pairOf(a, b)) })
}

// Isolate cuts the region from all that there are.
func (f *Fabric) Isolate(region survey.Region) {
	f.set(func() {
		for other := range f.nodes {
			if other != region {
				f.cuts[pairOf(region, other)] = f.mode
			}
		}
	})
}

// Rejoin heals every cut of the region.
func (f *Fabric) Rejoin(region survey.Region) {
	f.set(func() {
		maps.DeleteFunc(f.cuts, func(p pair, _ CutMode) bool { return p[0] == region || p[1] == region })
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
					f.cuts[pairOf(a, b)] = f.mode
				}
			}
		}
	})
}

// HealAll heals every cut.
func (f *Fabric) HealAll() {
	f.set(func() { clear(f.cuts) })
}

// Open returns how many connections are open, each counted at both its ends.
func (f *Fabric) Open() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	total := 0
	for _, n := range f.nodes {
		total += len(n.conns)
	}
	return total
}

// set changes the cuts and lets every connection look at them again.
func (f *Fabric) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	f.change()
	for _, n := range f.nodes {
		for c := range n.conns {
			mode, cut := f.cuts[pairOf(n.region, c.peer)]
			c.in.set(cut && mode == BlackHole)
			if cut && mode == Reset {
				c.in.break_(syscall.ECONNRESET)
			}
		}
	}
}

// change wakes those who wait in Dial. f.mu is held.
func (f *Fabric) change() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// delay draws the time that one write takes. f.mu is held.
func (f *Fabric) delay() time.Duration {
	if f.max <= f.min {
		return f.min
	}
	return f.min + time.Duration(f.random.Int64N(int64(f.max-f.min)+1))
}

// node is one region's end of the fabric.
type node struct {
	fabric    *Fabric
	region    survey.Region
	stopped   bool                 // like all that follows, guarded by fabric.mu
	listeners map[string]*listener // by protocol
	conns     map[*conn]struct{}
}

// Dial implements link.Network. Across a cut it waits until ctx ends or the cut
// heals.
func (n *node) Dial(ctx context.Context, to survey.Region, protocol string) (net.Conn, error) {
	f := n.fabric
	f.mu.Lock()
	trip := f.delay() + f.delay()
	f.mu.Unlock()
	timer := time.NewTimer(trip)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return nil, fmt.Errorf("dial %s: %w", to, ctx.Err())
	}
	for {
		c, changed, err := n.connect(to, protocol)
		if err != nil {
			return nil, fmt.Errorf("dial %s: %w", to, err)
		}
		if c != nil {
			return c, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("dial %s: %w", to, ctx.Err())
		}
	}
}

// connect returns a connection, an error, or what to wait for.
func (n *node) connect(to survey.Region, protocol string) (net.Conn, <-chan struct{}, error) {
	f := n.fabric
	f.mu.Lock()
	defer f.mu.Unlock()
	if n.stopped {
		return nil, nil, net.ErrClosed
	}
	target := f.nodes[to]
	if target == nil {
		return nil, nil, link.ErrNotInRoster
	}
	if mode, cut := f.cuts[pairOf(n.region, to)]; cut {
		if mode == Reset {
			return nil, nil, syscall.ECONNREFUSED
		}
		return nil, f.changed, nil
	}
	l := target.listeners[protocol]
	if target.stopped || l == nil {
		return nil, nil, fmt.Errorf("%w: nobody listens for %s", link.ErrRefused, protocol)
	}
	here, there := newConns(n, target)
	if !l.offer(there) {
		return nil, nil, fmt.Errorf("%w: queue full", link.ErrRefused)
	}
	n.conns[here] = struct{}{}
	target.conns[there] = struct{}{}
	return here, nil, nil
}

// Listen implements link.Network.
func (n *node) Listen(protocol string) net.Listener {
	l := newListener(n, protocol)
	f := n.fabric
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case n.stopped:
		l.shut()
	case n.listeners[protocol] != nil:
		l.err = link.ErrListening
		l.shut()
	default:
		n.listeners[protocol] = l
	}
	return l
}
