package link

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// Roster knows the members. Its methods are called during handshakes, from many goroutines, and
// must not block.
type Roster interface {
	// MemberByKey returns the member that has the key now.
	MemberByKey(ed25519.PublicKey) (survey.Member, bool)
	// Member returns the region's entry.
	Member(survey.Region) (survey.Member, bool)
}

// Options are all required but for Logger.
type Options struct {
	Listener   net.Listener // plain TCP; Close closes it
	Key        *identity.Key
	Region     survey.Region // this node's
	Federation identity.FederationID
	Roster     Roster
	Logger     *slog.Logger
}

func (o *Options) check() error {
	switch {
	case o.Listener == nil:
		return errors.New("no listener")
	case o.Key == nil:
		return errors.New("no key")
	case o.Region == "":
		return errors.New("no region")
	case o.Federation.IsZero():
		return errors.New("no federation id")
	case o.Roster == nil:
		return errors.New("no roster")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Port is the node port: a Network over TLS 1.3 in which both sides prove the
// key that the roster has for their region. It is safe for concurrent use.
type Port struct {
	opts        Options
	certificate tls.Certificate
	refusals    *refusals
	pending     chan struct{} // holds one element for each handshake under way
	life        context.Context
	end         context.CancelFunc
	running     sync.WaitGroup

	mu         sync.Mutex // held briefly, never during I/O
	listeners  map[string]*listener
	conns      map[*conn]struct{}
	perPeer    map[peerProtocol]int // accepted connections
	disabled   map[string]bool      // protocols
	joins      *joins
	turnedAway map[survey.Region]bool
	accepted   uint64
	dialed     uint64
	closed     bool
}

type peerProtocol struct {
	key      string
	protocol string
}

var _ Network = (*Port)(nil)

// Open starts to accept connections. Until a protocol has a listener, its
// connections are refused.
func Open(opts Options) (*Port, error) {
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("open node port: %w", err)
	}
	certificate, err := selfSigned(opts.Key)
	if err != nil {
		return nil, fmt.Errorf("open node port: %w", err)
	}

	p := &Port{
		opts:        opts,
		certificate: certificate,
		refusals:    newRefusals(opts.Logger),
		pending:     make(chan struct{}, maxPending),
		listeners:   make(map[string]*listener),
		conns:       make(map[*conn]struct{}),
		perPeer:     make(map[peerProtocol]int),
		disabled:    make(map[string]bool),
		joins:       newJoins(),
		turnedAway:  make(map[survey.Region]bool),
	}

	p.life, p.end = context.WithCancel(context.Background())
	p.running.Go(p.accept)
	return p, nil
}

// Addr returns the address that the port listens on.
func (p *Port) Addr() net.Addr { return p.opts.Listener.Addr() }

// Listen returns the listener for one protocol; see Network. If the protocol
// has one already, its Accept returns ErrListening; after Close, net.ErrClosed.
func (p *Port) Listen(protocol string) net.Listener {
	l := newListener(p, protocol)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		l.shut(net.ErrClosed)
	case p.listeners[protocol] != nil:
		l.shut(fmt.Errorf("listen for %s: %w", protocol, ErrListening))
	default:
		p.listeners[protocol] = l
	}
	return l
}

// protocols returns those that have a listener now.
func (p *Port) protocols() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]string, 0, len(p.listeners))
	for protocol := range p.listeners {
		out = append(out, protocol)
	}
	return out
}

// Drop closes the key's connections at once, in both directions. The roster
// must have forgotten the key before, so that it does not come back.
func (p *Port) Drop(key ed25519.PublicKey) {
	for _, c := range p.connsOf(func(c *conn) bool { return c.key == string(key) }) {
		c.abort()
	}
}

// Disable closes the protocol's connections and makes no more, in both directions,
// until Enable: for this protocol the node is gone for the others.
func (p *Port) Disable(protocol string) {
	p.mu.Lock()
	p.disabled[protocol] = true
	p.mu.Unlock()

	// The protocol's connections that exist already.
	for _, c := range p.connsOf(func(c *conn) bool { return c.protocol == protocol }) {
		c.abort()
	}
}

// Enable undoes Hush.
func (p *Port) Enable(protocol string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.disabled, protocol)
}

func (p *Port) connsOf(which func(*conn) bool) []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*conn
	for c := range p.conns {
		if which(c) {
			out = append(out, c)
		}
	}
	return out
}

// Close refuses new connections, closes all there are, and returns when every
// goroutine of the port has ended. A second Close does nothing.
func (p *Port) Close() error {
	p.mu.Lock()
	already := p.closed
	p.closed = true
	listeners := p.listeners
	p.listeners = make(map[string]*listener)
	p.mu.Unlock()
	if already {
		p.running.Wait()
		return nil
	}

	p.end()
	err := p.opts.Listener.Close()
	for _, l := range listeners {
		l.shut(net.ErrClosed)
	}

	for _, c := range p.connsOf(func(*conn) bool { return true }) {
		c.abort()
	}
	p.running.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close node port: %w", err)
	}
	return nil
}

// Stats are counts since Open, but for Open itself.
type Stats struct {
	Accepted uint64            // connections accepted
	Dialed   uint64            // connections made
	Open     int               // connections now, in both directions
	Pending  int               // handshakes now
	Refused  map[Reason]uint64 // incoming connections refused
}

// Stats returns the port's counts.
func (p *Port) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{Accepted: p.accepted, Dialed: p.dialed, Open: len(p.conns), Pending: len(p.pending),
		Refused: p.refusals.counts()}
}

// accept hands every incoming connection to a handshake of its own.
func (p *Port) accept() {
	wait := 5 * time.Millisecond
	for {
		raw, err := p.opts.Listener.Accept()
		if err != nil {
			if p.life.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			p.opts.Logger.Error("node port cannot accept", "error", err, "retry_in", wait)
			select {
			case <-time.After(wait):
				wait = min(2*wait, acceptRetry)
				continue
			case <-p.life.Done():
				return
			}
		}

		wait = 5 * time.Millisecond
		// Handshakes run apart, so that a slow one delays no other.
		select {
		case p.pending <- struct{}{}:
			p.running.Go(func() {
				defer func() { <-p.pending }()
				p.welcome(raw)
			})
		default:
			raw.Close()
			p.refusals.note(raw.RemoteAddr(), &refusal{ReasonBusy, errors.New("too many handshakes under way")})
		}
	}
}
