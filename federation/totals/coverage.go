package totals

import (
	"sync"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// currentFor bounds how long a region counts as current after it confirmed that the figures held
// here are its newest.
const currentFor = 30 * time.Second

// contactWith has the time when each region was last heard, by this node's clock.
type contactWith map[survey.Region]time.Time

// contacts notes when the regions were heard.
type contacts struct {
	mu    sync.Mutex
	heard contactWith
}

func newContacts() *contacts { return &contacts{heard: make(contactWith)} }

// note keeps the later of the times and returns the one before.
func (c *contacts) note(region survey.Region, at time.Time) (before time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before = c.heard[region]
	if at.After(before) {
		c.heard[region] = at
	}
	return before
}

func (c *contacts) of(regions []survey.Region) contactWith {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(contactWith, len(regions))
	for _, region := range regions {
		out[region] = c.heard[region]
	}
	return out
}

// describe fills in the version and the answers of the summary.
func (h *held) describe(r *survey.RegionCoverage) {
	r.AsOf, r.AnswersIn, r.AnswersReleased = h.summary.asOf(), h.summary.AnswersIn, h.summary.AnswersReleased
	r.Incarnation, r.Sequence = h.summary.Incarnation, h.summary.Sequence
}

// coverage lists the regions and how fresh their figures are, in the roster's order. self is this
// node's region: it knows its own newest figures. confirmed holds the times that belong to the
// input's summaries.
func coverage(in *input, confirmed []time.Time, heard contactWith, self survey.Region, now time.Time) survey.Coverage {
	c := survey.Coverage{Of: len(in.regions), Complete: true,
		Regions: make([]survey.RegionCoverage, 0, len(in.regions))}
	for i, region := range in.regions {
		r := survey.RegionCoverage{Region: region, Status: survey.CoverageMissing}
		h := in.summaries[i]
		if h != nil {
			h.describe(&r)
			r.ConfirmedAt = confirmed[i]
			// This node knows its own newest figures.
			if region == self {
				r.ConfirmedAt = now
			}
		}

		switch why := in.usable(h); {
		case h == nil:
			r.Reason = missingReason(region == self, heard[region])
		case why != "":
			r.Reason = why
		case now.Sub(r.ConfirmedAt) <= currentFor:
			r.Status = survey.CoverageCurrent
			c.Current++
			c.Included++
		default:
			r.Status, r.Reason = survey.CoverageStale, staleReason(r.ConfirmedAt, heard[region])
			c.Included++
		}

		if r.Status == survey.CoverageMissing || h.withholds {
			c.Complete = false
		}
		c.Regions = append(c.Regions, r)
	}
	return c
}

func missingReason(self bool, heard time.Time) string {
	switch {
	case self:
		return "this node has not published its figures for this cycle"
	case heard.IsZero():
		return "never heard from for this cycle"
	}
	return "never heard from for this cycle; the node was last heard " + moment(heard)
}

func staleReason(confirmed, heard time.Time) string {
	last := confirmed
	if heard.After(last) {
		last = heard
	}
	switch {
	case last.IsZero():
		return "not heard from since this node started"
	case heard.After(confirmed.Add(currentFor)):
		return "its figures have not been confirmed since " + moment(confirmed) +
			"; the node was last heard " + moment(heard)
	}
	return "not heard from since " + moment(last)
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "this node started"
	}
	return t.UTC().Format("2 January 2006 15:04:05 MST")
}
