package totals

import (
	"errors"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// asOf answers with the figures as they were published at a time: for every
// region the newest signed version whose figures are not later. It is made from
// those versions alone, so two nodes that keep the same give the same bytes;
// Coverage names the versions. A node keeps every version of its own region and
// the last of each day of the others: at the end of a day (UTC) all nodes that
// heard everything agree. The registry's counts of that time are not kept.
func (q *query) asOf(asked survey.TotalsQuery) (survey.Totals, error) {
	if asked.Mode != "" || asked.MaxAge != 0 || asked.Revision != nil {
		return survey.Totals{}, fmt.Errorf("totals of %s as of a time: %w: it goes with no mode, age or revision",
			asked.Cycle, survey.ErrInvalid)
	}
	out, err := q.mergedAsOf(asked)
	if err != nil {
		return survey.Totals{}, fmt.Errorf("totals of %s as of %s: %w", asked.Cycle, moment(asked.AsOf), err)
	}
	return required(out, asked.Require)
}

func (q *query) mergedAsOf(asked survey.TotalsQuery) (survey.Totals, error) {
	in, err := q.newInput(asked.Cycle, q.roster.reporting())
	if err != nil {
		return survey.Totals{}, err
	}
	in.by, in.all, in.asOf, in.counts.Cycle = asked.By, asked.All, asked.AsOf.UTC(), asked.Cycle

	for i, region := range in.regions {
		kept, err := q.archive.Before(region, asked.Cycle, asked.AsOf)
		// The region had published nothing, or this node kept nothing of that time.
		if errors.Is(err, survey.ErrNotFound) {
			continue
		}
		if err != nil {
			return survey.Totals{}, err
		}
		in.summaries[i] = q.archive.read(region, asked.Cycle, kept.Signed)
	}

	out, err := merge(in)
	if err != nil {
		return survey.Totals{}, err
	}
	out.Mode, out.AsOf, out.Coverage = survey.ModeAsOf, in.asOf, versions(in)
	return out, nil
}

// versions names the version of each region on which the answer rests.
func versions(in *input) survey.Coverage {
	c := survey.Coverage{Of: len(in.regions), Complete: true}
	for i, region := range in.regions {
		r := survey.RegionCoverage{Region: region, Status: survey.CoverageMissing,
			Reason: "no version of that time is kept here"}
		if h := in.summaries[i]; h != nil {
			h.describe(&r)
			// Definitions may have changed since.
			r.Reason = in.usable(h)
			if r.Reason == "" {
				r.Status, r.Reason = survey.CoverageCurrent, fmt.Sprintf("version %d.%d, signed for %s",
					r.Incarnation, r.Sequence, moment(r.AsOf))
				c.Included++
				c.Current++
			}
			c.Complete = c.Complete && !h.withholds
		}
		c.Complete = c.Complete && r.Status == survey.CoverageCurrent
		c.Regions = append(c.Regions, r)
	}
	return c
}
