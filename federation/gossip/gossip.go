// Package gossip tells the nodes of the federation which nodes are there and which summaries are
// new. Its news is a hint, never a fact: forging it can delay, not falsify.
//
// It hides memberlist, which no other package imports, and adds a beacon that each node sends to
// every other one directly, over authenticated connections. See DESIGN.md.
//
// Imports federation/identity, store/survey.
package gossip

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// Network carries authenticated connections between nodes. Every connection
// has the method Peer() survey.Region.
type Network interface {
	Dial(ctx context.Context, to survey.Region, protocol string) (net.Conn, error)
	Listen(protocol string) net.Listener
}

// Roster lists the members of the federation. Members must not block.
type Roster interface{ Members() []survey.Member }

// Options of Open. Logger may be nil.
type Options struct {
	Region     survey.Region
	Federation identity.FederationID
	Network    Network
	Roster     Roster
	Meta       Meta // what this node says about itself until Announce
	// OnHeard is told of a member's metadata: direct if it came from that member over its own
	// authenticated connection, at the latest with its next beacon; otherwise through others, when
	// it was new. It is called from one goroutine, without a lock, and must not block. May be nil.
	OnHeard func(region survey.Region, meta Meta, direct bool)
	Logger  *slog.Logger
}

const (
	beaconInterval  = 4 * time.Second        // +-20 %
	beaconGap       = 200 * time.Millisecond // at most five a second
	gossipInterval  = 5 * time.Second        // at most, between changes of memberlist's metadata
	rejoinInterval  = 30 * time.Second       // +-20 %
	loneInterval    = 3 * time.Second        // between attempts to join while alone
	maxJoins        = 3                      // members asked in one attempt
	leaveTimeout    = time.Second
	farewellTimeout = 500 * time.Millisecond
	maxStrangers    = 64 // names not in the roster that one state exchange may carry
)

// Gossip is this node's part in the federation's gossip.
type Gossip struct {
	options   Options
	log       *slog.Logger
	codec     codec
	transport *transport
	list      *memberlist.Memberlist
	roster    atomic.Pointer[map[survey.Region]bool]

	stop     chan struct{}
	closing  sync.Once
	closed   chan struct{}
	running  sync.WaitGroup
	announce chan struct{} // a beacon is due now
	news     chan struct{} // pending is not empty
	missing  chan struct{} // a member was heard that memberlist believes dead

	mu       sync.Mutex
	meta     Meta
	contacts map[survey.Region]*contact
	pending  map[heardFrom]Meta
}

// heardFrom is one kind of news that waits for OnHeard; newer news replaces it.
type heardFrom struct {
	region survey.Region
	direct bool
}

