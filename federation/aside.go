package federation

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/store/survey"
)

// A node stands aside when its copy of the registry must not take part: it was
// replaced by a later generation of this region's node, or is gone and the
// others have not let the node in again yet. It then shows what it has, which
// grows older, and votes for nothing.

// Bounds of standing aside.
const (
	// askedAtStart bounds how long a start waits for the others' word on
	// whether this copy was replaced.
	askedAtStart = 2 * time.Second
	// smallFederation is up to how many members one other's word is enough;
	// in larger ones it takes two, so that no single region can silence
	// another.
	smallFederation = 3
	// never is longer than any node runs: who stands aside does not stand for
	// election.
	never = 100_000 * time.Hour
)

// asideDir keeps a wiped copy of the registry for reading until the node is let
// in again.
const asideDir = "raft.old"

// Why a node stands aside.
const (
	asideReplaced = "this directory's copy of the registry was replaced by a later generation of this region's node (after a recovery without it, or because a copy of it entered): " +
		"it does not take part, and what it shows of the registry grows older. Stop it and run \"tracker rejoin\"; its records stay as they are"
	asideEntering = "this node has no copy of the registry to take part with, and asks the others to let it in: that takes a majority of them. What it shows of the registry is old or nothing; its records are all here"
)

// replaced asks every other node whether its roster has a later generation of
// this region than this directory's.
func (f *Federation) replaced(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, askedAtStart)
	defer cancel()
	others := f.others()
	words := make(chan bool, len(others))
	for _, m := range others {
		f.owned.Go(func() {
			answer, err := f.askRoster(ctx, m.Region)
			own, ok := newRoster(answer.Members).Member(f.options.Region)
			words <- err == nil && ok && own.Generation > f.peersNow().Generation
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

// yield leaves the registry's raft for good: the others have replaced this
// copy. What it has can be read on.
func (f *Federation) yield() {
	f.standAside(asideReplaced)
	f.log.Error("this node does not take part any more", "why", asideReplaced)
	if err := f.savePeers(func(p *Peers) { p.Replaced = true }); err != nil {
		f.log.Error("that this copy was replaced is not written for the next start", "error", err)
	}
	if err := f.registry.Close(); err != nil {
		f.log.Error("leave the registry", "error", err)
	}
}

func (f *Federation) standAside(why string) { f.aside.Store(&why) }

// standingAside returns why this node does not take part, "" if it does.
func (f *Federation) standingAside() string {
	if why := f.aside.Load(); why != nil {
		return *why
	}
	return ""
}

// Anew is closed when the node must be closed and opened again to take part: it
// was let in, or its copy of the registry must be made anew.
func (f *Federation) Anew() <-chan struct{} { return f.anew }

// entering asks to be let in until it is, or ctx ends.
func (f *Federation) entering(ctx context.Context) {
	if f.standingAside() != asideEntering {
		return
	}
	for sleep(ctx, jitter(enterPause)) {
		generation, err := f.reenter(ctx)
		if err == nil {
			err = f.savePeers(func(p *Peers) { p.Generation, p.Rejoin = generation, false })
		}
		if err == nil {
			f.log.Info("this node was let in", "generation", generation)
			close(f.anew)
			return
		}
		f.log.Debug("this node was not let in yet", "error", err)
	}
}

// watchEpoch looks closer when another node is in a later epoch.
func (f *Federation) watchEpoch(ctx context.Context) {
	if f.standingAside() != "" {
		return
	}
	if _, epoch := f.twins.known(f.options.Region, time.Now()); epoch > f.registry.Epoch() && f.replaced(ctx) {
		f.yield()
	}
}

// openAside opens the registry for reading alone, on what is left of it.
func (f *Federation) openAside() error {
	o := f.registryOptions(mute{f.network, newSilence()})
	o.Timing = registry.Timing{Heartbeat: never, Election: never}
	o.Founding, o.Bootstrap = nil, false
	var err error
	if f.standingAside() == asideEntering {
		o.Dir = filepath.Join(f.options.Dir, asideDir)
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

var errAside = errors.New("this node stands aside")

// mute is a network without the registry's protocol.
type mute struct {
	link.Network
	silence *silence
}

func (m mute) Dial(ctx context.Context, to survey.Region, protocol string) (net.Conn, error) {
	if protocol == registry.Protocol {
		return nil, errAside
	}
	return m.Network.Dial(ctx, to, protocol)
}

func (m mute) Listen(protocol string) net.Listener {
	if protocol == registry.Protocol {
		return m.silence
	}
	return m.Network.Listen(protocol)
}

// silence is a listener to which nobody comes.
type silence struct {
	once sync.Once
	done chan struct{}
}

func newSilence() *silence { return &silence{done: make(chan struct{})} }

// Accept waits for Close.
func (s *silence) Accept() (net.Conn, error) {
	<-s.done
	return nil, net.ErrClosed
}

// Close ends Accept.
func (s *silence) Close() error {
	s.once.Do(func() { close(s.done) })
	return nil
}

// Addr is nowhere.
func (s *silence) Addr() net.Addr { return &net.TCPAddr{} }

// whenOpen answers calls that come before the rooms are open.
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
