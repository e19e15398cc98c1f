package totals

import (
	"cmp"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// news tells whoever waits for it, once. The zero value has nobody waiting.
type news struct{ waiting chan struct{} }

func (n *news) watch() <-chan struct{} {
	if n.waiting == nil {
		n.waiting = make(chan struct{})
	}
	return n.waiting
}

func (n *news) tell() {
	if n.waiting != nil {
		close(n.waiting)
		n.waiting = nil
	}
}

// Watch returns a channel that is closed when this node next holds another
// summary, of any region.
func (t *Totals) Watch() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ledger.news.watch()
}

// NewestSummaries returns what this node holds of each region and cycle, in the
// order of cycles, then regions.
func (t *Totals) NewestSummaries() []survey.SummaryHead {
	t.mu.Lock()
	out := make([]survey.SummaryHead, 0, len(t.ledger.slots))
	for s, h := range t.ledger.slots {
		out = append(out, survey.SummaryHead{Region: s.region, Cycle: s.cycle, Incarnation: h.summary.Incarnation, Sequence: h.summary.Sequence,
			AsOf: h.summary.asOf(), Final: h.summary.Status == SummaryFinal})
	}
	t.mu.Unlock()
	slices.SortFunc(out, func(a, b survey.SummaryHead) int {
		return cmp.Or(cmp.Compare(a.Cycle, b.Cycle), cmp.Compare(a.Region, b.Region))
	})
	return out
}
