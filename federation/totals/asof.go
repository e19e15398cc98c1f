package totals

import (
	"errors"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// asItWas answers with the figures as they were published at a time: of every
// region the newest signed version whose figures are not later. It is made from
// those versions alone, so two nodes that keep the same give the same bytes;
// Coverage says which. A node keeps every version of its own region and the
// last of each day of the others: at the end of a day (UTC) all nodes that heard
// everything agree. The registry's counts of then are not kept.
func (t *Totals) asItWas(q survey.TotalsQuery) (survey.Totals, error) {
	if q.Mode != "" || q.MaxAge != 0 || q.Revision != nil {
		return survey.Totals{}, fmt.Errorf("totals of %s as of a time: %w: it goes with no mode, age or revision", q.Cycle, survey.ErrInvalid)
	}
	out, err := t.then(q)
	if err != nil {
		return survey.Totals{}, fmt.Errorf("totals of %s as of %s: %w", q.Cycle, moment(q.AsOf), err)
	}
	if out.Coverage.Included < q.Require {
		return survey.Totals{}, &CoverageError{Required: q.Require, Totals: out}
	}
	return out, nil
}

func (t *Totals) then(q survey.TotalsQuery) (survey.Totals, error) {
	in := &input{by: q.By, all: q.All, asOf: q.AsOf.UTC(), regions: reporting(t.options.Facts.Members())}
	var err error
	if in.campaign, err = t.options.Facts.Campaign(q.Cycle); err != nil {
		return survey.Totals{}, err
	}
	if in.definitions, err = t.options.Editions.Definitions(in.campaign.Definitions); err != nil {
		return survey.Totals{}, err
	}
	if in.dictionary, err = dictionaryHash(in.definitions); err != nil {
		return survey.Totals{}, err
	}
	in.counts.Cycle = q.Cycle
	in.summaries = make([]*held, len(in.regions))
	for i, region := range in.regions {
		kept, err := t.options.Archive.Before(region, q.Cycle, q.AsOf)
		if errors.Is(err, survey.ErrNotFound) {
			continue
		}
		if err != nil {
			return survey.Totals{}, err
		}
		in.summaries[i] = t.read(region, q.Cycle, kept.Signed)
	}
	out, err := merge(in)
	if err != nil {
		return survey.Totals{}, err
	}
	out.Mode, out.AsOf, out.Coverage = survey.ModeAsOf, in.asOf, versions(in)
	return out, nil
}

// versions says which version of each region the answer rests on.
func versions(in *input) survey.Coverage {
	c := survey.Coverage{Of: len(in.regions), Complete: true}
	for i, region := range in.regions {
		r := survey.RegionCoverage{Region: region, Status: survey.CoverageMissing, Reason: "no version of that time is kept here"}
		if h := in.summaries[i]; h != nil {
			r.AsOf, r.AnswersIn, r.AnswersReleased = h.summary.asOf(), h.summary.AnswersIn, h.summary.AnswersReleased
			r.Incarnation, r.Sequence = h.summary.Incarnation, h.summary.Sequence
			r.Reason = in.usable(h)
			if r.Reason == "" {
				r.Status, r.Reason = survey.CoverageCurrent, fmt.Sprintf("version %d.%d, signed for %s", r.Incarnation, r.Sequence, moment(r.AsOf))
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
