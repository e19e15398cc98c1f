package totals

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

const (
	maxWants     = 2048
	maxFetches   = 4 // at once
	maxAttempts  = 30
	fetchTimeout = 5 * time.Second
	firstRetry   = time.Second
	lastRetry    = time.Minute
)

// want is a summary that exists somewhere and is not held here.
type want struct {
	head     Head
	source   survey.Region // who said so, if known; it holds it
	attempts int
	next     time.Time
	running  bool
}

// want notes that a summary is to be fetched, and reports whether there is
// something to do now. again says that its owner is back after a silence. The
// caller holds mu.
func (t *Totals) want(s slot, head Head, source survey.Region, again bool) bool {
	w, ok := t.wants[s]
	switch {
	case !ok && len(t.wants) >= maxWants:
		return false
	case !ok:
		t.wants[s] = &want{head: head, source: source}
		return true
	case head.compare(w.head) > 0:
		w.head, w.source, w.attempts, w.next = head, source, 0, time.Time{}
		return true
	case again:
		w.attempts, w.next = 0, time.Time{}
		return true
	}
	return false
}

// fetchWanted fetches what is wanted, a few at a time, each with its own
// pauses, so that a region that cannot be reached holds nobody up.
func (t *Totals) fetchWanted() {
	for {
		due, next := t.due(time.Now())
		for _, s := range due {
			t.running.Go(func() { t.fetch(s) })
		}
		timer := time.NewTimer(next)
		select {
		case <-t.ctx.Done():
			timer.Stop()
			return
		case <-t.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// due marks the wants whose time has come as running, as many as may run, and
// returns how long to wait for the next one.
func (t *Totals) due(now time.Time) (due []slot, next time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next = lastRetry
	for s, w := range t.wants {
		switch wait := w.next.Sub(now); {
		case w.running:
		case wait > 0:
			next = min(next, wait)
		case t.fetching < maxFetches:
			w.running = true
			t.fetching++
			due = append(due, s)
		}
	}
	return due, next
}

// fetch makes one attempt at one summary: at its owner first, then at whoever
// was said to hold it, then at the others.
func (t *Totals) fetch(s slot) {
	t.mu.Lock()
	w := *t.wants[s]
	needed := t.ledger.lacks(s, w.head)
	t.mu.Unlock()
	var err error
	if needed {
		var head Head
		ctx, cancel := context.WithTimeout(t.ctx, fetchTimeout)
		from := t.holder(s, w)
		head, err = t.pull(ctx, from, s)
		cancel()
		switch order := head.compare(w.head); {
		case err == nil && order < 0:
			err = fmt.Errorf("%s holds an older version", from)
		case err == nil && order == 0 && head.Hash != w.head.Hash: // signed twice: whoever has the other bytes is asked next
			err = fmt.Errorf("%s holds other bytes under the same number", from)
		}
		if err != nil {
			t.log.Debug("could not fetch a summary", "region", s.region, "cycle", s.cycle, "from", from, "error", err)
		}
	}
	t.mu.Lock()
	t.fetching--
	now := t.wants[s]
	now.running = false
	switch {
	case now.head != w.head: // a newer one appeared meanwhile
	case err == nil || now.attempts+1 >= maxAttempts:
		delete(t.wants, s)
	default:
		pause := min(firstRetry<<now.attempts, lastRetry)
		now.attempts++
		now.next = time.Now().Add(pause/2 + rand.N(pause))
	}
	t.mu.Unlock()
	signal(t.wake)
}

// holder picks whom to ask for the attempt.
func (t *Totals) holder(s slot, w want) survey.Region {
	var from []survey.Region
	if s.region != t.options.Region {
		from = append(from, s.region)
	}
	if w.source != "" && !slices.Contains(from, w.source) {
		from = append(from, w.source)
	}
	for _, other := range t.others() {
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
func (t *Totals) refresh(ctx context.Context, cycle survey.Cycle, regions []survey.Region) {
	select {
	case t.asking <- struct{}{}:
		defer func() { <-t.asking }()
	case <-ctx.Done():
		return
	}
	done := make(chan struct{}, len(regions))
	for _, region := range regions {
		go func() {
			defer func() { done <- struct{}{} }()
			if region == t.options.Region {
				if err := t.Publish(ctx); err != nil {
					t.log.Debug("could not publish before an answer", "error", err)
				}
				return
			}
			if _, err := t.pull(ctx, region, slot{region, cycle}); err != nil {
				t.log.Debug("no newest figures from a region", "region", region, "cycle", cycle, "error", err)
			}
		}()
	}
	for range regions {
		<-done
	}
}
