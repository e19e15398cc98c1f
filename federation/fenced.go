package federation

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/store/notifier"
	"github.com/ahsn-network/tracker/store/survey"
)

// A node is fenced, and stands aside, when its copy of the registry must not take part: it was
// replaced by a later generation of this region's node, or is gone and the others have not let the
// node in again yet. The node then shows the copy that it has, which grows older, and votes for
// nothing.

// Bounds of standing aside.
const (
	// askedAtStart bounds how long a start waits for the others to say whether this copy was
	// replaced.
	askedAtStart = 2 * time.Second
	// smallFederation is the largest number of members of which one other is enough to say that a
	// copy was replaced. In larger federations it takes two, so that no single region can silence
	// another.
	smallFederation = 3
	// never is longer than any node runs: a node that stands aside does not stand for election.
	never = 100_000 * time.Hour
)

// oldRegistryDir keeps a wiped copy of the registry for reading until the node is let in again.
const oldRegistryDir = "raft.old"

// Why a node stands aside.
const (
	fencedReplaced = "this directory's copy of the registry was replaced by a later generation of this region's node " +
		"(after a recovery without it, or because a copy of it entered): this node does not take part, " +
		"and its picture of the registry grows older. Stop it and run \"tracker rejoin\"; its records stay as they are"
	fencedEntering = "this node has no copy of the registry to take part with, and asks the others to let it in: " +
		"that takes a majority of them. It shows an old copy of the registry or none; its records are all here"
)

// replaced asks every other node whether its roster has a later generation of
// this region than this directory's.
func (f *Federation) replaced(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, askedAtStart)
	defer cancel()
	others := f.roster.others(f.options.Region)
	words := make(chan bool, len(others))
	for _, m := range others {
		f.owned.Go(func() {
			generation, ok := f.others.generation(ctx, m.Region)
			words <- ok && generation > f.peers.now().Generation
		})
	}

	needed, said := 2, 0
	if len(others) < smallFederation {
		needed = 1
	}

	for range others {
		if <-words {
			said++
		}
	}
	return said >= needed
}

// yield leaves the registry's raft for good: the others have replaced this copy. The copy can still
// be read.
func (f *Federation) yield() {
	f.fence.set(fencedReplaced)
	f.log.Error("this node does not take part any more", "why", fencedReplaced)
	if err := f.peers.change(func(p *Peers) { p.Replaced = true }); err != nil {
		f.log.Error("the next start will not know that this copy was replaced", "error", err)
	}

	if err := f.registry.Close(); err != nil {
		f.log.Error("leave the registry", "error", err)
	}
}

// fence keeps a node from taking part in the registry.
type fence struct{ why atomic.Pointer[string] }

func (f *fence) set(why string) { f.why.Store(&why) }

// reason returns why this node does not take part, "" if it does.
func (f *fence) reason() string {
	if why := f.why.Load(); why != nil {
		return *why
	}
	return ""
}

// Anew is closed when the node must be closed and opened again to take part: it
// was let in, or its copy of the registry must be made anew.
func (f *Federation) Anew() <-chan struct{} { return f.anew }

// entering asks to be let in until it is, or ctx ends.
func (f *Federation) entering(ctx context.Context) {
	if f.fence.reason() != fencedEntering {
		return
	}

	// Without a majority this fails again and again: that is no fault of this node.
	for notifier.Pause(ctx, jitter(enterPause)) {
		generation, err := f.reenter(ctx)
		if err == nil {
			err = f.peers.change(func(p *Peers) { p.Generation, p.Rejoin = generation, false })
		}
		if err == nil {
			f.log.Info("this node was let in", "generation", generation)
			close(f.anew)
			return
		}
		f.log.Debug("this node was not let in yet", "error", err)
	}
}

// watchEpoch asks the others when one of them is in a later epoch.
func (f *Federation) watchEpoch(ctx context.Context) {
	if f.fence.reason() != "" {
		return
	}
	if _, epoch := f.duplicates.known(f.options.Region, time.Now()); epoch > f.registry.Epoch() && f.replaced(ctx) {
		f.yield()
	}
}

// openFenced opens the registry for reading alone, on the files that are left.
func (f *Federation) openFenced() error {
	o := f.registryOptions(withoutRegistry{f.network, newClosedListener()})
	o.Timing = registry.Timing{Heartbeat: never, Election: never}
	o.Founding, o.Bootstrap = nil, false
	var err error

	// A wiped copy can be shown until the node is let in.
	if f.fence.reason() == fencedEntering {
		o.Dir = filepath.Join(f.options.Dir, oldRegistryDir)
		if f.registry, err = registry.Open(o); err == nil {
			return nil
		}
		f.log.Warn("the old copy of the registry cannot be read", "error", err)
		if err := os.RemoveAll(o.Dir); err != nil {
			return fmt.Errorf("stand aside: %w", err)
		}
	}

	f.registry, err = registry.Open(o)
	return err
}

var errFenced = errors.New("this node stands aside")

// withoutRegistry is a network without the registry's protocol.
type withoutRegistry struct {
	link.Network
	listener *closedListener
}

func (m withoutRegistry) Dial(ctx context.Context, to survey.Region, protocol string) (net.Conn, error) {
	if protocol == registry.Protocol {
		return nil, errFenced
	}
	return m.Network.Dial(ctx, to, protocol)
}

func (m withoutRegistry) Listen(protocol string) net.Listener {
	if protocol == registry.Protocol {
		return m.listener
	}
	return m.Network.Listen(protocol)
}

// closedListener is a listener to which nobody comes.
type closedListener struct {
	once sync.Once
	done chan struct{}
}

func newClosedListener() *closedListener { return &closedListener{done: make(chan struct{})} }

// Accept waits for Close.
func (c *closedListener) Accept() (net.Conn, error) {
	<-c.done
	return nil, net.ErrClosed
}

// Close ends Accept.
func (c *closedListener) Close() error {
	c.once.Do(func() { close(c.done) })
	return nil
}

// Addr is nowhere.
func (c *closedListener) Addr() net.Addr { return &net.TCPAddr{} }

// whenOpen refuses the calls that come before the federation is open.
func (f *Federation) whenOpen(handler func() link.Handler) link.Handler {
	return func(ctx context.Context, peer survey.Region, request []byte) ([]byte, error) {
		select {
		case <-f.opened:
			return handler()(ctx, peer, request)
		default:
			return nil, &link.CallError{Code: codeStarting, Message: "this node is starting"}
		}
	}
}

// codeStarting refuses a call that came too early. It had no effect.
const codeStarting = "starting"
