package gossip

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/ahsn-network/tracker/store/survey"
)

// Protocols of the node port that this package listens to and dials.
const (
	ProtocolPacket = "tracker-gossip-packet/1"
	ProtocolStream = "tracker-gossip-stream/1"
)

// frameType is the first byte of a frame on a packet connection.
type frameType byte

const (
	framePacket frameType = 0 // a memberlist packet
	frameBeacon frameType = 1
)

const (
	maxFrame          = 16 << 10         // bytes of one frame's payload
	maxWaitingPackets = 512              // received, not yet taken by memberlist
	maxPeerStreams    = 2                // open at once from one peer: memberlist may read 20 MiB from each
	idleTimeout       = 60 * time.Second // a packet connection carries a beacon every few seconds
	placeholderPort   = 7443
)

// peered is a connection that knows the region whose key authenticated it.
type peered interface{ Peer() survey.Region }

// placeholder returns the address that memberlist sees. It identifies the region and leads nowhere:
// connections are dialed by name, through the roster. So a node that is back at another address
// never conflicts with itself.
func placeholder(region survey.Region) net.IP {
	sum := sha256.Sum256([]byte(region))
	return net.IPv4(127, sum[0], sum[1], sum[2]).To4()
}

func placeholderAddress(region survey.Region) string {
	return net.JoinHostPort(placeholder(region).String(), strconv.Itoa(placeholderPort))
}

// regionAddr is the net.Addr of an authenticated peer.
type regionAddr survey.Region

func (regionAddr) Network() string  { return "tracker" }
func (a regionAddr) String() string { return placeholderAddress(survey.Region(a)) }

// transport carries memberlist's packets and streams, and beacons, over authenticated connections.
// It implements memberlist.NodeAwareTransport.
type transport struct {
	self    survey.Region
	network Network
	log     *slog.Logger
	// member reports whether the region is in the roster.
	member func(survey.Region) bool
	// heard is told of every frame, on the goroutine of its connection. If it returns false, the
	// connection is closed.
	heard func(from survey.Region, kind frameType, payload []byte) bool

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	packets chan *memberlist.Packet
	streams chan net.Conn

	mu       sync.Mutex
	closed   bool
	senders  map[survey.Region]*sender
	incoming map[survey.Region]net.Conn // the newest packet connection of each peer
	open     map[net.Conn]struct{}
	received map[survey.Region]int // streams open from each peer
}

func newTransport(self survey.Region, network Network, log *slog.Logger) *transport {
	ctx, cancel := context.WithCancel(context.Background())
	return &transport{
		self: self, network: network, log: log, ctx: ctx, cancel: cancel,
		packets:  make(chan *memberlist.Packet, maxWaitingPackets),
		streams:  make(chan net.Conn),
		senders:  make(map[survey.Region]*sender),
		incoming: make(map[survey.Region]net.Conn),
		open:     make(map[net.Conn]struct{}),
		received: make(map[survey.Region]int),
	}
}

func (t *transport) listen() {
	for protocol, serve := range map[string]func(net.Conn, survey.Region){
		ProtocolPacket: t.readFrames, ProtocolStream: t.offerStream,
	} {
		// Two goroutines: Accept has no context.
		listener := t.network.Listen(protocol)
		t.running.Add(2)
		go func() {
			defer t.running.Done()
			<-t.ctx.Done()
			_ = listener.Close()
		}()

		go func() {
			defer t.running.Done()
			t.accept(listener, serve)
		}()
	}
}

func (t *transport) accept(listener net.Listener, serve func(net.Conn, survey.Region)) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			if t.ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
				t.log.Error("gossip stopped listening", "error", err)
			}
			return
		}

		// Only members of the roster may send.
		known, ok := conn.(peered)
		if !ok || !t.member(known.Peer()) || !t.track(conn) {
			_ = conn.Close()
			continue
		}

		go func() {
			defer t.running.Done()
			serve(conn, known.Peer())
		}()
	}
}

// track notes an open connection and a goroutine for it. It reports false if the transport is
// closed.
func (t *transport) track(conn net.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.open[conn] = struct{}{}
	t.running.Add(1)
	return true
}

func (t *transport) drop(conn net.Conn) {
	t.mu.Lock()
	delete(t.open, conn)
	t.mu.Unlock()
	_ = conn.Close()
}

