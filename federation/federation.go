// Package federation opens and composes the parts that let one region's node
// take part in the federation: the node port, gossip, the replicated registry
// and the exchange of totals. It is the only writer of the registry, and audits
// each command. It also carries work between the region's own records and the
// registry: a decision of the registry changes the figures here, and an answer
// that is recorded here is reported there.
//
// Imports federation/gossip, federation/identity, federation/link, federation/registry,
// federation/registry/receipt, federation/registry/state, federation/totals, store,
// store/notifier, store/summaries, store/survey.
package federation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/federation/gossip"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

// Options say whose node this is and where its rooms keep their files.
type Options struct {
	// Dir holds the registry's files (raft/), the kept summaries
	// (summaries.db) and the peers file.
	Dir    string
	Region survey.Region
	Key    *identity.Key
	// Records are the region's own; Close leaves them open.
	Records *store.Store
	// Listener is the node port's. Close closes it.
	Listener net.Listener
	// Network replaces Listener where nodes don't talk over TLS:
	// federationtest has one in memory.
	Network link.Network
	// Advertise is the host:port under which the other nodes reach this one.
	// If the roster has another address, the others are told. Empty: the
	// roster's stays.
	Advertise string
	// Version is the software's, told to the other nodes.
	Version string
	Logger  *slog.Logger

	registryFaults registry.Faults // of tests alone, as is the next
	faults         totals.Faults
}

// Federation is one region's part in the federation. All methods may be
// called at the same time.
type Federation struct {
	options   Options
	log       *slog.Logger
	id        identity.FederationID
	policy    string
	peers     *peersFile
	founding  bool // the registry was not founded when the peers file was written
	roster    *roster
	network   link.Network
	records   *store.Store
	summaries *summaries.Summaries
	port      *link.Port
	calls     *link.Client
	others    otherNodes
	gossip    *gossip.Gossip
	registry  *registry.Registry
	totals    *totals.Totals
	server    *link.Server

	// These are made once the registry is open.
	door      door
	exchange  *exchange
	sponsored sponsored
	pump      *pump
	newcomers newcomers

	started    time.Time
	opened     chan struct{} // closed when all rooms are open
	announce   chan struct{} // wakes the announcer
	duplicates *duplicates
	levels     levels
	fence      fence           // keeps this node from taking part, once set
	anew       chan struct{}   // closed when it was let in
	failed     chan error      // why this node must stop
	life       context.Context // of the goroutines that Close ends
	cancel     context.CancelFunc
	owned      sync.WaitGroup
}

