package gossip_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ahsn-network/tracker/federation/gossip"
	"github.com/ahsn-network/tracker/store/survey"
)

// fabric is a network in memory for fake time: writes never block, and what is
// written while a pair is cut arrives when it heals, as TCP would have it.
type fabric struct {
	mu        sync.Mutex
	listeners map[survey.Region]map[string]*memoryListener
	group     map[survey.Region]int     // regions in different groups are cut
	pairs     map[[2]survey.Region]bool // cut, in either order
	changed   chan struct{}             // closed and replaced when group changes
	packets   int                       // packet connections made
}

func newFabric() *fabric {
	return &fabric{listeners: map[survey.Region]map[string]*memoryListener{}, group: map[survey.Region]int{}, pairs: map[[2]survey.Region]bool{}, changed: make(chan struct{})}
}

// place puts the regions into a group of their own.
func (f *fabric) place(group int, regions ...survey.Region) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range regions {
		f.group[r] = group
	}
	close(f.changed)
	f.changed = make(chan struct{})
}

// split cuts two regions from each other only.
func (f *fabric) split(a, b survey.Region) {
	f.mu.Lock()
	f.pairs[[2]survey.Region{a, b}] = true
	f.mu.Unlock()
	f.place(0)
}

func (f *fabric) cut(a, b survey.Region) (bool, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.group[a] != f.group[b] || f.pairs[[2]survey.Region{a, b}] || f.pairs[[2]survey.Region{b, a}], f.changed
}

// dialed returns how many packet connections were made.
func (f *fabric) dialed() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.packets
}

// plug is one region's network. Unplugging it breaks everything at once, as a
// process that is killed does.
type plug struct {
	fabric *fabric
	region survey.Region

	mu    sync.Mutex
	dead  bool
	conns []*memoryConn
}

func (f *fabric) plug(region survey.Region) *plug { return &plug{fabric: f, region: region} }

func (p *plug) kill() {
	for _, c := range p.unplug() {
		c.Close()
	}
}

// vanish takes the region's machine off the network: what the others write to
// it is lost, and none of them learns that it went.
func (p *plug) vanish() {
	for _, c := range p.unplug() {
		c.lost.Store(true)
		c.in.change(func() {})
	}
}

// unplug refuses new connections and returns those there were.
func (p *plug) unplug() []*memoryConn {
	p.mu.Lock()
	p.dead = true
	conns := p.conns
	p.mu.Unlock()
	p.fabric.mu.Lock()
	defer p.fabric.mu.Unlock()
	for _, l := range p.fabric.listeners[p.region] {
		l.Close()
	}
	delete(p.fabric.listeners, p.region)
	return conns
}

func (p *plug) keep(c *memoryConn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, c)
	return !p.dead
}

func (p *plug) Listen(protocol string) net.Listener {
	l := &memoryListener{plug: p, queue: make(chan net.Conn, 64), done: make(chan struct{})}
	p.fabric.mu.Lock()
	defer p.fabric.mu.Unlock()
	if p.fabric.listeners[p.region] == nil {
		p.fabric.listeners[p.region] = map[string]*memoryListener{}
	}
	p.fabric.listeners[p.region][protocol] = l
	return l
}

var errRefused = errors.New("connection refused")

func (p *plug) Dial(ctx context.Context, to survey.Region, protocol string) (net.Conn, error) {
	for {
		cut, changed := p.fabric.cut(p.region, to)
		if !cut {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	p.fabric.mu.Lock()
	l := p.fabric.listeners[to][protocol]
	p.fabric.mu.Unlock()
	if l == nil {
		return nil, errRefused
	}
	there, here, lost := newBuffer(), newBuffer(), new(atomic.Bool)
	mine := &memoryConn{fabric: p.fabric, self: p.region, peer: to, in: here, out: there, lost: lost}
	theirs := &memoryConn{fabric: p.fabric, self: to, peer: p.region, in: there, out: here, lost: lost}
	if !p.keep(mine) || !l.plug.keep(theirs) || !l.offer(theirs) {
		return nil, errRefused
	}
	if protocol == gossip.ProtocolPacket {
		p.fabric.mu.Lock()
		p.fabric.packets++
		p.fabric.mu.Unlock()
	}
	return mine, nil
}

// memoryListener refuses once it is closed, and closes what waited in its
// queue then, as an operating system does.
type memoryListener struct {
	plug  *plug
	queue chan net.Conn
	done  chan struct{}

	mu     sync.Mutex
	closed bool
}

// offer reports whether the connection waits to be accepted. It is refused when
// the queue is full.
func (l *memoryListener) offer(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	select {
	case l.queue <- conn:
		return true
	default:
		return false
	}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.queue:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	close(l.done)
	for {
		select {
		case conn := <-l.queue:
			conn.Close()
		default:
			return nil
		}
	}
}

func (l *memoryListener) Addr() net.Addr { return &net.TCPAddr{} }

// buffer is one direction of a connection.
type buffer struct {
	mu     sync.Mutex
	data   []byte
	closed bool
	wake   chan struct{}
}

func newBuffer() *buffer { return &buffer{wake: make(chan struct{})} }

func (b *buffer) change(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	close(b.wake)
	b.wake = make(chan struct{})
}

type memoryConn struct {
	fabric     *fabric
	self, peer survey.Region
	in, out    *buffer
	lost       *atomic.Bool // of both ends: nothing gets through any more

	mu       sync.Mutex
	deadline time.Time
	gone     bool
}

func (c *memoryConn) Peer() survey.Region { return c.peer }

func (c *memoryConn) Read(p []byte) (int, error) {
	for {
		cut, healed := c.fabric.cut(c.self, c.peer)
		c.mu.Lock()
		deadline, gone := c.deadline, c.gone
		c.mu.Unlock()
		if gone {
			return 0, net.ErrClosed
		}
		c.in.mu.Lock()
		wake := c.in.wake
		if !cut && len(c.in.data) > 0 {
			n := copy(p, c.in.data)
			c.in.data = c.in.data[n:]
			c.in.mu.Unlock()
			return n, nil
		}
		ended := c.in.closed && !cut
		c.in.mu.Unlock()
		if ended {
			return 0, io.EOF
		}
		var late <-chan time.Time
		if !deadline.IsZero() {
			timer := time.NewTimer(time.Until(deadline))
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-wake:
		case <-healed:
		case <-late:
			return 0, os.ErrDeadlineExceeded
		}
	}
}

func (c *memoryConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	gone := c.gone
	c.mu.Unlock()
	if gone {
		return 0, net.ErrClosed
	}
	if c.lost.Load() {
		return len(p), nil // for minutes, TCP only notes that no answer comes
	}
	ok := false
	c.out.change(func() {
		if ok = !c.out.closed; ok {
			c.out.data = append(c.out.data, p...)
		}
	})
	if !ok {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func (c *memoryConn) Close() error {
	c.mu.Lock()
	c.gone = true
	c.mu.Unlock()
	if !c.lost.Load() {
		c.out.change(func() { c.out.closed = true })
	}
	c.in.change(func() {})
	return nil
}

func (c *memoryConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	c.deadline = t
	c.mu.Unlock()
	c.in.change(func() {})
	return nil
}
func (c *memoryConn) SetDeadline(t time.Time) error    { return c.SetReadDeadline(t) }
func (c *memoryConn) SetWriteDeadline(time.Time) error { return nil }
func (c *memoryConn) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *memoryConn) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
