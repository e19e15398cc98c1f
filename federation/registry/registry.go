package registry

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/raftlog"
	"github.com/ahsn-network/tracker/store/survey"
)

// Founding is what a federation begins with. Every founding node has the same
// one, so that whichever leads first can found.
type Founding struct {
	Federation identity.FederationID
	Policy     string
	Members    []survey.Member // active, generation 1
}

// Options opens a registry. Zero fields other than those marked optional are
// refused.
type Options struct {
	Dir        string // of the log and the snapshots, nothing else
	Region     survey.Region
	Generation uint64 // of this node in the roster; optional, 1
	Key        *identity.Key
	Federation identity.FederationID
	Founding   *Founding // optional: on the founding nodes
	Bootstrap  bool      // optional: on exactly one founding node, which writes the first configuration
	Network    Network

	// Call asks a peer over the node port. Definite reports that a failed Call
	// cannot have had an effect: nothing was sent, or the peer's handler itself
	// refused. Without Definite every failure leaves the outcome unknown.
	Call     func(ctx context.Context, to survey.Region, path string, request []byte) ([]byte, error)
	Definite func(error) bool

	Reachable func() int // optional: members believed alive, this one included; 0 if unknown
	Timing    Timing     // optional
	Logger    *slog.Logger
}

// Registry is this node's replica of the registry and its way to change it. All
// methods may be called at the same time.
type Registry struct {
	options   Options
	timing    Timing
	logger    *slog.Logger
	machine   *machine
	log       *raftlog.Log
	transport *transport
	raft      *raft.Raft
	gather    *coalescer
	barriers  *barriers
	search    *searchIndex

	leads        chan bool // raft blocks on it
	observer     *raft.Observer
	observations chan raft.Observation
	leaders      *tide // rises when the leader changes
	silent       silence
	told         atomic.Uint64 // raft index last injected by tellCommitted

	life    context.Context // ends with Close
	end     context.CancelFunc
	running sync.WaitGroup // until life ends
	closing sync.WaitGroup // until raft has shut down
	closed  sync.Once
	failed  error
}

// Open starts this node's replica on the files in Options.Dir, which it makes
// if they are not there, and applies what is known to be committed. It does not
// wait for a leader. It returns an error wrapping survey.ErrInvalid for options
// that cannot be, or what the log store found damaged.
func Open(options Options) (*Registry, error) {
	if err := options.check(); err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	r := &Registry{options: options, timing: options.Timing.orDefault(), logger: options.Logger, search: newSearchIndex(),
		leads: make(chan bool, 16), observations: make(chan raft.Observation, 64), leaders: newTide()}
	r.life, r.end = context.WithCancel(context.Background())
	r.machine = newMachine(r.logger)
	if err := r.startRaft(); err != nil {
		r.end()
		return nil, fmt.Errorf("open registry: %w", err)
	}
	r.gather = &coalescer{raft: r.raft, likely: r.majorityLikely, queue: make(chan ticket, maxQueuedRows),
		flying: make(chan struct{}, maxEntriesFlying), life: r.life, patience: r.timing.Hold,
		start: func(f func()) { r.closing.Go(f) }}
	r.barriers = &barriers{raft: r.raft, machine: r.machine, ask: make(chan chan<- barrier, maxWaitingReads),
		timeout: r.timing.Hold, life: r.life}
	r.running.Go(r.gather.run)
	r.running.Go(r.barriers.run)
	r.running.Go(r.observe)
	r.running.Go(r.lead)
	r.running.Go(r.stopWhenStuck)
	return r, nil
}

// check refuses impossible options and fills in the optional ones.
func (o *Options) check() error {
	switch {
	case o.Dir == "":
		return fmt.Errorf("%w: no directory", survey.ErrInvalid)
	case !validRegion(o.Region):
		return fmt.Errorf("%w: region %q", survey.ErrInvalid, o.Region)
	case o.Key == nil:
		return fmt.Errorf("%w: no key", survey.ErrInvalid)
	case o.Network == nil || o.Call == nil:
		return fmt.Errorf("%w: no network", survey.ErrInvalid)
	case o.Bootstrap && o.Founding == nil:
		return fmt.Errorf("%w: to bootstrap takes a founding document", survey.ErrInvalid)
	}
	if o.Founding != nil {
		if err := o.checkFounding(); err != nil {
			return err
		}
	}
	if o.Generation == 0 {
		o.Generation = 1
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

func (o *Options) checkFounding() error {
	f := o.Founding
	if f.Federation != o.Federation {
		return fmt.Errorf("%w: the founding document is of another federation", survey.ErrInvalid)
	}
	if problem := foundingProblem(&foundPayload{Federation: f.Federation[:], Policy: f.Policy, Members: f.Members}); problem != "" {
		return fmt.Errorf("%w: founding document: %s", survey.ErrInvalid, problem)
	}
	here := slices.IndexFunc(f.Members, func(m survey.Member) bool { return m.Region == o.Region })
	if here < 0 || !slices.Equal(f.Members[here].Key, ed25519.PublicKey(o.Key.Public())) {
		return fmt.Errorf("%w: the founding document does not name %s with this node's key", survey.ErrInvalid, o.Region)
	}
	return nil
}

// Close hands leadership over if this node leads, stops taking part and waits
// for everything that the registry started. Writes that wait return
// survey.ErrUnknownOutcome or survey.ErrNoQuorum. It blocks for some seconds at
// most.
func (r *Registry) Close() error {
	r.closed.Do(func() {
		r.transferLeadership()
		r.end()
		stopped := r.raft.Shutdown()
		r.transport.Close()
		r.running.Wait()
		r.raft.DeregisterObserver(r.observer)
		r.failed = errors.Join(stopped.Error(), r.log.Close())
		r.transport.wait()
		r.closing.Wait()
	})
	return r.failed
}

// stopWhenStuck leaves raft when the state machine cannot go on. Other nodes see
// this one fall silent, which it is.
func (r *Registry) stopWhenStuck() {
	select {
	case <-r.machine.stopped:
		if err := r.raft.Shutdown().Error(); err != nil {
			r.logger.Error("stop raft", "error", err)
		}
	case <-r.life.Done():
	}
}
