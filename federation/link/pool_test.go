package link_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

// counted counts the connections that are dialed through a network.
type counted struct {
	link.Network
	dials atomic.Int64
}

func (c *counted) Dial(ctx context.Context, to survey.Region, protocol string) (net.Conn, error) {
	c.dials.Add(1)
	return c.Network.Dial(ctx, to, protocol)
}

// TestBusyConnectionsAreKept: one burst of calls after the other goes over the
// connections that the first one opened.
func TestBusyConnectionsAreKept(t *testing.T) {
	const burst = 24
	_, ports := nodes(t, "wessex", "gm")
	var (
		mu      sync.Mutex
		waiting int
		full    = make(chan struct{})
	)
	serve(t, ports["wessex"], map[string]link.Handler{"/together": func(context.Context, survey.Region, []byte) ([]byte, error) {
		mu.Lock()
		all := full
		if waiting++; waiting == burst {
			close(full)
			waiting, full = 0, make(chan struct{})
		}
		mu.Unlock()
		<-all // so that each call needs a connection of its own
		return nil, nil
	}})
	network := &counted{Network: ports["gm"]}
	c := client(t, network)
	for range 5 {
		var calls sync.WaitGroup
		for range burst {
			calls.Go(func() {
				if _, err := c.Call(soon(t), "wessex", "/together", nil); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
	}
	if n := network.dials.Load(); n > burst+2 {
		t.Errorf("%d connections were dialed for %d calls at a time", n, burst)
	}
}
