package link

import (
	"context"
	"net"

	"github.com/ahsn-network/tracker/store/survey"
)

// Network carries authenticated connections between nodes. [Port] is the real
// one (TLS 1.3 with pinned keys); federationtest has one in memory.
//
// Every connection that Dial or a listener returns also has the method Peer() survey.Region: the
// region that the roster binds to the key which authenticated the connection.
type Network interface {
	// Dial connects to the region's node for one protocol of the node port.
	// It gives up when ctx ends, and at once with ErrNotInRoster if the
	// region is not in the roster.
	Dial(ctx context.Context, to survey.Region, protocol string) (net.Conn, error)
	// Listen returns the listener for one protocol, told from the others by
	// TLS ALPN. A protocol that nobody listens to is refused. Closing the
	// listener leaves the port open for the other protocols.
	Listen(protocol string) net.Listener
}