// Open starts the node's part in the federation that its peers file names and
// returns when all rooms are open; it does not wait for a leader or for peers.
// It returns ErrNotFounded if the directory belongs to no federation.
func Open(options Options) (*Federation, error) {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	peers, err := LoadPeers(options.Dir)
	if err != nil {
		return nil, err
	}
	f := &Federation{
		options: options,
		log:     options.Logger.With("component", "federation"),
		id:      peers.Federation,
		policy:  peers.Policy,
		peers:   newPeersFile(options.Dir, peers),
		roster:  newRoster(peers.Members),
		records: options.Records,
		started: time.Now(),
		opened:  make(chan struct{}),

		announce: make(chan struct{}, 1),
		founding: peers.Founder != "", duplicates: newDuplicates(),
		anew: make(chan struct{}), failed: make(chan error, 1),
	}
	f.life, f.cancel = context.WithCancel(context.Background())

	// A directory that was copied for another region or key must not be opened.
	self, ok := f.roster.Member(options.Region)
	if !ok || !self.Key.Equal(options.Key.Public()) {
		return nil, fmt.Errorf("open the federation: %s does not list region %s with this node's key (%s)",
			filepath.Join(options.Dir, PeersFile), options.Region, identity.NodeID(options.Key.Public()))
	}

	if err := f.open(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// open opens the rooms from the ground up. What it opened before an error is
// left for Close.
func (f *Federation) open() error {
	var err error
	if f.summaries, err = summaries.Open(filepath.Join(f.options.Dir, "summaries.db"), f.options.Logger); err != nil {
		return fmt.Errorf("open the kept summaries: %w", err)
	}

	network := f.options.Network
	if network == nil {
		f.port, err = link.Open(link.Options{
			Listener: f.options.Listener, Key: f.options.Key, Region: f.options.Region,
			Federation: f.id, Roster: f.roster, Logger: f.options.Logger,
		})
		if err != nil {
			return fmt.Errorf("open the node port: %w", err)
		}
		network = f.port
	}
	f.network = network
	f.calls = link.NewClient(network, f.options.Logger)
	f.others = otherNodes{f.options.Region, f.roster, f.calls}

	// Calls are answered from here on. Those that need a later part are refused until it is open.
	f.serve()
	if f.gossip, err = gossip.Open(gossip.Options{
		Region: f.options.Region, Federation: f.id, Network: network, Roster: f.roster,
		Meta: gossip.Meta{Version: f.options.Version}, OnHeard: f.heard, Logger: f.options.Logger,
	}); err != nil {
		return fmt.Errorf("open gossip: %w", err)
	}

	// The generation is decided before the registry opens, because an old copy must not vote.
	if err := f.enter(); err != nil {
		return err
	}
	if err := f.openRegistry(); err != nil {
		return err
	}
	f.compose()

	facts := facts{f.registry, f.options.Region, f.peers.now().Generation}
	if f.totals, err = totals.Open(totals.Options{
		Region: f.options.Region, Federation: f.id, Key: f.options.Key, Records: f.records,
		Registry: facts, Claims: facts, Revisions: facts,
		Archive: f.summaries, Releases: f.summaries, TakenOver: f.Takeovers().takenOver, Call: f.calls.Call,
		Announce: f.announceSoon, Alive: f.alive, Editions: f.records.Editions(),
		Faults: f.options.faults, Logger: f.options.Logger,
	}); err != nil {
		return err
	}

	f.exchange.totals = f.totals
	close(f.opened)
	f.run()
	return nil
}

func (f *Federation) registryOptions(network link.Network) registry.Options {
	o := registry.Options{
		Dir: f.registryDir(), Region: f.options.Region, Key: f.options.Key, Federation: f.id,
		Generation: f.peers.now().Generation, Network: network, Call: f.calls.Call, Definite: link.Definite,
		Reachable: f.reachable, Faults: f.options.registryFaults, Logger: newLogFilter(f.options.Logger, f.fail),
	}

	if f.founding {
		peers := f.peers.now()
		o.Founding = &state.Founding{Federation: f.id, Policy: f.policy, Members: peers.Members,
			SoloSteps: peers.SoloSteps}
		o.Bootstrap = peers.Founder == f.options.Region
	}
	return o
}

func (f *Federation) registryDir() string { return filepath.Join(f.options.Dir, registryDir) }

// serve answers the other nodes' calls from the very start. Calls that need a later part
// are refused until that is open.
func (f *Federation) serve() {
	handlers := map[string]link.Handler{PathExamine: f.examiner().serve}
	for path, handler := range map[string]func() link.Handler{
		registry.PathForward:   func() link.Handler { return f.registry.Forward },
		registry.PathReadIndex: func() link.Handler { return f.registry.ReadIndex },
		registry.PathDigest:    func() link.Handler { return f.registry.ServeDigest },
		registry.PathStanding:  func() link.Handler { return f.registry.Standing },
		PathHello:              func() link.Handler { return f.hello },
		PathRoster:             func() link.Handler { return f.serveRoster },
		PathHandover:           func() link.Handler { return f.sponsored.handOver },
		PathShare:              func() link.Handler { return f.Sharing().serveShare },
		PathCompany:            func() link.Handler { return f.Takeovers().serveCompany },
		totals.PathSummary:     func() link.Handler { return f.totals.ServeSummary },
		totals.PathVector:      func() link.Handler { return f.totals.ServeVector },
	} {
		handlers[path] = f.whenOpen(handler)
	}
	f.server = link.Serve(f.network, handlers, f.options.Logger)
}

// openRegistry opens the registry to take part in it, or to stand aside.
func (f *Federation) openRegistry() error {
	if f.fence.reason() != "" {
		return f.openFenced()
	}
	var err error
	f.registry, err = registry.Open(f.registryOptions(f.network))
	return err
}

// compose makes the parts that stand on the open registry. The totals come
// later: they read the answers that were taken over.
func (f *Federation) compose() {
	r, region := f.registry, f.options.Region
	lost := func(e store.AuditEntry, err error) {
		f.log.Error("the audit log lacks an entry",
			"actor", e.Actor, "action", e.Action, "object", e.Object, "outcome", e.Outcome, "error", err)
	}
	f.door = door{r, auditor{keep: f.records.AppendAudit, queue: f.records.QueueAudit, fail: lost}}

	f.pump = &pump{registry: r, records: f.records, log: f.log, catching: make(chan struct{}, 1)}
	f.exchange = &exchange{
		door: f.door, region: region, key: f.options.Key, records: f.records, roster: f.roster, calls: f.calls, log: f.log,
	}
	f.sponsored = sponsored{f.exchange, f.pump, f.duplicates.own}
	f.newcomers = newcomers{
		door: f.door, federation: f.id, policy: f.policy, network: f.network, log: f.log, logger: f.options.Logger,
	}
	f.levels.region, f.levels.registry, f.levels.log = region, r, f.log
}

// run starts the goroutines that Close ends.
func (f *Federation) run() {
	for _, loop := range []func(context.Context){
		f.pump.follow, f.pump.send, f.pump.tellSupport, f.followRoster, f.announcing, f.newcomers.welcoming,
		f.greeting, f.tellAddress, f.sponsored.takeOver, f.entering, f.levels.stating, f.Sharing().share,
		f.watchDisk, f.resync, lapser{f.options.Region, f.registry, f.log}.run,
	} {
		f.owned.Go(func() { loop(f.life) })
	}
}

// Campaigns and the other nouns are there for as long as the federation is open.
func (f *Federation) Campaigns() Campaigns { return Campaigns{f.registry, f.door} }

// Claims say which region surveys which company.
func (f *Federation) Claims() Claims { return Claims{f.registry, f.door} }

// Organisations are the companies that the nation knows.
func (f *Federation) Organisations() Organisations { return Organisations{f.registry, f.door} }

// Innovations are those that the nation knows.
func (f *Federation) Innovations() Innovations { return Innovations{f.registry, f.door} }

// Certification makes a year's figures final.
func (f *Federation) Certification() Certification {
	return Certification{f.registry, f.door, f.totals, f.records.Editions()}
}

// Governance is what the regions decide about each other.
func (f *Federation) Governance() Governance {
	return Governance{f.registry, f.door, f.id, f.options.Region, f.options.Key, f.options.Dir, f.roster, f.peers}
}

// Responses are this region's own answers.
func (f *Federation) Responses() Responses {
	return Responses{f.door, f.options.Region, f.records, f.pump.catchUpBriefly}
}

// Sharing gives copies of answers to the regions that companies named.
func (f *Federation) Sharing() Sharing { return Sharing{f.exchange} }

// Takeovers fetch what former holders know of companies.
func (f *Federation) Takeovers() Takeovers { return Takeovers{f.exchange, f.sponsored} }

// Replica is this node's copy of the registry, for reading alone.
func (f *Federation) Replica() Replica { return Replica{f.registry} }

// Totals returns the national totals, for as long as the federation is open.
func (f *Federation) Totals() *totals.Totals { return f.totals }

// Close leaves the federation in the reverse order of Open: the loops stop, no more calls are
// served, leadership is handed over, gossip says goodbye. It waits for all of it, at most some
// seconds, and leaves the records open.
func (f *Federation) Close() error {
	var errs []error
	f.cancel()
	f.owned.Wait()

	if f.totals != nil {
		errs = append(errs, f.totals.Close())
	}
	if f.registry != nil {
		errs = append(errs, f.registry.Close())
	}
	if f.server != nil {
		errs = append(errs, f.server.Close())
	}
	if f.gossip != nil {
		errs = append(errs, f.gossip.Close())
	}
	if f.calls != nil {
		f.calls.Close()
	}
	if f.port != nil {
		errs = append(errs, f.port.Close())
	}
	if f.summaries != nil {
		errs = append(errs, f.summaries.Close())
	}
	return errors.Join(errs...)
}
