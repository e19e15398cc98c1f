package registry

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/store/survey"
)

// Protocol is the node port's protocol for Raft.
const Protocol = "tracker-raft/1"

// Network carries the registry's connections. Every connection that it returns
// has the method Peer() survey.Region: the region whose key authenticated it.
type Network interface {
	Dial(ctx context.Context, to survey.Region, protocol string) (net.Conn, error)
	Listen(protocol string) net.Listener
}

// authenticated is implemented by Network's connections.
type authenticated interface{ Peer() survey.Region }

const connectionPool = 3 // idle outbound connections per peer

// transport is a raft.Transport over the node port. raft does not authenticate
// what a request says about its sender, so each peer region has an inbound
// transport of its own, which sees that peer's connections only, and whose
// requests reach raft only if they speak for that peer.
type transport struct {
	region   survey.Region
	own      uint64 // this node's generation
	network  Network
	listener net.Listener
	timeout  time.Duration
	oldest   func(survey.Region) uint64 // generation in the roster, 0 if unknown
	logger   *slog.Logger

	out      *raft.NetworkTransport
	requests chan raft.RPC
	life     context.Context // ends with Close
	end      context.CancelFunc
	running  sync.WaitGroup // our goroutines and every open connection

	mu        sync.Mutex
	closed    bool
	peers     map[survey.Region]*inbound
	heartbeat func(raft.RPC)
	conns     map[*trackedConn]struct{}
}

func newTransport(network Network, region survey.Region, own uint64, timeout time.Duration,
	oldest func(survey.Region) uint64, logger *slog.Logger) *transport {
	t := &transport{
		region: region, own: own, network: network, listener: network.Listen(Protocol), timeout: timeout,
		oldest: oldest, logger: logger,
		requests: make(chan raft.RPC), peers: map[survey.Region]*inbound{}, conns: map[*trackedConn]struct{}{},
	}
	t.life, t.end = context.WithCancel(context.Background())
	t.out = t.networkTransport(&outbound{transport: t})
	t.running.Go(t.accept)
	return t
}

func (t *transport) networkTransport(stream raft.StreamLayer) *raft.NetworkTransport {
	return raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Logger: newRaftLogger(t.logger), Stream: stream, MaxPool: connectionPool, Timeout: t.timeout,
		MsgpackUseNewTimeFormat: true,
	})
}

// accept hands every connection to the inbound transport of the peer that
// authenticated it.
func (t *transport) accept() {
	for {
		conn, err := t.listener.Accept()
		if err != nil {
			return // the listener is closed
		}

		peer, ok := conn.(authenticated)
		if !ok || peer.Peer() == "" || peer.Peer() == t.region {
			conn.Close()
			continue
		}

		// An accepted connection first says for which generation it is meant.
		in := t.admit(peer.Peer())
		tracked := t.track(conn)
		if tracked != nil {
			tracked.meant = t.own
		}
		if in == nil || tracked == nil {
			conn.Close()
			return
		}

		select {
		case in.accepted <- tracked:
		case <-t.life.Done():

			tracked.Close()
		}
	}
}

// admit finds or starts the peer's inbound transport. It returns nil once the
// transport is closed. There are at most as many as the roster has regions.
func (t *transport) admit(peer survey.Region) *inbound {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	in := t.peers[peer]
	if in == nil {
		in = &inbound{peer: peer, transport: t, accepted: make(chan net.Conn)}
		in.raft = t.networkTransport(in)
		// raft sets its handler once, maybe before this peer came.
		if t.heartbeat != nil {
			in.raft.SetHeartbeatHandler(in.guard(t.heartbeat))
		}
		t.peers[peer] = in
		t.running.Go(in.forward)
	}
	return in
}

// track remembers the connection until it is closed. It returns nil once the
// transport is closed.
func (t *transport) track(conn net.Conn) *trackedConn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	tracked := &trackedConn{Conn: conn, transport: t}
	t.conns[tracked] = struct{}{}
	t.running.Add(1)
	return tracked
}

// Close ends every connection; wait returns when all have ended. It may be called more than once.
func (t *transport) Close() error {
	t.mu.Lock()
	first := !t.closed
	t.closed = true
	conns := slices.Collect(maps.Keys(t.conns))
	peers := slices.Collect(maps.Values(t.peers))
	t.mu.Unlock()

	if first {
		t.listener.Close()
		t.out.Close()
		t.out.CloseStreams() // after Close, which keeps connections from coming back into the pool
		for _, in := range peers {
			in.raft.Close()
		}
		t.end()
		for _, c := range conns {
			c.Conn.Close() // its owner notices, and closes the tracked one
		}
	}
	return nil
}

// wait returns when every connection and goroutine has ended after Close.
func (t *transport) wait() { t.running.Wait() }

// inject hands raft a request as if it had come over the network.
func (t *transport) inject(ctx context.Context, command any) {
	select {
	case t.requests <- raft.RPC{Command: command, RespChan: make(chan raft.RPCResponse, 1)}:
	case <-ctx.Done():
	case <-t.life.Done():
	}
}

func (t *transport) Consumer() <-chan raft.RPC { return t.requests }

func (t *transport) LocalAddr() raft.ServerAddress { return raft.ServerAddress(t.region) }

