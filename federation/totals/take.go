package totals

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// take verifies a summary that came from another node and holds it if it is
// newer than what is held. It returns the summary's head, held or not.
func (t *Totals) take(ctx context.Context, s slot, signed Signed, from survey.Region) (Head, error) {
	member, ok := t.member(s.region)
	if !ok {
		return Head{}, fmt.Errorf("%w: %s is not in the roster", ErrBadSummary, s.region)
	}
	summary, err := Verify(signed, t.options.Federation, member, time.Now())
	if err == nil && summary.Cycle != s.cycle {
		err = fmt.Errorf("%w: of %s, asked for %s", ErrBadSummary, summary.Cycle, s.cycle)
	}
	if err != nil {
		t.report(problemRefused, Problem{Region: s.region, Cycle: s.cycle, Text: fmt.Sprintf("from %s: %v", from, err)})
		return Head{}, err
	}
	offered := hold(summary, signed)
	if err := t.lock(ctx); err != nil {
		return Head{}, err
	}
	defer t.unlock()
	t.mu.Lock()
	current := t.ledger.slots[s]
	t.mu.Unlock()
	v, _ := judge(current, offered)
	if v != verdictKnown && s.region == t.options.Region {
		t.forgot(offered, from)
		return offered.head(), nil
	}
	if v == verdictConflict {
		if err := t.accuse(current, offered); err != nil {
			return Head{}, err
		}
	}
	if v == verdictNewer {
		if err := t.put(offered, from); err != nil {
			return Head{}, err
		}
	}
	t.mu.Lock()
	t.ledger.merge(offered)
	t.mu.Unlock()
	t.settle(problemRefused, s.region, s.cycle)
	return offered.head(), nil
}

// forgot notes that this region signed a summary that this node does not know,
// or knows otherwise: its data is older than what it published. It stops
// publishing until its generation is raised, for the next number could have
// been signed too.
func (t *Totals) forgot(offered *held, from survey.Region) {
	head := offered.head()
	t.mu.Lock()
	if known, ok := t.outrun[head.Cycle]; !ok || head.compare(known) > 0 {
		t.outrun[head.Cycle] = head
	}
	t.ledger.merge(offered)
	t.mu.Unlock()
	t.report(problemOutrun, Problem{Region: t.options.Region, Cycle: head.Cycle, Alarm: true,
		Text: fmt.Sprintf("%s holds version %d.%d of this region's own figures, which this node does not know. "+
			"It publishes nothing for %s until it rejoined the federation under a raised generation", from, head.Incarnation, head.Sequence, head.Cycle)})
}

// accuse keeps both sides of a conflict as evidence and raises an alarm.
func (t *Totals) accuse(current, offered *held) error {
	if err := t.putEvidence(current, offered); err != nil {
		return err
	}
	t.alarm(current, offered)
	return nil
}

func (t *Totals) alarm(first, second *held) {
	s := first.slot()
	t.mu.Lock()
	if len(t.conflicts) < maxConflicts {
		t.conflicts[conflict{s, first.head().Hash}] = true
		t.conflicts[conflict{s, second.head().Hash}] = true
	}
	t.mu.Unlock()
	t.report(problemConflict, Problem{Region: s.region, Cycle: s.cycle, Alarm: true,
		Text: fmt.Sprintf("%s signed two different summaries with the number %d.%d; both are kept as evidence",
			s.region, first.summary.Incarnation, first.summary.Sequence)})
}
