package totals

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

const (
	maxWants     = 2048
	maxFetches   = 4 // at once
	maxRefreshes = 4 // at once on behalf of callers
	maxAttempts  = 30
	fetchTimeout = 5 * time.Second
	minRetry     = time.Second
	maxRetry     = time.Minute
)

// fetcher fetches the summaries that exist somewhere and are not held here.
type fetcher struct {
	life       context.Context
	running    *sync.WaitGroup
	roster     roster
	summaries  *heldSummaries
	pull       func(ctx context.Context, from survey.Region, s slot) (Head, error)
	publish    func(ctx context.Context) error
	log        *slog.Logger
	refreshing semaphore
	wake       chan struct{} // something is due

	mu       sync.Mutex
	wants    map[slot]*want
	fetching int
}

func newFetcher(life context.Context, running *sync.WaitGroup, roster roster, summaries *heldSummaries,
	log *slog.Logger) *fetcher {
	return &fetcher{life: life, running: running, roster: roster, summaries: summaries, log: log,
		refreshing: newSemaphore(maxRefreshes), wake: make(chan struct{}, 1), wants: make(map[slot]*want)}
}

// want is a summary to be fetched.
type want struct {
	head     Head
	source   survey.Region // the node that named it and so holds it, if known
	attempts int
	next     time.Time
	running  bool
}

func (f *fetcher) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.wants)
}

// want notes that a summary is to be fetched. back says that its owner was silent
// and is back: then the next attempt is due now.
func (f *fetcher) want(s slot, head Head, source survey.Region, back bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, ok := f.wants[s]

	switch {
	case !ok && len(f.wants) >= maxWants:
		return
	case !ok:
		f.wants[s] = &want{head: head, source: source}
	case head.compare(w.head) > 0:
		w.head, w.source, w.attempts, w.next = head, source, 0, time.Time{}
	// Its owner can be reached again, so that the pauses start anew.
	case back:
		w.attempts, w.next = 0, time.Time{}
	default:
		return
	}
	f.signal()
}

func (f *fetcher) signal() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// run fetches the wanted summaries, a few at a time, each with its own pauses, so
// that a region that cannot be reached delays no other. It returns when Close
// is called.
func (f *fetcher) run() {
	for {
		due, next := f.due(time.Now())
		for _, s := range due {
			f.running.Go(func() { f.fetch(s) })
		}

		timer := time.NewTimer(next)
		select {
		case <-f.life.Done():
			timer.Stop()
			return
		case <-f.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// due marks the wants whose time has come as running, as many as may run, and
// returns how long to wait for the next one.
func (f *fetcher) due(now time.Time) (due []slot, next time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next = maxRetry
	for s, w := range f.wants {
		switch wait := w.next.Sub(now); {
		case w.running:
		case wait > 0:
			next = min(next, wait)
		case f.fetching < maxFetches:
			w.running = true
			f.fetching++
			due = append(due, s)
		}
	}
	return due, next
}

// fetch makes one attempt at one summary: at its owner first, then at the node
// that named it, then at the others.
func (f *fetcher) fetch(s slot) {
	f.mu.Lock()
	w := *f.wants[s]
	f.mu.Unlock()
	var err error
	// It may have come by another way meanwhile.
	if f.summaries.lacks(s, w.head) {
		err = f.attempt(s, w)
	}

	f.mu.Lock()
	f.fetching--
	now := f.wants[s]
	now.running = false
	switch {
	case now.head != w.head: // a newer one appeared meanwhile
	case err == nil || now.attempts+1 >= maxAttempts:
		delete(f.wants, s)
	default:
		wait := min(minRetry<<now.attempts, maxRetry)
		now.attempts++
		now.next = time.Now().Add(wait/2 + rand.N(wait))
	}
	f.mu.Unlock()
	f.signal()
}

// attempt asks one node and returns nil if it held the wanted version.
func (f *fetcher) attempt(s slot, w want) error {
	ctx, cancel := context.WithTimeout(f.life, fetchTimeout)
	defer cancel()
	from := f.holder(s, w)
	head, err := f.pull(ctx, from, s)

	switch order := head.compare(w.head); {
	case err == nil && order < 0:
		err = fmt.Errorf("%s holds an older version", from)
	case err == nil && order == 0 && head.Hash != w.head.Hash:
		// The region signed twice. The next attempt asks a node with the other bytes.
		err = fmt.Errorf("%s holds other bytes under the same number", from)
	}
	if err != nil {
		f.log.Debug("could not fetch a summary", "region", s.region, "cycle", s.cycle, "from", from, "error", err)
	}
	return err
}

// holder picks the node to ask in this attempt.
func (f *fetcher) holder(s slot, w want) survey.Region {
	var from []survey.Region
	if s.region != f.roster.self {
		from = append(from, s.region)
	}
	if w.source != "" && !slices.Contains(from, w.source) {
		from = append(from, w.source)
	}
	for _, other := range f.roster.reachable() {
		if !slices.Contains(from, other) {
			from = append(from, other)
		}
	}

	if len(from) == 0 {
		return s.region
	}
	return from[w.attempts%len(from)]
}

// refresh asks the regions themselves for their newest summaries, all at once,
// and returns when they answered or ctx ended.
func (f *fetcher) refresh(ctx context.Context, cycle survey.Cycle, regions []survey.Region) {
	if f.refreshing.acquire(ctx) != nil {
		return
	}
	defer f.refreshing.release()
	// All at once, so that the slowest decides.
	var asked sync.WaitGroup
	for _, region := range regions {
		asked.Go(func() {
			if region == f.roster.self {
				if err := f.publish(ctx); err != nil {
					f.log.Debug("could not publish before an answer", "error", err)
				}
				return
			}
			if _, err := f.pull(ctx, region, slot{region, cycle}); err != nil {
				f.log.Debug("no newest figures from a region", "region", region, "cycle", cycle, "error", err)
			}
		})
	}
	asked.Wait()
}
