package totals

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// refreshTimeout bounds how long an answer waits for the regions' newest
// summaries.
const refreshTimeout = 2 * time.Second

// CoverageError: fewer regions are in the totals than the query requires. It
// carries the totals of those that are in them.
type CoverageError struct {
	Required int
	Totals   survey.Totals
}

func (e *CoverageError) Error() string {
	c := e.Totals.Coverage
	return fmt.Sprintf("%d of %d regions are in the totals, %d are required", c.Included, c.Of, e.Required)
}

// query answers with figures of the nation and of this region.
type query struct {
	self      survey.Region
	records   Records
	registry  Registry
	claims    Claims
	editions  *survey.Editions
	roster    roster
	archive   summaryArchive
	summaries *heldSummaries
	contacts  *contacts
	tables    *tables
	refresh   func(ctx context.Context, cycle survey.Cycle, regions []survey.Region)

	mu    sync.Mutex
	cache map[queryKey]cachedTotals
}

// queryKey names one entry of the cache.
type queryKey struct {
	cycle     survey.Cycle
	by        survey.Dimension
	all       bool
	certified int // the revision and 1; 0: none
}

// cachedTotals are totals and their input. They hold until a summary or the
// registry changes, those of a certified revision for ever.
type cachedTotals struct {
	changes uint64 // of the summaries
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
// signed versions that this node keeps. Cached answers from memory and never
// waits. A MaxAge asks the regions that were confirmed longer ago; Live asks all;
// both wait two seconds at most and then answer with the figures held. Certified
// answers come from the registry alone and never change; it is the newest
// certified revision unless Revision names one.
//
// It returns an error wrapping survey.ErrNotFound for a cycle without a campaign
// and for a revision that is not certified; survey.ErrInvalid for an unknown mode
// or breakdown; survey.RefusedNoTable for a certified table that does not follow from the
// registry here; and a *CoverageError if Require is not met.
func (q *query) National(ctx context.Context, asked survey.TotalsQuery) (survey.Totals, error) {
	if by := asked.By; by != "" && by != survey.ByRegion &&
		(by == survey.ByPanel || !slices.Contains(survey.CellDimensions(), by)) {
		return survey.Totals{}, fmt.Errorf("totals by %.20q: %w: use region, sector, size, stage, support, programme or group",
			by, survey.ErrInvalid)
	}
	if _, err := q.registry.Campaign(asked.Cycle); err != nil {
		return survey.Totals{}, fmt.Errorf("totals of %s: %w", asked.Cycle, err)
	}
	if !asked.AsOf.IsZero() {
		return q.asOf(asked)
	}

	mode := asked.Mode
	switch mode {
	case "", survey.ModeCached:
		mode = survey.ModeCached
		if asked.MaxAge > 0 {
			q.refreshOlder(ctx, asked.Cycle, asked.MaxAge)
		}
	case survey.ModeLive:
		q.refreshOlder(ctx, asked.Cycle, 0)
	case survey.ModeCertified:
		return q.certified(asked)
	default:
		return survey.Totals{}, fmt.Errorf("totals in mode %.20q: %w: use cached, live or certified",
			asked.Mode, survey.ErrInvalid)
	}

	made, err := q.merged(queryKey{cycle: asked.Cycle, by: asked.By, all: asked.All})
	if err != nil {
		return survey.Totals{}, fmt.Errorf("totals of %s: %w", asked.Cycle, err)
	}
	out := made.totals
	out.Mode, out.RegistryIndex = mode, made.index
	out.Coverage = q.covered(made.input)
	return required(out, asked.Require)
}

// required refuses totals of fewer regions than required.
func required(totals survey.Totals, require int) (survey.Totals, error) {
	if totals.Coverage.Included < require {
		return survey.Totals{}, &CoverageError{Required: require, Totals: totals}
	}
	return totals, nil
}

// refreshOlder asks the regions that were confirmed longer ago than maxAge for
// their newest summaries, all regions if it is 0.
func (q *query) refreshOlder(ctx context.Context, cycle survey.Cycle, maxAge time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	regions := q.roster.reporting()
	if maxAge > 0 {
		regions = q.older(cycle, regions, maxAge)
	}
	if len(regions) > 0 {
		q.refresh(ctx, cycle, regions)
	}
}

// older returns the regions whose summaries were confirmed longer ago than maxAge.
func (q *query) older(cycle survey.Cycle, regions []survey.Region, maxAge time.Duration) (out []survey.Region) {
	now, held := time.Now(), q.summaries.of(cycle, regions)
	confirmed := q.summaries.confirmed(held)
	for i, region := range regions {
		fresh := region == q.self || now.Sub(confirmed[i]) <= maxAge
		if held[i] == nil || !fresh {
			out = append(out, region)
		}
	}
	return out
}

// merged merges the held summaries, unless they were merged already.
func (q *query) merged(key queryKey) (cachedTotals, error) {
	made := cachedTotals{index: q.registry.Index(), changes: q.summaries.version()}
	if cached, ok := q.cached(key); ok && cached.index == made.index && cached.changes == made.changes {
		return cached, nil
	}

	in, err := q.input(key, q.roster.reporting())
	if err != nil {
		return cachedTotals{}, err
	}
	made.input = in
	if made.totals, err = merge(in); err != nil {
		return cachedTotals{}, err
	}
	q.store(key, made)
	return made, nil
}

func (q *query) cached(key queryKey) (cachedTotals, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c, ok := q.cache[key]
	return c, ok
}

func (q *query) store(key queryKey, made cachedTotals) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.cache[key] = made
}

// input gathers the regions' held summaries and the registry's counts.
func (q *query) input(key queryKey, regions []survey.Region) (*input, error) {
	in, err := q.newInput(key.cycle, regions)
	if err != nil {
		return nil, err
	}
	in.by, in.all = key.by, key.all
	if in.counts, err = q.registry.Counts(key.cycle); err != nil {
		return nil, err
	}
	in.summaries = q.summaries.of(key.cycle, regions)
	return in, nil
}

// newInput returns an input of the cycle without figures.
func (q *query) newInput(cycle survey.Cycle, regions []survey.Region) (*input, error) {
	in := &input{regions: regions, summaries: make([]*held, len(regions))}
	var err error
	if in.campaign, err = q.registry.Campaign(cycle); err != nil {
		return nil, err
	}
	in.definitions, in.dictionary, err = definitionsOf(q.editions, in.campaign)
	return in, err
}

// covered returns the coverage with the times of confirmation. They are not part
// of the answer.
func (q *query) covered(in *input) survey.Coverage {
	return coverage(in, q.summaries.confirmed(in.summaries), q.contacts.of(in.regions), q.self, time.Now())
}
