package federationtest

import (
	"net"
	"sync"

	"github.com/ahsn-network/tracker/store/survey"
)

// maxQueued is how many connections may wait to be accepted.
const maxQueued = 64

// address is a region's.
type address survey.Region

func (address) Network() string  { return "fabric" }
func (a address) String() string { return string(a) }

type listener struct {
	node     *node
	protocol string
	queue    chan *conn
	once     sync.Once
	done     chan struct{}
	err      error // of Accept after done; never changed once done is closed
}

func newListener(n *node, protocol string) *listener {
	return &listener{node: n, protocol: protocol, queue: make(chan *conn, maxQueued), done: make(chan struct{}), err: net.ErrClosed}
}

func (l *listener) offer(c *conn) bool {
	select {
	case l.queue <- c:
		return true
	default:
		return false
	}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
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
	l.shut()
	for {
		select {
		case c := <-l.queue:
			c.Close()
		default:
			return nil
		}
	}
}

func (l *listener) shut() { l.once.Do(func() { close(l.done) }) }

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return address(l.node.region) }
