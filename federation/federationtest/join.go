package federationtest

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

// Stranger returns how the holder of the key, without a node yet, connects to the nodes' addresses
// (region:7443) in order to join.
func (f *Fabric) Stranger(key ed25519.PublicKey) func(context.Context, string) (net.Conn, error) {
	return func(_ context.Context, address string) (net.Conn, error) {
		region, _, _ := strings.Cut(address, ":")
		f.mu.Lock()
		node := f.nodes[survey.Region(region)]
		var l *listener
		if node != nil && !node.stopped {
			l = node.listeners[link.ProtocolJoin]
		}
		f.mu.Unlock()

		if l == nil {
			return nil, fmt.Errorf("dial %s: %w: it takes no strangers now", address, link.ErrRefused)
		}

		// The handshake of a real node would have proved the key.
		near, far := f.pair("", survey.Region(region))
		far.key = key
		if err := l.offer(far); err != nil {
			near.reset()
			far.reset()
			return nil, err
		}
		return near, nil
	}
}

// Invite returns an invitation for the region from this node.
func (n *Node) Invite(region survey.Region) identity.Invite {
	n.of.t.Helper()
	ctx, cancel := command()
	defer cancel()
	invite, err := n.Governance().Invite(ctx, Request(), region, survey.RoleVoter, 24*time.Hour)
	if err != nil {
		n.of.Fatalf("%s invites %s: %v", n.Region, region, err)
	}
	return invite
}

// TryJoin shows an invitation for this node's region and returns the error.
func (n *Node) TryJoin(invite identity.Invite) error {
	ctx, cancel := command()
	defer cancel()
	_, err := federation.Join(ctx,
		federation.Joining{Dir: n.Dir, Key: n.key, Region: n.Region, Address: string(n.Region) + ":7443",
			Invite: invite, Dial: n.of.Stranger(n.key.Public())})
	return err
}

// Join brings the region's node in by an invitation of the sponsor, and starts
// it.
func (f *Federation) Join(sponsor, region survey.Region) {
	f.t.Helper()
	invite := f.As(sponsor).Invite(region)

	// The sponsor listens for newcomers only once it has seen its own invitation.
	f.Await(5*time.Second, "the door being open", []survey.Region{sponsor}, func(*Node) bool {
		conn, err := f.Stranger(nil)(context.Background(), string(sponsor)+":7443")
		if err == nil {
			conn.Close()
		}
		return err == nil
	})

	if err := f.As(region).TryJoin(invite); err != nil {
		f.Fatalf("%s joins: %v", region, err)
	}
	f.Start(region)
}

// Rejoin lets a stopped node forget its copy of the registry and starts it
// again.
func (f *Federation) Rejoin(region survey.Region) {
	f.t.Helper()
	if err := federation.Rejoin(f.As(region).Dir); err != nil {
		f.Fatalf("rejoin %s: %v", region, err)
	}
	f.Start(region)
}

// Propose proposes something about a region; the test fails if it is refused.
func (n *Node) Propose(what survey.NewProposal) survey.Outcome {
	n.of.t.Helper()
	ctx, cancel := command()
	defer cancel()
	if what.Reason == "" {
		what.Reason = survey.ReasonAgreed
	}
	outcome, err := n.Governance().Propose(ctx, Request(), what, "")
	if err != nil {
		n.of.Fatalf("%s proposes %+v: %v", n.Region, what, err)
	}
	return outcome
}

// TryEndorse endorses a proposal and returns the error.
func (n *Node) TryEndorse(number uint64) error {
	ctx, cancel := command()
	defer cancel()
	_, err := n.Governance().Endorse(ctx, Request(), number, "")
	return err
}

// Stage returns how far the region has come, as this node sees it.
func (n *Node) Stage(region survey.Region) string {
	for _, r := range n.FederationStatus().Regions {
		if r.Region == region {
			return r.Stage
		}
	}
	return ""
}

// Key returns the node's key.
func (n *Node) Key() *identity.Key { return n.key }

// SetKey makes the node's next start use another key.
func (n *Node) SetKey(key *identity.Key) { n.key = key }