// Open starts gossip with the members of the roster and returns at once; it keeps trying to reach
// them. It returns ErrInvalid for options that cannot work.
func Open(o Options) (*Gossip, error) {
	if o.Region == "" || o.Network == nil || o.Roster == nil {
		return nil, fmt.Errorf("open gossip: %w: region, network and roster are needed", survey.ErrInvalid)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Meta = o.Meta.fitted()
	if err := o.Meta.validate(); err != nil {
		return nil, fmt.Errorf("open gossip: %w", err)
	}

	codec, err := newCodec()
	if err != nil {
		return nil, fmt.Errorf("open gossip: %w", err)
	}

	g := &Gossip{
		options: o, log: o.Logger, codec: codec, meta: o.Meta,
		transport: newTransport(o.Region, o.Network, o.Logger),
		stop:      make(chan struct{}),
		closed:    make(chan struct{}),
		announce:  make(chan struct{}, 1),
		news:      make(chan struct{}, 1),
		missing:   make(chan struct{}, 1),
		contacts:  make(map[survey.Region]*contact),
		pending:   make(map[heardFrom]Meta),
	}

	// The transport must know the roster before a connection comes.
	g.readRoster()
	g.transport.member, g.transport.heard = g.member, g.heardFrame
	g.transport.listen()
	g.list, err = memberlist.Create(g.configuration())
	if err != nil {
		_ = g.transport.Shutdown()
		return nil, fmt.Errorf("open gossip: %w", err)
	}

	for _, loop := range []func(){g.sendBeacons, g.keepListed, g.tellNews} {
		g.running.Add(1)
		go func() {
			defer g.running.Done()
			loop()
		}()
	}
	return g, nil
}

// configuration returns memberlist's WAN profile, changed to notice a death earlier.
func (g *Gossip) configuration() *memberlist.Config {
	c := memberlist.DefaultWANConfig()
	c.Name = string(g.options.Region)
	c.Transport = g.transport
	// Packets of another federation have another label.
	c.Label = g.options.Federation.String()
	c.BindPort, c.AdvertisePort = placeholderPort, placeholderPort
	c.TCPTimeout = dialTimeout

	c.ProbeInterval, c.ProbeTimeout = 2*time.Second, time.Second
	c.SuspicionMult, c.SuspicionMaxTimeoutMult = 3, 2
	c.AwarenessMaxMultiplier = 2
	c.PushPullInterval = 60 * time.Second
	c.GossipToTheDeadTime = 24 * time.Hour

	// A node that is back at another address is no conflict.
	c.DeadNodeReclaimTime = 30 * time.Second
	c.RequireNodeNames = true
	c.EnableCompression = false
	c.DisableTcpPings = true
	c.DelegateProtocolVersion, c.DelegateProtocolMin, c.DelegateProtocolMax = 1, 1, 1

	d := delegate{g}
	c.Delegate, c.Alive, c.Merge, c.Events = d, d, d, d
	c.Logger = stdLogger(g.log)
	return c
}

// Announce changes this node's metadata and sends it to every member: within a second, at most five
// times a second. It does not block. A version that is too long is cut, and only the first four
// heads are sent.
func (g *Gossip) Announce(m Meta) {
	m = m.fitted()
	if err := m.validate(); err != nil {
		g.log.Error("gossip cannot announce", "error", err)
		return
	}

	g.mu.Lock()
	changed := !g.meta.equal(m)
	g.meta = m
	g.mu.Unlock()

	if changed {
		signal(g.announce)
	}
}

// Close sends a last beacon, so that the others need not wait to miss this node, stops, and waits:
// about two seconds at most. Callbacks have ended when it returns. A probe inside memberlist may
// wait for its own timer for up to four seconds more; it changes nothing.
func (g *Gossip) Close() error {
	g.closing.Do(func() {
		defer close(g.closed)
		close(g.stop)
		if err := g.list.Leave(leaveTimeout); err != nil {
			g.log.Debug("gossip left without an answer", "error", err)
		}

		if payload, err := g.marshal(true); err == nil {
			ctx, cancel := context.WithTimeout(context.Background(), farewellTimeout)
			g.transport.farewell(ctx, payload)
			cancel()
		}

		_ = g.list.Shutdown()
		g.running.Wait()
	})
	<-g.closed
	return nil
}

func (g *Gossip) marshal(leaving bool) ([]byte, error) {
	g.mu.Lock()
	b := beacon{Federation: g.options.Federation, SentAt: time.Now().UnixMilli(), Leaving: leaving, Meta: g.meta}
	g.mu.Unlock()
	return g.codec.marshal(b)
}

// readRoster takes a copy of the roster's names. Every packet is checked against it, some under
// memberlist's lock, so that reading it must cost nothing.
func (g *Gossip) readRoster() {
	names := make(map[survey.Region]bool)
	for _, m := range g.options.Roster.Members() {
		if m.State != survey.MemberRemoved {
			names[m.Region] = true
		}
	}
	g.roster.Store(&names)
}

func (g *Gossip) member(region survey.Region) bool { return (*g.roster.Load())[region] }

// others returns the roster without this node, in random order.
func (g *Gossip) others() []survey.Region {
	var out []survey.Region
	for region := range *g.roster.Load() {
		if region != g.options.Region {
			out = append(out, region)
		}
	}
	rand.Shuffle(len(out), func(i, k int) { out[i], out[k] = out[k], out[i] })
	return out
}

// sendBeacons sends this node's metadata to every member every few seconds, and at once on
// Announce. It also keeps the copy of the roster fresh.
func (g *Gossip) sendBeacons() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var last time.Time
	for {
		select {
		case <-g.stop:
			return
		case <-g.announce:
			timer.Reset(max(0, beaconGap-time.Since(last)))
			continue
		case <-timer.C:
		}

		g.readRoster()
		g.transport.keepOnly(g.member)
		payload, err := g.marshal(false)
		if err != nil {
			g.log.Error("gossip cannot send a beacon", "error", err)
		}

		for _, region := range g.others() {
			// The connection may be dead although TCP does not say so.
			if g.silent(region) {
				g.transport.redial(region)
			}
			if err == nil {
				_ = g.transport.send(region, frameBeacon, payload)
			}
		}

		last = time.Now()
		timer.Reset(around(beaconInterval))
	}
}

// keepListed keeps memberlist's list whole, because memberlist does not heal a long partition by
// itself. It also spreads this node's metadata through the others.
func (g *Gossip) keepListed() {
	join := time.NewTimer(rand.N(beaconGap))
	defer join.Stop()
	spread := time.NewTicker(gossipInterval)
	defer spread.Stop()

	var sent Meta
	for {
		select {
		case <-g.stop:
			return
		case <-g.missing:
			join.Reset(rand.N(loneInterval))
		case <-join.C:
			g.rejoin()
			// A lone node asks more often.
			if g.list.NumMembers() > 1 {
				join.Reset(around(rejoinInterval))
			} else {
				join.Reset(around(loneInterval))
			}
		case <-spread.C:
			g.mu.Lock()
			meta := g.meta
			g.mu.Unlock()
			// memberlist would send the same again.
			if meta.equal(sent) {
				continue
			}
			sent = meta
			_ = g.list.UpdateNode(leaveTimeout)
		}
	}
}

// rejoin asks a few members that memberlist does not list as alive.
func (g *Gossip) rejoin() {
	listed := g.listed()
	asked := 0
	for _, region := range g.others() {
		if listed[region] || asked == maxJoins {
			continue
		}
		asked++
		select {
		case <-g.stop:
			return
		default:
		}
		_, _ = g.list.Join([]string{string(region) + "/" + placeholderAddress(region)})
	}
}

func (g *Gossip) listed() map[survey.Region]bool {
	out := make(map[survey.Region]bool)
	for _, node := range g.list.Members() {
		out[survey.Region(node.Name)] = true
	}
	return out
}

// tellNews calls OnHeard, away from every lock and connection.
func (g *Gossip) tellNews() {
	for {
		select {
		case <-g.stop:
			return
		case <-g.news:
		}

		g.mu.Lock()
		pending := g.pending
		g.pending = make(map[heardFrom]Meta)
		g.mu.Unlock()

		for h, meta := range pending {
			if g.options.OnHeard != nil {
				g.options.OnHeard(h.region, meta, h.direct)
			}
		}
	}
}

// around returns d +-20 %, so that fifteen nodes do not speak at once.
func around(d time.Duration) time.Duration { return d*4/5 + rand.N(d*2/5) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