func (t *transport) AppendEntriesPipeline(id raft.ServerID, target raft.ServerAddress) (raft.AppendPipeline, error) {
	p, err := t.out.AppendEntriesPipeline(id, server(id, target))
	if err != nil {
		return nil, err
	}
	return &pipeline{p, t.timeout}, nil
}

func (t *transport) AppendEntries(id raft.ServerID, target raft.ServerAddress, args *raft.AppendEntriesRequest,
	resp *raft.AppendEntriesResponse) error {
	return t.out.AppendEntries(id, server(id, target), args, resp)
}

func (t *transport) RequestVote(id raft.ServerID, target raft.ServerAddress, args *raft.RequestVoteRequest,
	resp *raft.RequestVoteResponse) error {
	return t.out.RequestVote(id, server(id, target), args, resp)
}

func (t *transport) RequestPreVote(id raft.ServerID, target raft.ServerAddress,
	args *raft.RequestPreVoteRequest, resp *raft.RequestPreVoteResponse) error {
	return t.out.RequestPreVote(id, server(id, target), args, resp)
}

func (t *transport) InstallSnapshot(id raft.ServerID, target raft.ServerAddress,
	args *raft.InstallSnapshotRequest, resp *raft.InstallSnapshotResponse, data io.Reader) error {
	return t.out.InstallSnapshot(id, server(id, target), args, resp, data)
}

func (t *transport) TimeoutNow(id raft.ServerID, target raft.ServerAddress, args *raft.TimeoutNowRequest,
	resp *raft.TimeoutNowResponse) error {
	return t.out.TimeoutNow(id, server(id, target), args, resp)
}

func (t *transport) EncodePeer(_ raft.ServerID, address raft.ServerAddress) []byte {
	return []byte(address)
}

func (t *transport) DecodePeer(data []byte) raft.ServerAddress { return raft.ServerAddress(data) }

func (t *transport) SetHeartbeatHandler(handle func(raft.RPC)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heartbeat = handle
	for _, in := range t.peers {
		in.raft.SetHeartbeatHandler(in.guard(handle))
	}
}

// server returns the address by which a connection is dialed and pooled: the server id, so that a
// message for one generation of a region never reaches another. raft's requests do not name their
// receiver, and a node that forgot its log would answer for its predecessor.
func server(id raft.ServerID, target raft.ServerAddress) raft.ServerAddress {
	if region, _ := splitServerID(id); region == "" {
		return target
	}
	return raft.ServerAddress(id)
}

// address is a net.Addr that is a region code.
type address survey.Region

func (a address) Network() string { return Protocol }
func (a address) String() string  { return string(a) }

// outbound is the stream layer of the requests that this node makes. A server's
// address is its region; the network finds the node.
type outbound struct{ transport *transport }

func (o *outbound) Dial(to raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(o.transport.life, timeout)
	defer cancel()

	region, generation := splitServerID(raft.ServerID(to))
	conn, err := o.transport.network.Dial(ctx, region, Protocol)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", to, err)
	}

	// The peer must hear for which generation the connection is meant.
	deadline, _ := ctx.Deadline()
	err = conn.SetDeadline(deadline)
	if err == nil {
		_, err = conn.Write(binary.BigEndian.AppendUint64(nil, generation))
	}
	if err == nil {
		err = conn.SetDeadline(time.Time{})
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("dial %s: %w", to, err)
	}

	if tracked := o.transport.track(conn); tracked != nil {
		return tracked, nil
	}
	conn.Close()
	return nil, net.ErrClosed
}

func (o *outbound) Accept() (net.Conn, error) {
	<-o.transport.life.Done()
	return nil, net.ErrClosed
}

func (o *outbound) Close() error   { return nil }
func (o *outbound) Addr() net.Addr { return address(o.transport.region) }

// trackedConn lets the transport end a connection and wait for its owner, whose
// last act is to close it.
type trackedConn struct {
	net.Conn
	transport *transport
	closed    sync.Once
	meant     uint64 // the generation that an accepted connection must be meant for; 0: checked
}

// Read first reads for which generation an accepted connection is meant.
func (c *trackedConn) Read(b []byte) (int, error) {
	if c.meant != 0 {
		var head [8]byte
		if _, err := io.ReadFull(c.Conn, head[:]); err != nil {
			return 0, err
		}
		if meant := binary.BigEndian.Uint64(head[:]); meant != c.meant {
			return 0, fmt.Errorf("a connection for generation %d, this node is %d", meant, c.meant)
		}
		c.meant = 0
	}
	return c.Conn.Read(b)
}

func (c *trackedConn) Close() error {
	err := c.Conn.Close()
	c.closed.Do(func() {
		c.transport.mu.Lock()
		delete(c.transport.conns, c)
		c.transport.mu.Unlock()
		c.transport.running.Done()
	})
	return err
}

// serverID names a member to raft: a node that comes back without its memory
// comes back under the next generation, as another server.
func serverID(m *survey.Member) raft.ServerID {
	return raft.ServerID(string(m.Region) + "." + strconv.FormatUint(m.Generation, 10))
}

// splitServerID returns the parts of a server id, "" if it is not one.
func splitServerID(id raft.ServerID) (survey.Region, uint64) {
	region, digits, found := strings.Cut(string(id), ".")
	generation, err := strconv.ParseUint(digits, 10, 64)
	if !found || err != nil {
		return "", 0
	}
	return survey.Region(region), generation
}

func clipBytes(b []byte) []byte { return b[:min(len(b), 64)] }
