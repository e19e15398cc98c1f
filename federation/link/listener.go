package link

import (
	"errors"
	"net"
	"sync"
)

var (
	errTooMany   = errors.New("the peer has too many connections for this protocol")
	errQueueFull = errors.New("nobody accepts this protocol's connections fast enough")
)

// listener hands out the connections of one protocol.
type listener struct {
	port     *Port
	protocol string
	queue    chan *conn

	mu    sync.Mutex
	slots int   // connections in the queue or promised a place in it
	err   error // what Accept returns, once it is set
	done  chan struct{}
}

func newListener(p *Port, protocol string) *listener {
	return &listener{port: p, protocol: protocol, queue: make(chan *conn, maxQueued), done: make(chan struct{})}
}

// reserve promises a place in the queue. The caller must then call put, with nil to give the place
// back.
func (l *listener) reserve() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return &refusal{ReasonNoProtocol, l.err}
	}
	if l.slots >= maxQueued {
		return &refusal{ReasonTooMany, errQueueFull}
	}
	l.slots++
	return nil
}

func (l *listener) put(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case c == nil:
		l.slots--
	case l.err != nil:
		l.slots--
		c.abort()
	default:
		l.queue <- c // has room: a place was promised
	}
}

// Accept waits for a connection, which also has the method Peer. After Close it
// returns net.ErrClosed.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case <-l.done:
		return nil, l.err
	default:
	}
	select {
	case c := <-l.queue:
		l.put(nil)
		return c, nil
	case <-l.done:
		return nil, l.err
	}
}

// Close refuses the protocol from now on, and the connections that nobody has
// accepted. Accepted ones stay open.
func (l *listener) Close() error {
	l.port.mu.Lock()
	if l.port.listeners[l.protocol] == l {
		delete(l.port.listeners, l.protocol)
	}
	l.port.mu.Unlock()
	l.shut(net.ErrClosed)
	return nil
}

func (l *listener) shut(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return
	}
	l.err = err
	close(l.done)

	// Nobody accepts the queued connections any more.
	for {
		select {
		case c := <-l.queue:
			l.slots--
			c.abort()
		default:
			return
		}
	}
}

// Addr returns the node port's address, the same for every protocol.
func (l *listener) Addr() net.Addr { return l.port.Addr() }
