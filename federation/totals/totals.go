// Package totals answers national figures at every node. Each region signs a
// summary of its own figures; summaries are passed from node to node until
// every node holds the newest of each region, and merged when somebody asks.
// A region that is missing is named, never counted as 0. See DESIGN.md.
package totals

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Records are the region's own answers: [store.Store]. Cells are its
// aggregates, Counted what each company adds to them by its answer, oldest
// first, CountedSince what changed of all that companies add to them, Cursor the
// registry number that they follow. Measures are cells of the region's own work.
// GivenOn are the companies whose answers of a cycle other regions have.
// Watch returns a channel that is closed at the next change of any of them.
type Records interface {
	Cells(cycle survey.Cycle) (cells []survey.Cell, answersIn int64, err error)
	Counted(cycle survey.Cycle) ([]store.CountedAnswer, error)
	CountedSince(cycle survey.Cycle, mark store.Mark) (store.CountedChanges, error)
	Measures(cycle survey.Cycle) ([]survey.Cell, error)
	GivenOn(cycle survey.Cycle) (map[survey.Identifier]bool, error)
	Cursor() uint64
	Watch() <-chan struct{}
}

// Facts are this node's replica of the registry. Reading them never waits for
// another node. Revisions are those of a campaign's figures, the first first;
// SignedSummary is what was settled of one region in one of them, as
// [Totals.FinalSummary] made it.
type Facts interface {
	Campaign(cycle survey.Cycle) (survey.Campaign, error)
	Campaigns() []survey.Campaign
	ClaimOf(cycle survey.Cycle, id survey.Identifier) (survey.Claim, error)
	Claims(filter survey.ClaimFilter, after string, limit int) (page []survey.Claim, next string)
	Supporters(cycle survey.Cycle, id survey.Identifier) []survey.Region
	Counts(cycle survey.Cycle) (survey.CampaignCounts, error)
	Members() []survey.Member
	Revisions(cycle survey.Cycle) ([]survey.Revision, error)
	SignedSummary(cycle survey.Cycle, revision int, region survey.Region) ([]byte, error)
	Index() uint64
	Watch() <-chan struct{}
}

// Options of Open. Announce, TakenOver, Alive, Stricter and Logger may be nil.
type Options struct {
	Region     survey.Region
	Federation identity.FederationID
	Key        *identity.Key
	Records    Records
	Facts      Facts
	Archive    Archive
	// Call asks another region's node. It returns when ctx ends.
	Call func(ctx context.Context, to survey.Region, path string, request []byte) ([]byte, error)
	// Announce is told when this region's heads changed. It must not block.
	Announce func()
	// TakenOver returns what companies said in a cycle to other regions, as far as
	// it was handed over to this one; nil: nothing ever is.
	TakenOver func(cycle survey.Cycle) ([]TakenOver, error)
	// Alive returns the other regions that are believed reachable, in any
	// order; nil means all of the roster.
	Alive func() []survey.Region
	// Stricter is applied on top of every campaign's policy: the stricter
	// number of the two counts, so that a node is never laxer.
	Stricter *disclosure.Policy
	// Editions are the definitions that this node knows; nil: the software's.
	Editions *survey.Editions
	Weakness Weakness // of tests alone
	Logger   *slog.Logger
}

// Totals is this node's part in the exchange of summaries. All methods may be
// called at the same time.
type Totals struct {
	options Options
	log     *slog.Logger

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	writing chan struct{} // holds a token while nobody writes to the archive
	asking  chan struct{} // bounds refreshes on behalf of callers
	wake    chan struct{} // a summary is wanted

	desks map[survey.Cycle]*desk // who writes has them
	quiet quiet                  // likewise

	mu        sync.Mutex
	ledger    *ledger
	heard     contactWith
	wants     map[slot]*want
	fetching  int
	outrun    map[survey.Cycle]Head // our own summaries that others hold and we forgot
	recalled  map[survey.Cycle]bool // the others were asked what they hold of our own
	conflicts map[conflict]bool
	problems  map[string]Problem
	answers   map[question]answer
	editions  map[editionKey]*edition // certified ones
}

// conflict is one proof that a region signed two summaries of one version.
type conflict struct {
	slot slot
	hash [8]byte // of either of the two
}

const (
	maxConflicts = 256
	maxProblems  = 64
	maxAsking    = 4 // refreshes at once on behalf of callers
)

