package totals

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// ingest takes summaries in, from the archive and from other nodes.
type ingest struct {
	federation identity.FederationID
	roster     roster
	archive    summaryArchive
	writing    semaphore
	summaries  *heldSummaries
	evidence   *evidence
	discovery  *discovery
	problems   *problems
}

// load holds all that the archive keeps. The archive has its own checksums, and
// signatures were verified when the summaries came. A summary that cannot be read
// is left out. Both sides of a known conflict are merged again, so that a restart
// does not go back to the one that came first.
func (i *ingest) load() error {
	evidence, err := i.archive.Evidence()
	if err != nil {
		return fmt.Errorf("read the evidence: %w", err)
	}

	err = i.archive.All(func(region survey.Region, cycle survey.Cycle, data []byte, confirmed time.Time) {
		if h := i.archive.read(region, cycle, data); h != nil {
			h.confirmed = confirmed
			i.summaries.merge(h)
		}
	})
	if err != nil {
		return fmt.Errorf("read the kept summaries: %w", err)
	}

	for _, e := range evidence {
		first, second := i.archive.read(e.Region, e.Cycle, e.First), i.archive.read(e.Region, e.Cycle, e.Second)
		if first == nil || second == nil {
			continue
		}
		i.summaries.merge(first)
		i.summaries.merge(second)
		i.evidence.alarm(first, second)
	}
	return nil
}

// accept verifies a summary that came from another node and holds it if it is
// newer than the held one. It returns the summary's head, held or not. It waits
// for the right to write, at most until ctx ends.
func (i *ingest) accept(ctx context.Context, s slot, signed Signed, from survey.Region) (Head, error) {
	offered, err := i.verify(s, signed, from)
	if err != nil {
		return Head{}, err
	}

	if err := i.writing.acquire(ctx); err != nil {
		return Head{}, err
	}
	defer i.writing.release()
	current := i.summaries.get(s)
	v, _ := judge(current, offered)

	// This region signed it, and this node does not know it or knows it otherwise:
	// its data is older than its publications.
	if v != verdictKnown && s.region == i.roster.self {
		i.discovery.found(offered.head())
		i.summaries.merge(offered)
		i.reportOutdated(offered.head(), from)
		return offered.head(), nil
	}

	// The disk has it before anybody hears of it.
	switch v {
	case verdictConflict:
		err = i.evidence.keep(current, offered)
	case verdictNewer:
		err = i.archive.put(offered, from)
	}
	if err != nil {
		return Head{}, err
	}
	i.summaries.merge(offered)
	i.problems.resolve(problemRefused, s.region, s.cycle)
	return offered.head(), nil
}

// verify checks the summary against the roster. A refusal is in the status.
func (i *ingest) verify(s slot, signed Signed, from survey.Region) (*held, error) {
	member, ok := i.roster.member(s.region)
	if !ok {
		return nil, fmt.Errorf("%w: %s is not in the roster", ErrBadSummary, s.region)
	}
	summary, err := Verify(signed, i.federation, member, time.Now())
	if err == nil && summary.Cycle != s.cycle {
		err = fmt.Errorf("%w: of %s, asked for %s", ErrBadSummary, summary.Cycle, s.cycle)
	}
	if err != nil {
		i.problems.report(problemRefused, Problem{Region: s.region, Cycle: s.cycle,
			Text: fmt.Sprintf("from %s: %v", from, err)})
		return nil, err
	}
	return hold(summary, signed), nil
}

func (i *ingest) reportOutdated(head Head, from survey.Region) {
	i.problems.report(problemOutdated, Problem{Region: i.roster.self, Cycle: head.Cycle, Alarm: true,
		Text: fmt.Sprintf("%s holds version %d.%d of this region's own figures, which this node does not know. "+
			"It publishes nothing for %s until it rejoined the federation under a raised generation",
			from, head.Incarnation, head.Sequence, head.Cycle)})
}
