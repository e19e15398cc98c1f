package totals

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// fanOutTimeout bounds how long an answer waits for the regions' newest
// summaries.
const fanOutTimeout = 2 * time.Second

// CoverageError: fewer regions are in the totals than the query requires. It
// carries the totals there are.
type CoverageError struct {
	Required int
	Totals   survey.Totals
}

func (e *CoverageError) Error() string {
	c := e.Totals.Coverage
	return fmt.Sprintf("%d of %d regions are in the totals, %d are required", c.Included, c.Of, e.Required)
}

// question and answer are one entry of the cache. An answer holds until a
// summary or the registry changes.
type question struct {
	cycle   survey.Cycle
	by      survey.Dimension
	all     bool
	edition int // 1 and more: the certified revisions
}

type answer struct {
	changes uint64 // of the ledger
	index   uint64 // of the registry
	input   *input
	totals  survey.Totals
}

// National merges the newest verified summary of each region for the cycle:
// figures in the order of the metric definitions, rows in declared order,
// regions as in the roster. Money is pence, posts are FTE hundredths, rates
// are basis points. A region never heard from adds nothing and is named in
// Coverage. The slices are shared with other callers: read only.
//
// AsOf answers with the figures as they were published at that time, from the
// signed versions that this node keeps: see asItWas. Cached answers from memory and never waits. A MaxAge asks the regions that
// were confirmed longer ago; Live asks all; both wait two seconds at most and
// then answer with what there is. Certified answers come from the registry
// alone and never change; it is the newest certified revision unless Revision
// names one. It returns an error wrapping survey.ErrNotFound for a cycle
// without a campaign and for a revision that is not certified;
// survey.ErrInvalid for an unknown mode or breakdown; survey.RefusedNoTable for a certified
// table that does not follow from the registry here; and a *CoverageError if
// Require is not met.
func (t *Totals) National(ctx context.Context, q survey.TotalsQuery) (survey.Totals, error) {
	if q.By != "" && q.By != survey.ByRegion && (q.By == survey.ByPanel || !slices.Contains(survey.CellDimensions(), q.By)) {
		return survey.Totals{}, fmt.Errorf("totals by %.20q: %w: use region, sector, size, stage, support, programme or group", q.By, survey.ErrInvalid)
	}
	if _, err := t.options.Facts.Campaign(q.Cycle); err != nil {
		return survey.Totals{}, fmt.Errorf("totals of %s: %w", q.Cycle, err)
	}
	if !q.AsOf.IsZero() {
		return t.asItWas(q)
	}
	mode := q.Mode
	switch mode {
	case "", survey.ModeCached:
		mode = survey.ModeCached
		if q.MaxAge > 0 {
			t.ask(ctx, q.Cycle, q.MaxAge)
		}
	case survey.ModeLive:
		t.ask(ctx, q.Cycle, 0)
	case survey.ModeCertified:
		return t.certified(q)
	default:
		return survey.Totals{}, fmt.Errorf("totals in mode %.20q: %w: use cached, live or certified", q.Mode, survey.ErrInvalid)
	}
	a, err := t.answer(question{cycle: q.Cycle, by: q.By, all: q.All})
	if err != nil {
		return survey.Totals{}, fmt.Errorf("totals of %s: %w", q.Cycle, err)
	}
	out := a.totals
	out.Mode, out.RegistryIndex = mode, a.index
	out.Coverage = t.covered(a.input)
	if out.Coverage.Included < q.Require {
		return survey.Totals{}, &CoverageError{Required: q.Require, Totals: out}
	}
	return out, nil
}

// ask refreshes the regions that were confirmed longer ago than maxAge.
func (t *Totals) ask(ctx context.Context, cycle survey.Cycle, maxAge time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, fanOutTimeout)
	defer cancel()
	now := time.Now()
	regions := reporting(t.options.Facts.Members())
	t.mu.Lock()
	regions = slices.DeleteFunc(regions, func(region survey.Region) bool {
		h := t.ledger.slots[slot{region, cycle}]
		return maxAge > 0 && h != nil && (region == t.options.Region || now.Sub(h.confirmed) <= maxAge)
	})
	t.mu.Unlock()
	if len(regions) > 0 {
		t.refresh(ctx, cycle, regions)
	}
}

// answer merges what is held, unless it was merged already.
func (t *Totals) answer(q question) (answer, error) {
	index := t.options.Facts.Index()
	t.mu.Lock()
	cached, ok := t.answers[q]
	fresh := ok && cached.index == index && cached.changes == t.ledger.changes
	t.mu.Unlock()
	if fresh {
		return cached, nil
	}
	t.mu.Lock()
	made := answer{changes: t.ledger.changes, index: index}
	t.mu.Unlock()
	in, err := t.input(q, reporting(t.options.Facts.Members()))
	if err != nil {
		return answer{}, err
	}
	made.input = in
	if made.totals, err = merge(in); err != nil {
		return answer{}, err
	}
	t.mu.Lock()
	t.answers[q] = made
	t.mu.Unlock()
	return made, nil
}

// input gathers what the regions' figures are made from.
func (t *Totals) input(q question, regions []survey.Region) (*input, error) {
	in := &input{by: q.by, all: q.all, regions: regions}
	var err error
	if in.campaign, err = t.options.Facts.Campaign(q.cycle); err != nil {
		return nil, err
	}
	if in.counts, err = t.options.Facts.Counts(q.cycle); err != nil {
		return nil, err
	}
	if in.definitions, err = t.options.Editions.Definitions(in.campaign.Definitions); err != nil {
		return nil, err
	}
	if in.dictionary, err = dictionaryHash(in.definitions); err != nil {
		return nil, err
	}
	t.mu.Lock()
	in.summaries = t.ledger.of(q.cycle, regions)
	t.mu.Unlock()
	return in, nil
}

// covered reads the times of confirmation, which are not part of the answer.
func (t *Totals) covered(in *input) survey.Coverage {
	confirmed := make([]time.Time, len(in.regions))
	heard := make(contactWith, len(in.regions))
	t.mu.Lock()
	for i, region := range in.regions {
		if h := in.summaries[i]; h != nil {
			confirmed[i] = h.confirmed
		}
		heard[region] = t.heard[region]
	}
	t.mu.Unlock()
	return coverage(in, confirmed, heard, t.options.Region, time.Now())
}
