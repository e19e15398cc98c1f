package federationtest

import (
	"context"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

// endpoint is one region's end of the fabric: its link.Network.
type endpoint struct {
	fabric    *Fabric
	region    survey.Region
	stopped   bool                 // guarded by fabric.mu, like listeners
	listeners map[string]*listener // by protocol
}

// Dial implements link.Network. It takes one round trip. Across a cut it waits
// until ctx ends or the cut heals.
func (n *endpoint) Dial(ctx context.Context, to survey.Region, protocol string) (net.Conn, error) {
	timer := time.NewTimer(n.fabric.delay() + n.fabric.delay())
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return nil, fmt.Errorf("dial %s: %w", to, ctx.Err())
	}

	for {
		l, changed, err := n.reach(to, protocol)
		if err == nil && l != nil {
			return n.connect(l)
		}
		if err != nil {
			return nil, fmt.Errorf("dial %s: %w", to, err)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("dial %s: %w", to, ctx.Err())
		}
	}
}

// reach returns the listener, an error, or what to wait for.
func (n *endpoint) reach(to survey.Region, protocol string) (*listener, <-chan struct{}, error) {
	f := n.fabric
	f.mu.Lock()
	defer f.mu.Unlock()
	target := f.nodes[to]
	mode, cut := f.cuts[between(n.region, to)]
	switch {
	case n.stopped:
		return nil, nil, net.ErrClosed
	case target == nil:
		return nil, nil, link.ErrNotInRoster
	case cut && mode == Reset:
		return nil, nil, syscall.ECONNREFUSED
	case cut:
		return nil, f.changed, nil
	}

	l := target.listeners[protocol]
	if l == nil {
		return nil, nil, fmt.Errorf("%w: nobody listens for %s", link.ErrRefused, protocol)
	}
	return l, nil, nil
}

func (n *endpoint) connect(l *listener) (net.Conn, error) {
	near, far := n.fabric.pair(n.region, l.node.region)
	if err := l.offer(far); err != nil {
		near.reset()
		far.reset()
		return nil, fmt.Errorf("dial %s: %w", l.node.region, err)
	}

	// Stop may have run since reach, without seeing the pair.
	n.fabric.mu.Lock()
	gone := n.stopped || l.node.stopped
	n.fabric.mu.Unlock()
	if gone {
		near.reset()
		far.reset()
		return nil, fmt.Errorf("dial %s: %w", l.node.region, net.ErrClosed)
	}
	return near, nil
}

// Listen implements link.Network.
func (n *endpoint) Listen(protocol string) net.Listener {
	l := newListener(n, protocol)
	n.fabric.mu.Lock()
	defer n.fabric.mu.Unlock()
	switch {
	case n.stopped:
		l.shut(net.ErrClosed)
	case n.listeners[protocol] != nil:
		l.shut(link.ErrListening)
	default:
		n.listeners[protocol] = l
	}
	return l
}