// readFrames serves one incoming packet connection. A peer has one: a newer one replaces it, as
// after a restart or a lost network, and makes the outgoing one suspect.
func (t *transport) readFrames(conn net.Conn, peer survey.Region) {
	defer t.drop(conn)

	t.mu.Lock()
	older := t.incoming[peer]
	t.incoming[peer] = conn
	t.mu.Unlock()
	if older != nil {
		_ = older.Close()
	}
	// The peer may be back at another address.
	t.redial(peer)

	defer func() {
		t.mu.Lock()
		if t.incoming[peer] == conn {
			delete(t.incoming, peer)
		}
		t.mu.Unlock()
	}()

	header := make([]byte, 3)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(idleTimeout))
		if _, err := io.ReadFull(conn, header); err != nil {
			return
		}
		size := int(binary.BigEndian.Uint16(header))
		if size > maxFrame {
			t.log.Warn("gossip frame too large", "peer", peer, "bytes", size)
			return
		}

		payload := make([]byte, size)
		if _, err := io.ReadFull(conn, payload); err != nil {
			return
		}

		kind := frameType(header[2])
		// The roster may have changed since the connection was accepted.
		if !t.member(peer) || !t.heard(peer, kind, payload) {
			return
		}
		if kind == framePacket {
			t.deliver(payload, peer)
		}
	}
}

// deliver hands a packet to memberlist, or drops it when memberlist is behind.
func (t *transport) deliver(payload []byte, peer survey.Region) {
	select {
	case t.packets <- &memberlist.Packet{Buf: payload, From: regionAddr(peer), Timestamp: time.Now()}:
	default:
	}
}

// offerStream hands an incoming stream to memberlist, which closes it.
func (t *transport) offerStream(conn net.Conn, peer survey.Region) {
	t.mu.Lock()
	full := t.received[peer] >= maxPeerStreams
	if !full {
		t.received[peer]++
	}
	t.mu.Unlock()

	if full {
		t.drop(conn)
		return
	}

	// memberlist gives the place free when it closes the stream.
	s := t.stream(conn, func() {
		t.mu.Lock()
		t.received[peer]--
		t.mu.Unlock()
	})
	select {
	case t.streams <- s:
	case <-t.ctx.Done():
		_ = s.Close()
	}
}

// stream is a connection that memberlist uses. Its Close, which memberlist calls when it is done,
// lets Shutdown return.
type stream struct {
	net.Conn
	once  sync.Once
	close func()
}

func (s *stream) Close() error {
	s.once.Do(s.close)
	return nil
}

// Write closes the stream when it fails: memberlist v0.7.0 forgets one whose
// label it could not write (labelWrappedTransport.DialAddressTimeout), and
// Shutdown would wait for it for ever.
func (s *stream) Write(b []byte) (int, error) {
	n, err := s.Conn.Write(b)
	if err != nil {
		_ = s.Close()
	}
	return n, err
}

// stream makes a stream that calls after when it is closed.
func (t *transport) stream(conn net.Conn, after func()) net.Conn {
	t.running.Add(1)
	return &stream{Conn: conn, close: func() {
		defer t.running.Done()
		t.drop(conn)
		after()
	}}
}

// WriteToAddress queues a packet for the named node, if it is in the roster.
// It never blocks: packets that find the queue full are lost, as on a network.
func (t *transport) WriteToAddress(packet []byte, to memberlist.Address) (time.Time, error) {
	err := t.send(survey.Region(to.Name), framePacket, packet)
	return time.Now(), err
}

var errNoName = errors.New("gossip addresses nodes by name only")

// WriteTo is never used: memberlist is told to require names.
func (t *transport) WriteTo([]byte, string) (time.Time, error) { return time.Time{}, errNoName }

// DialTimeout is never used either.
func (t *transport) DialTimeout(string, time.Duration) (net.Conn, error) { return nil, errNoName }

// DialAddressTimeout opens a stream to the named node.
func (t *transport) DialAddressTimeout(to memberlist.Address, timeout time.Duration) (net.Conn, error) {
	region := survey.Region(to.Name)
	if !t.member(region) {
		return nil, fmt.Errorf("dial %s: not in the roster", region)
	}

	ctx, cancel := context.WithTimeout(t.ctx, timeout)
	defer cancel()
	conn, err := t.network.Dial(ctx, region, ProtocolStream)
	if err != nil {
		return nil, err
	}

	if !t.track(conn) {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	defer t.running.Done()
	return t.stream(conn, func() {}), nil
}

// FinalAdvertiseAddr returns the placeholder of this node.
func (t *transport) FinalAdvertiseAddr(string, int) (net.IP, int, error) {
	return placeholder(t.self), placeholderPort, nil
}

// PacketCh returns the received packets.
func (t *transport) PacketCh() <-chan *memberlist.Packet { return t.packets }

// StreamCh returns the accepted streams.
func (t *transport) StreamCh() <-chan net.Conn { return t.streams }

// Shutdown closes every connection and waits for the goroutines that served them.
func (t *transport) Shutdown() error {
	t.cancel()
	t.mu.Lock()
	t.closed = true
	for conn := range t.open {
		_ = conn.Close()
	}
	t.mu.Unlock()

	t.running.Wait()
	return nil
}
