package registry

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// fabric is a network in memory. Writes never block, so that fake time goes on;
// a cut is silent, as in life: nothing arrives and nobody is told.
type fabric struct {
	mu        sync.Mutex
	listeners map[survey.Region]*fabricListener
	cut       map[survey.Region]bool
	delay     time.Duration // of node calls, one way
}

func newFabric() *fabric {
	return &fabric{listeners: map[survey.Region]*fabricListener{}, cut: map[survey.Region]bool{}}
}

func (f *fabric) setCut(region survey.Region, cut bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut[region] = cut
}

func (f *fabric) parted(a, b survey.Region) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cut[a] != f.cut[b] || f.cut[a] && a != b
}

// port is one region's side of the fabric.
type port struct {
	fabric *fabric
	region survey.Region
}

var errUnreachable = errors.New("unreachable")

func (p *port) Dial(ctx context.Context, to survey.Region, _ string) (net.Conn, error) {
	if p.fabric.parted(p.region, to) {
		<-ctx.Done()
		return nil, errUnreachable
	}
	p.fabric.mu.Lock()
	l := p.fabric.listeners[to]
	p.fabric.mu.Unlock()
	if l == nil {
		return nil, errUnreachable
	}
	there, here := newHalf(), newHalf()
	lost := func() bool { return p.fabric.parted(p.region, to) }
	mine := &fabricConn{read: here, write: there, peer: to, lost: lost}
	theirs := &fabricConn{read: there, write: here, peer: p.region, lost: lost}
	select {
	case l.accepted <- theirs:
		return mine, nil
	case <-l.closed:
	case <-ctx.Done():
	}
	return nil, errUnreachable
}

func (p *port) Listen(string) net.Listener {
	l := &fabricListener{fabric: p.fabric, region: p.region, accepted: make(chan net.Conn), closed: make(chan struct{})}
	p.fabric.mu.Lock()
	defer p.fabric.mu.Unlock()
	p.fabric.listeners[p.region] = l
	return l
}

type fabricListener struct {
	fabric   *fabric
	region   survey.Region
	accepted chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

func (l *fabricListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accepted:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *fabricListener) Close() error {
	l.once.Do(func() {
		l.fabric.mu.Lock()
		defer l.fabric.mu.Unlock()
		if l.fabric.listeners[l.region] == l {
			delete(l.fabric.listeners, l.region)
		}
		close(l.closed)
	})
	return nil
}

func (l *fabricListener) Addr() net.Addr { return address(l.region) }

// half is one direction of a connection: a buffer without a bound.
type half struct {
	mu       sync.Mutex
	cond     *sync.Cond
	data     []byte
	closed   bool
	deadline time.Time
	timer    *time.Timer
}

func newHalf() *half {
	h := &half{}
	h.cond = sync.NewCond(&h.mu)
	return h
}

func (h *half) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case len(h.data) > 0:
			n := copy(p, h.data)
			h.data = h.data[n:]
			return n, nil
		case h.closed:
			return 0, io.EOF
		case !h.deadline.IsZero() && !time.Now().Before(h.deadline):
			return 0, os.ErrDeadlineExceeded
		}
		h.cond.Wait()
	}
}

func (h *half) write(p []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return io.ErrClosedPipe
	}
	h.data = append(h.data, p...)
	h.cond.Broadcast()
	return nil
}

func (h *half) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	if h.timer != nil {
		h.timer.Stop()
	}
	h.cond.Broadcast()
}

func (h *half) setDeadline(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.deadline = at
	if h.timer != nil {
		h.timer.Stop()
		h.timer = nil
	}
	if !at.IsZero() && !h.closed {
		h.timer = time.AfterFunc(time.Until(at), h.cond.Broadcast)
	}
	h.cond.Broadcast()
}

type fabricConn struct {
	read, write *half
	peer        survey.Region
	lost        func() bool
}

func (c *fabricConn) Peer() survey.Region        { return c.peer }
func (c *fabricConn) Read(p []byte) (int, error) { return c.read.read(p) }

func (c *fabricConn) Write(p []byte) (int, error) {
	if c.lost() {
		return len(p), nil
	}
	return len(p), c.write.write(p)
}

func (c *fabricConn) Close() error {
	c.read.close()
	c.write.close()
	return nil
}

func (c *fabricConn) LocalAddr() net.Addr                { return address("") }
func (c *fabricConn) RemoteAddr() net.Addr               { return address(c.peer) }
func (c *fabricConn) SetDeadline(t time.Time) error      { c.read.setDeadline(t); return nil }
func (c *fabricConn) SetReadDeadline(t time.Time) error  { c.read.setDeadline(t); return nil }
func (c *fabricConn) SetWriteDeadline(t time.Time) error { return nil }
