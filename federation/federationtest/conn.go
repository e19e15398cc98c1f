package federationtest

import (
	"crypto/ed25519"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// maxBuffer bounds what one direction of a connection may hold: a test that
// reaches it has a reader that never reads.
const maxBuffer = 64 << 20

var errBufferFull = errors.New("the connection's buffer is full: nobody reads")

// conn is one end of a connection. Writes never block, so that code which holds a lock while it
// writes does not stop fake time.
type conn struct {
	fabric        *Fabric
	local, remote survey.Region
	in, out       *stream
	key           ed25519.PublicKey // of a stranger at the other end
	once          sync.Once
}

// pair makes both ends of a connection.
func (f *Fabric) pair(near, far survey.Region) (a, b *conn) {
	there, back := newStream(f, near, far), newStream(f, far, near)
	a = &conn{fabric: f, local: near, remote: far, in: back, out: there}
	b = &conn{fabric: f, local: far, remote: near, in: there, out: back}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conns[a], f.conns[b] = true, true
	return a, b
}

// Peer returns the region at the other end.
func (c *conn) Peer() survey.Region { return c.remote }

// Key returns the key of a stranger at the other end, nil otherwise.
func (c *conn) Key() ed25519.PublicKey { return c.key }

func (c *conn) Read(b []byte) (int, error) { return c.in.read(b) }

func (c *conn) Write(b []byte) (int, error) { return c.out.write(b) }

// Close ends both directions. The other end reads the data that was sent, then io.EOF.
func (c *conn) Close() error {
	c.once.Do(func() {
		c.out.end(io.EOF)
		c.in.abandon()
		c.fabric.forget(c)
	})
	return nil
}

// reset breaks the connection at once, as a machine that stops does.
func (c *conn) reset() {
	c.once.Do(func() {
		c.out.fail(syscall.ECONNRESET)
		c.in.fail(syscall.ECONNRESET)
		c.fabric.forget(c)
	})
}

func (c *conn) LocalAddr() net.Addr  { return address(c.local) }
func (c *conn) RemoteAddr() net.Addr { return address(c.remote) }

func (c *conn) SetDeadline(t time.Time) error {
	c.in.setDeadline(t)
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error { return c.SetDeadline(t) }

// SetWriteDeadline does nothing: writes don't block.
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

// stream is one direction of a connection.
type stream struct {
	fabric   *Fabric
	from, to survey.Region
	changed  chan struct{} // holds one token when the reader should look again
	reading  chan struct{} // held by the reader: one at a time

	mu       sync.Mutex // held briefly, never while waiting
	chunks   []chunk
	size     int
	last     time.Time // when the newest chunk arrives
	ended    error     // after the chunks: io.EOF
	broken   error     // at once
	gone     bool      // the reader closed its end
	deadline time.Time
}

type chunk struct {
	at   time.Time
	data []byte
}

func newStream(f *Fabric, from, to survey.Region) *stream {
	return &stream{fabric: f, from: from, to: to, changed: make(chan struct{}, 1), reading: make(chan struct{}, 1)}
}

// poke lets the reader look again.
func (s *stream) poke() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *stream) write(b []byte) (int, error) {
	arrives := time.Now().Add(s.fabric.delay())
	s.mu.Lock()
	defer s.poke()
	defer s.mu.Unlock()
	switch {
	case s.broken != nil:
		return 0, s.broken
	case s.ended != nil:
		return 0, net.ErrClosed
	case s.gone:
		return 0, syscall.EPIPE
	case s.size+len(b) > maxBuffer:
		return 0, errBufferFull
	}

	if arrives.Before(s.last) {
		arrives = s.last
	}

	// In order, also when a later write draws a shorter delay.
	s.last = arrives
	s.size += len(b)
	s.chunks = append(s.chunks, chunk{at: arrives, data: append([]byte(nil), b...)})
	return len(b), nil
}

func (s *stream) read(b []byte) (int, error) {
	s.reading <- struct{}{}
	defer func() { <-s.reading }()
	for {
		n, wait, err := s.take(b)
		if n > 0 || err != nil || len(b) == 0 {
			return n, err
		}
		s.await(wait)
	}
}

// take returns data that has arrived, or for how long at most there will be none.
func (s *stream) take(b []byte) (n int, wait time.Duration, err error) {
	// The fabric's lock is never taken while the stream's is held.
	cut := s.fabric.cut(s.from, s.to)
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	wait = -1
	switch {
	case s.gone:
		return 0, 0, net.ErrClosed
	case s.broken != nil:
		return 0, 0, s.broken
	case !s.deadline.IsZero():
		if wait = s.deadline.Sub(now); wait <= 0 {
			return 0, 0, os.ErrDeadlineExceeded
		}
	}

	if cut {
		return 0, wait, nil
	}
	if len(s.chunks) == 0 {
		return 0, wait, s.ended
	}

	first := &s.chunks[0]
	if until := first.at.Sub(now); until > 0 {
		if wait < 0 || until < wait {
			wait = until
		}
		return 0, wait, nil
	}

	n = copy(b, first.data)
	s.size -= n
	if first.data = first.data[n:]; len(first.data) == 0 {
		s.chunks = s.chunks[1:]
	}
	return n, 0, nil
}

// await waits until something changed, for at most d. A negative d has no limit.
func (s *stream) await(d time.Duration) {
	var timeout <-chan time.Time
	if d >= 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		timeout = timer.C
	}

	select {
	case <-s.changed:
	case <-timeout:
	}
}

// change changes the stream and lets the reader look again.
func (s *stream) change(change func()) {
	s.mu.Lock()
	change()
	s.mu.Unlock()
	s.poke()
}

func (s *stream) setDeadline(t time.Time) { s.change(func() { s.deadline = t }) }

// end lets the reader have the data that was written, then err.
func (s *stream) end(err error) {
	s.change(func() {
		if s.ended == nil {
			s.ended = err
		}
	})
}

// fail breaks the stream at once, for both ends.
func (s *stream) fail(err error) { s.change(func() { s.broken = err }) }

// abandon notes that the reader has closed its end.
func (s *stream) abandon() { s.change(func() { s.gone = true }) }
