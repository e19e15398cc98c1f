// Package totals answers national figures at every node. Each region signs a
// summary of its own figures. The nodes pass summaries on until every node holds
// the newest of each region, and a node merges them when somebody asks. A region
// that is missing is named, never counted as 0. See DESIGN.md.
//
// Imports federation/disclosure, federation/identity, store, store/notifier, store/summaries,
// store/survey.
package totals

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/ahsn-network/tracker/store/survey"
)

// Totals is this node's part in the exchange of summaries. Its exported methods
// are those of its parts. All may be called at the same time.
type Totals struct {
	*heldSummaries
	*exchange
	*publisher
	*releaser
	*signoff
	*tables
	*query

	fetcher   *fetcher
	discovery *discovery
	problems  *problems

	stop    context.CancelFunc
	running *sync.WaitGroup
}

// Open loads the summaries in the archive and starts publishing and exchanging.
// It waits for no other node.
func Open(o Options) (*Totals, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("open totals: %w", err)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}

	life, stop := context.WithCancel(context.Background())
	t := assemble(o, life, stop)
	if err := t.ingest.load(); err != nil {
		stop()
		return nil, fmt.Errorf("open totals: %w", err)
	}

	for _, loop := range []func(){t.publisher.run, t.fetcher.run, t.exchange.run} {
		t.running.Go(loop)
	}
	return t, nil
}

// assemble makes the parts and gives each of them the others that it needs.
func assemble(o Options, life context.Context, stop context.CancelFunc) *Totals {
	var (
		roster    = roster{self: o.Region, registry: o.Registry, alive: o.Alive}
		problems  = newProblems(o.Logger)
		archive   = summaryArchive{Archive: o.Archive, self: o.Region, federation: o.Federation, problems: problems}
		summaries = newSummaries(o.Region, o.Archive)
		contacts  = newContacts()
		evidence  = newEvidence(archive, problems)
		running   = &sync.WaitGroup{}
		writing   = newSemaphore(1)
	)
	discovery := newDiscovery(roster, summaries, o.Logger)
	ingest := &ingest{federation: o.Federation, roster: roster, archive: archive, writing: writing,
		summaries: summaries, evidence: evidence, discovery: discovery, problems: problems}
	fetcher := newFetcher(life, running, roster, summaries, o.Logger)
	exchange := &exchange{life: life, roster: roster, faults: o.Faults, key: o.Key, call: o.Call, log: o.Logger,
		summaries: summaries, contacts: contacts, evidence: evidence, ingest: ingest, fetcher: fetcher}
	releaser := &releaser{self: o.Region, records: o.Records, registry: o.Registry, claims: o.Claims,
		editions: o.Editions, archive: o.Releases, handedOver: o.TakenOver, stricter: o.Stricter,
		writing: writing, open: map[survey.Cycle]*openRelease{}}
	publisher := &publisher{life: life, options: o, roster: roster, archive: archive, writing: writing,
		summaries: summaries, discovery: discovery, releaser: releaser, problems: problems}
	tables := &tables{options: o, problems: problems, certified: map[revisionKey]*derivation{}}

	fetcher.pull, fetcher.publish = exchange.pull, publisher.Publish
	exchange.publish = publisher.Publish
	discovery.compare = exchange.with

	return &Totals{
		heldSummaries: summaries, exchange: exchange, publisher: publisher, releaser: releaser, tables: tables,
		signoff: &signoff{publisher: publisher, tables: tables, summaries: summaries, evidence: evidence},
		query: &query{self: o.Region, records: o.Records, registry: o.Registry, claims: o.Claims, editions: o.Editions,
			roster: roster, archive: archive, summaries: summaries, contacts: contacts, tables: tables,
			refresh: fetcher.refresh, cache: map[queryKey]cachedTotals{}},
		fetcher: fetcher, discovery: discovery, problems: problems, stop: stop, running: running,
	}
}

// Close stops the loops and waits for them and their fetches. It leaves the archive open.
func (t *Totals) Close() error {
	t.stop()
	t.running.Wait()
	return nil
}

// Status is what the exchange is doing. Stopped names the cycles for which
// this node does not publish because others hold newer summaries of its own.
type Status struct {
	Held     int            `json:"held"`   // summaries, of all regions and cycles
	Wanted   int            `json:"wanted"` // known to exist, not yet fetched
	Stopped  []survey.Cycle `json:"stopped,omitempty"`
	Problems []Problem      `json:"problems,omitempty"` // by region and cycle
}

// Status returns what the exchange is doing now.
func (t *Totals) Status() Status {
	return Status{Held: t.heldSummaries.count(), Wanted: t.fetcher.count(), Stopped: t.discovery.stoppedCycles(),
		Problems: t.problems.list()}
}

// semaphore lets a bounded number of callers in at once. It is a channel, not a
// mutex, because its holders do I/O and those who wait have a context.
type semaphore chan struct{}

func newSemaphore(n int) semaphore { return make(semaphore, n) }

// acquire waits for a place, at most until ctx ends.
func (s semaphore) acquire(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s semaphore) release() { <-s }
