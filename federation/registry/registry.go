package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry/search"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/notifier"
	"github.com/ahsn-network/tracker/store/raftlog"
	"github.com/ahsn-network/tracker/store/survey"
)

// Options opens a registry. Zero fields other than those marked optional are
// refused.
type Options struct {
	Dir        string // of the log and the snapshots, nothing else
	Region     survey.Region
	Generation uint64 // of this node in the roster; optional, 1
	Key        *identity.Key
	Federation identity.FederationID
	Founding   *state.Founding // optional: on the founding nodes; looked at while the registry is empty
	Bootstrap  bool            // optional: on the one founding node that writes the first configuration
	Network    Network

	// Call asks a peer over the node port. Definite reports that a failed Call
	// cannot have had an effect: nothing was sent, or the peer's handler itself
	// refused. Without Definite every failure leaves the outcome unknown.
	Call     func(ctx context.Context, to survey.Region, path string, request []byte) ([]byte, error)
	Definite func(error) bool

	Reachable func() int // optional: members believed alive, this one included; 0 if unknown
	Timing    Timing     // optional
	Faults    Faults     // of tests alone
	Logger    *slog.Logger
}

// Registry is this node's replica of the registry and its way to change it. All
// methods may be called at the same time.
type Registry struct {
	state.Reader
	*Writer
	*prover
	*rootChecker
	options   Options
	timing    Timing
	logger    *slog.Logger
	machine   *machine
	log       *raftlog.Log
	transport *transport
	raft      *raft.Raft
	commits   *groupCommitter
	batcher   *batcher
	barriers  *barriers
	search    *search.Index
	leaves    *leafWriter

	leads        chan bool // raft blocks on it
	observer     *raft.Observer
	observations chan raft.Observation
	leaders      notifier.Notifier // when the leader changes
	unresponsive unresponsive
	written      notifier.Notifier // when the log was written
	reconciler   *reconciler
	told         atomic.Uint64 // raft index last injected by tellCommitted

	remembered func([]state.Body) [][]byte // decidedHere; a test may replace it: faults.go
	confirm    func(context.Context) error // askLeader; a test may replace it: faults.go

	futures *inflight
	leave   func() error    // leaveRaft, once
	life    context.Context // ends with Close
	end     context.CancelFunc
	running sync.WaitGroup
	closed  sync.Once
	failed  error
}

// Open starts this node's replica on the files in Options.Dir, creates missing ones, and applies
// the entries known to be committed. It does not wait for a leader. It returns an error wrapping
// survey.ErrInvalid for impossible options, or the log store's error for damaged files.
func Open(options Options) (*Registry, error) {
	if err := options.check(); err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}

	r := &Registry{options: options, timing: options.Timing.orDefault(), logger: options.Logger,
		search: search.NewIndex(), futures: newInflight(), leads: make(chan bool, 16),
		observations: make(chan raft.Observation, 64)}
	r.reconciler = &reconciler{registry: r}
	r.leave = sync.OnceValue(r.leaveRaft)
	r.life, r.end = context.WithCancel(context.Background())

	r.machine = newMachine(r.logger)
	r.Reader = state.NewReader(r.machine.view)
	r.Writer = &Writer{options: &r.options, machine: r.machine, search: r.search, replicate: r.replicate,
		awaitFounding: r.awaitFounding}
	r.rootChecker = &rootChecker{options: &r.options, machine: r.machine, timeout: r.timing.RPC, life: r.life,
		logger: r.logger, hints: make(chan uint64, 1)}
	// Fields, so that faults can replace them.
	r.remembered, r.confirm = r.decidedHere, r.askLeader
	options.Faults.install(r)

	if err := r.startRaft(); err != nil {
		r.end()
		return nil, fmt.Errorf("open registry: %w", err)
	}

	r.commits = &groupCommitter{raft: r.raft, futures: r.futures, likely: r.majorityLikely,
		queue:    make(chan pendingRow, maxQueuedRows),
		inFlight: make(chan struct{}, maxEntriesInFlight), life: r.life, timeout: r.timing.Hold, running: &r.running}
	r.batcher = &batcher{registry: r}
	r.barriers = &barriers{raft: r.raft, futures: r.futures, machine: r.machine,
		ask: make(chan chan<- barrier, maxWaitingReads), timeout: r.timing.Hold, life: r.life}

	r.running.Go(r.commits.run)
	r.running.Go(r.barriers.run)
	r.running.Go(r.observe)
	r.running.Go(r.lead)
	r.running.Go(r.reconcile)
	r.running.Go(r.stopWhenStuck)
	r.running.Go(func() { r.keepIndex(r.life) })
	r.running.Go(r.compareRoots)
	return r, nil
}

// check refuses impossible options and fills in the optional ones.
func (o *Options) check() error {
	switch {
	case o.Dir == "":
		return fmt.Errorf("%w: no directory", survey.ErrInvalid)
	case !state.ValidRegion(o.Region):
		return fmt.Errorf("%w: region %q", survey.ErrInvalid, o.Region)
	case o.Key == nil:
		return fmt.Errorf("%w: no key", survey.ErrInvalid)
	case o.Network == nil || o.Call == nil:
		return fmt.Errorf("%w: no network", survey.ErrInvalid)
	case o.Bootstrap && o.Founding == nil:
		return fmt.Errorf("%w: to bootstrap takes a founding document", survey.ErrInvalid)
	}

	if o.Founding != nil && o.Founding.Federation != o.Federation {
		return fmt.Errorf("%w: the founding document is of another federation", survey.ErrInvalid)
	}
	if o.Generation == 0 {
		o.Generation = 1
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Close hands leadership over if this node leads, stops taking part and waits for everything that
// the registry started. Waiting writes return survey.ErrUnknownOutcome or survey.ErrNoQuorum. It
// blocks for some seconds at most.
func (r *Registry) Close() error {
	r.closed.Do(func() {
		// Needs a running raft, so that it comes first.
		r.transferLeadership()
		r.end()
		r.batcher.close()
		left := r.leave()
		r.running.Wait()
		r.raft.DeregisterObserver(r.observer)
		r.failed = errors.Join(left, r.leaves.close(), r.log.Close())
	})
	return r.failed
}

// leaveRaft stops raft after its last answer, then everything of its transport.
func (r *Registry) leaveRaft() error {
	r.futures.close()
	stopped := r.raft.Shutdown()
	r.transport.Close() // or raft would wait for peers that do not answer
	err := stopped.Error()
	r.transport.wait()
	return err
}

// Stopped is closed when this replica applies nothing more, because it differs from the others
// (Status.OutOfService) or met a command of a newer version.
func (r *Registry) Stopped() <-chan struct{} { return r.machine.stopped }

// stopWhenStuck leaves raft when the state machine cannot go on. Other nodes see
// that this one answers no more.
func (r *Registry) stopWhenStuck() {
	select {
	case <-r.machine.stopped:
		if err := r.leave(); err != nil {
			r.logger.Error("stop raft", "error", err)
		}
	case <-r.life.Done():
	}
}