// Open loads what the archive holds and starts publishing and exchanging. It
// waits for no other node.
func Open(o Options) (*Totals, error) {
	if o.Region == "" || o.Key == nil || o.Records == nil || o.Facts == nil || o.Archive == nil || o.Call == nil {
		return nil, fmt.Errorf("open totals: %w: region, key, records, facts, archive and call are needed", survey.ErrInvalid)
	}
	if o.Stricter != nil {
		if err := o.Stricter.Check(); err != nil {
			return nil, fmt.Errorf("open totals: %w", err)
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t := &Totals{
		options: o, log: o.Logger, ctx: ctx, cancel: cancel,
		writing: make(chan struct{}, 1), asking: make(chan struct{}, maxAsking), wake: make(chan struct{}, 1),
		desks: make(map[survey.Cycle]*desk), ledger: newLedger(), heard: make(contactWith), wants: make(map[slot]*want),
		outrun: make(map[survey.Cycle]Head), recalled: make(map[survey.Cycle]bool), conflicts: make(map[conflict]bool), problems: make(map[string]Problem),
		answers: make(map[question]answer), editions: make(map[editionKey]*edition),
	}
	t.writing <- struct{}{}
	if err := t.load(); err != nil {
		cancel()
		return nil, fmt.Errorf("open totals: %w", err)
	}
	for _, loop := range []func(){t.publishChanges, t.fetchWanted, t.exchangeVectors} {
		t.running.Go(loop)
	}
	return t, nil
}

// Close stops and waits for what is under way. It leaves the archive open.
func (t *Totals) Close() error {
	t.cancel()
	t.running.Wait()
	return nil
}

// Problem is something about the exchange that a person should know.
type Problem struct {
	At     time.Time     `json:"at"`
	Region survey.Region `json:"region"`
	Cycle  survey.Cycle  `json:"cycle,omitempty"`
	Text   string        `json:"text"`
	Alarm  bool          `json:"alarm,omitempty"` // somebody broke the rules, or lost data
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
	t.mu.Lock()
	defer t.mu.Unlock()
	s := Status{Held: len(t.ledger.slots), Wanted: len(t.wants), Stopped: slices.Sorted(maps.Keys(t.outrun))}
	for _, name := range slices.Sorted(maps.Keys(t.problems)) {
		s.Problems = append(s.Problems, t.problems[name])
	}
	return s
}

// report keeps a problem in the status until settle, and logs it when it is
// new. kind tells problems of one region and cycle apart.
func (t *Totals) report(kind string, p Problem) {
	p.At = time.Now()
	name := problemName(kind, p.Region, p.Cycle)
	t.mu.Lock()
	before, known := t.problems[name]
	if known || len(t.problems) < maxProblems {
		if known && before.Text == p.Text {
			p.At = before.At
		}
		t.problems[name] = p
	}
	t.mu.Unlock()
	if !known || before.Text != p.Text {
		level := slog.LevelWarn
		if p.Alarm {
			level = slog.LevelError
		}
		t.log.Log(t.ctx, level, p.Text, "region", p.Region, "cycle", p.Cycle)
	}
}

func (t *Totals) settle(kind string, region survey.Region, cycle survey.Cycle) {
	t.mu.Lock()
	delete(t.problems, problemName(kind, region, cycle))
	t.mu.Unlock()
}

func problemName(kind string, region survey.Region, cycle survey.Cycle) string {
	return string(region) + "/" + string(cycle) + "/" + kind
}

// Heads returns the heads of this region's own summaries, the last changed
// first.
func (t *Totals) Heads() []Head {
	t.mu.Lock()
	defer t.mu.Unlock()
	var own []*held
	for s, h := range t.ledger.slots {
		if s.region == t.options.Region {
			own = append(own, h)
		}
	}
	slices.SortFunc(own, func(a, b *held) int {
		if a.summary.AsOf != b.summary.AsOf {
			return cmp.Compare(b.summary.AsOf, a.summary.AsOf)
		}
		return strings.Compare(string(b.summary.Cycle), string(a.summary.Cycle))
	})
	heads := make([]Head, len(own))
	for i, h := range own {
		heads[i] = h.head()
	}
	return heads
}

// lock takes the right to write to the archive. It is a channel, not a mutex:
// the holder does I/O.
func (t *Totals) lock(ctx context.Context) error {
	select {
	case <-t.writing:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *Totals) unlock() { t.writing <- struct{}{} }

// member returns the region's entry in the roster, unless it was removed.
func (t *Totals) member(region survey.Region) (survey.Member, bool) {
	for _, m := range t.options.Facts.Members() {
		if m.Region == region && m.State != survey.MemberRemoved {
			return m, true
		}
	}
	return survey.Member{}, false
}

// reporting returns the regions whose figures make the nation, in the roster's
// order. Observers have none.
func reporting(members []survey.Member) []survey.Region {
	var out []survey.Region
	for _, m := range members {
		if m.State != survey.MemberRemoved && m.Role != survey.RoleObserver {
			out = append(out, m.Region)
		}
	}
	return out
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
