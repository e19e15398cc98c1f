package federationtest

import (
	"fmt"
	"net"
	"sync"

	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxQueued is how many connections may wait to be accepted.
const maxQueued = 64

// address is a region's.
type address survey.Region

func (address) Network() string  { return "fabric" }
func (a address) String() string { return string(a) }

type listener struct {
	node     *endpoint
	protocol string
	queue    chan *conn
	done     chan struct{}

	mu  sync.Mutex
	err error // what Accept returns, once it is set
}

func newListener(n *endpoint, protocol string) *listener {
	return &listener{node: n, protocol: protocol, queue: make(chan *conn, maxQueued), done: make(chan struct{})}
}

// offer queues the connection, unless the listener is closed or its queue full.
func (l *listener) offer(c *conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return fmt.Errorf("%w: nobody listens for %s", link.ErrRefused, l.protocol)
	}
	select {
	case l.queue <- c:
		return nil
	default:
		return fmt.Errorf("%w: too many wait for %s", link.ErrRefused, l.protocol)
	}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	// A closed listener accepts nothing, even if connections still wait.
	select {
	case <-l.done:
		return nil, l.err
	default:
	}

	select {
	case c := <-l.queue:
		return c, nil
	case <-l.done:
		return nil, l.err
	}
}

// Close refuses new connections and ends those that nobody accepted.
func (l *listener) Close() error {
	f := l.node.fabric
	f.mu.Lock()
	if l.node.listeners[l.protocol] == l {
		delete(l.node.listeners, l.protocol)
	}
	f.mu.Unlock()

	for _, c := range l.shut(net.ErrClosed) {
		c.reset()
	}
	return nil
}

// shut ends Accept with err and returns the connections that nobody accepted.
func (l *listener) shut(err error) []*conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return nil
	}
	l.err = err
	close(l.done)

	var left []*conn
	for {
		select {
		case c := <-l.queue:
			left = append(left, c)
		default:
			return left
		}
	}
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return address(l.node.region) }
