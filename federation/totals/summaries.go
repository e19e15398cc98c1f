package totals

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/store/notifier"
	"github.com/ahsn-network/tracker/store/survey"
)

// heldSummaries are the newest summaries that this node holds of every region for
// every cycle: one register for each, that only grows. Merging gives the same in
// any order and however often a summary comes.
type heldSummaries struct {
	self    survey.Region
	archive Archive

	mu      sync.Mutex
	slots   map[slot]*held
	changes uint64 // counts replaced summaries, for those who cache what they read
	changed notifier.Notifier
}

func newSummaries(self survey.Region, archive Archive) *heldSummaries {
	return &heldSummaries{self: self, archive: archive, slots: make(map[slot]*held)}
}

// merge holds the summary if it is newer, or if it is the smaller of two
// that conflict.
func (s *heldSummaries) merge(offered *held) verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, smaller := judge(s.slots[offered.slot()], offered)
	if v == verdictNewer || smaller {
		s.slots[offered.slot()] = offered
		s.changes++
		s.changed.Notify()
	}
	return v
}

// get returns the held summary, nil if there is none.
func (s *heldSummaries) get(at slot) *held {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.slots[at]
}

// of returns the regions' summaries for the cycle, nil where none is held.
func (s *heldSummaries) of(cycle survey.Cycle, regions []survey.Region) []*held {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*held, len(regions))
	for i, region := range regions {
		out[i] = s.slots[slot{region, cycle}]
	}
	return out
}

// lacks reports whether the version is not held: it is newer, or has other bytes
// than the held version.
func (s *heldSummaries) lacks(at slot, head Head) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	current := s.slots[at]
	if current == nil {
		return true
	}
	order := head.compare(current.head())
	return order > 0 || order == 0 && head.Hash != current.head().Hash
}

// confirm notes that the owner said at that time that the head is its newest.
func (s *heldSummaries) confirm(at slot, head Head, when time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.slots[at]
	if h != nil && h.head() == head && when.After(h.confirmed) {
		h.confirmed = when
		s.archive.Confirm(at.region, at.cycle, when)
	}
}

// confirmed returns when each of the summaries was confirmed, zero for none.
func (s *heldSummaries) confirmed(of []*held) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]time.Time, len(of))
	for i, h := range of {
		if h != nil {
			out[i] = h.confirmed
		}
	}
	return out
}

// version counts the changes of all that is held.
func (s *heldSummaries) version() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changes
}

func (s *heldSummaries) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.slots)
}

// vector lists all that is held, the newest cycles first, at most maxVector.
func (s *heldSummaries) vector() vector {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := vector{Entries: make([]vectorEntry, 0, len(s.slots))}
	for at, h := range s.slots {
		v.Entries = append(v.Entries, vectorEntry{at.region, h.head()})
	}

	slices.SortFunc(v.Entries, func(a, b vectorEntry) int {
		return cmp.Or(-strings.Compare(string(a.Head.Cycle), string(b.Head.Cycle)),
			strings.Compare(string(a.Region), string(b.Region)))
	})
	v.Entries = v.Entries[:min(len(v.Entries), maxVector)]
	return v
}

// Heads returns the heads of this region's own summaries, the last changed
// first.
func (s *heldSummaries) Heads() []Head {
	s.mu.Lock()
	defer s.mu.Unlock()
	var own []*held
	for at, h := range s.slots {
		if at.region == s.self {
			own = append(own, h)
		}
	}

	slices.SortFunc(own, func(a, b *held) int {
		return cmp.Or(cmp.Compare(b.summary.AsOf, a.summary.AsOf), cmp.Compare(b.summary.Cycle, a.summary.Cycle))
	})
	heads := make([]Head, len(own))
	for i, h := range own {
		heads[i] = h.head()
	}
	return heads
}

// Held returns one region's newest summary for one cycle that this node holds:
// decoded, and as it was signed. It returns an error wrapping
// survey.ErrNotFound if there is none.
func (s *heldSummaries) Held(region survey.Region, cycle survey.Cycle) (Summary, Signed, error) {
	h := s.get(slot{region, cycle})
	if h == nil {
		return Summary{}, Signed{}, fmt.Errorf("summary of %s for %s: %w", region, cycle, survey.ErrNotFound)
	}
	return h.summary, h.signed, nil
}

// Watch returns a channel that is closed when this node next holds another
// summary, of any region.
func (s *heldSummaries) Watch() <-chan struct{} { return s.changed.Changed() }

// NewestSummaries returns the head of every held summary, in the order of
// cycles, then regions.
func (s *heldSummaries) NewestSummaries() []survey.SummaryHead {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]survey.SummaryHead, 0, len(s.slots))
	for at, h := range s.slots {
		out = append(out, survey.SummaryHead{Region: at.region, Cycle: at.cycle,
			Incarnation: h.summary.Incarnation, Sequence: h.summary.Sequence,
			AsOf: h.summary.asOf(), Final: h.summary.Status == SummaryFinal})
	}

	slices.SortFunc(out, func(a, b survey.SummaryHead) int {
		return cmp.Or(cmp.Compare(a.Cycle, b.Cycle), cmp.Compare(a.Region, b.Region))
	})
	return out
}
