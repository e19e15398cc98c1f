package totals

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// Compare puts the national figures of the query's cycle beside those of an
// earlier one, with both response rates, the reported change of each and, where
// the regions could match companies, the change over those that answered in
// both cycles. Mode and Revision hold for both; Revision nil is the newest of
// each. Without a mode, or cached, a cycle that is certified is taken from the
// registry, whatever this node holds of it, and its source says so. It returns an
// error wrapping survey.RefusedNotComparable for cycles of different definitions, and the
// errors of National.
func (t *Totals) Compare(ctx context.Context, q survey.TotalsQuery, against survey.Cycle) (survey.Comparison, error) {
	if err := t.comparable(q.Cycle, against); err != nil {
		return survey.Comparison{}, fmt.Errorf("compare %s with %s: %w", q.Cycle, against, err)
	}
	q.By = ""
	now, in, err := t.side(ctx, q)
	if err != nil {
		return survey.Comparison{}, err
	}
	cycle := q.Cycle
	q.Cycle = against
	before, _, err := t.side(ctx, q)
	if err != nil {
		return survey.Comparison{}, err
	}
	out := survey.Comparison{Cycle: cycle, Against: against, Mode: now.Mode, Definitions: now.Definitions,
		ResponseRate: now.ResponseRate, ResponseRateBefore: before.ResponseRate, Responded: now.Responded, RespondedBefore: before.Responded,
		Eligible: now.Eligible, EligibleBefore: before.Eligible, Panel: []survey.Region{},
		Source: survey.SourceOf(now), SourceBefore: survey.SourceOf(before)}
	matched := cycle.Previous() == against
	if matched {
		companies := t.panelCompanies(cycle, in.afterHandover())
		out.Companies = &companies
	}
	for i, f := range now.Figures {
		c := survey.ComparedFigure{Metric: f.Metric, Unit: f.Unit, Now: f, Before: before.Figures[i]}
		c.Change, c.Qualifier, c.Reason = change(f, c.Before)
		c.PanelReason = "companies are matched with those of the cycle before only"
		if matched {
			c.Panel, c.PanelReason = in.panel(f.Metric)
		}
		out.Figures = append(out.Figures, c)
	}
	for i, h := range in.summaries {
		if matched && in.usable(h) == "" && h.matches {
			out.Panel = append(out.Panel, in.regions[i])
		}
	}
	return out, nil
}

// side is one cycle of a comparison, and what it was made from.
func (t *Totals) side(ctx context.Context, q survey.TotalsQuery) (survey.Totals, *input, error) {
	if newest := q.Mode == "" || q.Mode == survey.ModeCached; newest && q.AsOf.IsZero() {
		switch _, err := t.final(q.Cycle, nil); {
		case err == nil:
			q.Mode, q.Revision = survey.ModeCertified, nil
		case !errors.Is(err, survey.ErrNotFound):
			return survey.Totals{}, nil, err
		}
	}
	totals, err := t.National(ctx, q)
	if err != nil {
		return survey.Totals{}, nil, err
	}
	in, err := t.behind(q)
	return totals, in, err
}

// comparable refuses cycles whose figures are defined differently.
func (t *Totals) comparable(cycle, against survey.Cycle) error {
	now, err := t.options.Facts.Campaign(cycle)
	if err != nil {
		return err
	}
	before, err := t.options.Facts.Campaign(against)
	if err != nil {
		return err
	}
	if now.Definitions != before.Definitions {
		return survey.Refuse(survey.RefusedNotComparable, "the cycles cannot be compared: %s and %s define the figures differently", now.Definitions, before.Definitions)
	}
	return nil
}

// behind returns what the answer to the query was made from.
func (t *Totals) behind(q survey.TotalsQuery) (*input, error) {
	if q.Mode != survey.ModeCertified {
		return t.input(question{cycle: q.Cycle}, reporting(t.options.Facts.Members()))
	}
	r, err := t.final(q.Cycle, q.Revision)
	if err != nil {
		return nil, err
	}
	e, err := t.edition(q.Cycle, r.Revision)
	if err != nil {
		return nil, err
	}
	return e.input, nil
}

// change is the reported one. Of a figure that is not exact it is an estimate.
func change(now, before survey.Figure) (*int64, survey.Qualifier, string) {
	switch {
	case now.Absent() || before.Absent():
		return nil, "", "one of the two is not there"
	case now.Unit == survey.UnitBasisPoints:
		return nil, "", "a rate is compared in points, not as a share"
	}
	points, ok := growth(now.Value, before.Value)
	switch {
	case !ok:
		return nil, "", "there is nothing to compare with"
	case now.Qualifier == survey.QualifierExact && before.Qualifier == survey.QualifierExact:
		return &points, survey.QualifierExact, ""
	}
	return &points, survey.QualifierEstimated, "one of the two is not exact"
}

// growth is (now - before) / before in basis points, rounded half away from 0.
func growth(now, before int64) (int64, bool) {
	if before <= 0 {
		return 0, false
	}
	n := new(big.Int).Mul(new(big.Int).Sub(big.NewInt(now), big.NewInt(before)), big.NewInt(20_000))
	d := big.NewInt(before)
	n.Add(n, new(big.Int).Mul(d, big.NewInt(int64(n.Sign()))))
	n.Quo(n, new(big.Int).Mul(d, big.NewInt(2)))
	if !n.IsInt64() || n.Int64() == math.MinInt64 {
		return 0, false
	}
	return n.Int64(), true
}

// heldBack reports whether breakdowns and matched companies wait for the
// campaign's close.
func (in *input) heldBack() bool {
	policy, err := disclosure.ByName(in.campaign.Policy)
	return in.campaign.State == survey.CampaignOpen && err == nil && !policy.Immediate()
}

// panel adds up one metric over the companies that answered in both cycles, of
// the regions that give both of their figures.
func (in *input) panel(metric string) (*survey.PanelChange, string) {
	if m, known := in.definitions.Metric(metric); !known || m.Formula != nil || m.Question == "" {
		return nil, "not collected for matched companies"
	}
	var out survey.PanelChange
	for _, h := range in.summaries {
		if in.usable(h) != "" {
			continue
		}
		var both, before *survey.Cell
		taken := int64(0)
		for i, c := range h.summary.Cells {
			if c.Metric == metric && c.Dimension == survey.ByPanel && !c.Flag.Withheld() {
				switch c.Key {
				case survey.PanelBoth:
					both = &h.summary.Cells[i]
				case survey.PanelBefore:
					before = &h.summary.Cells[i]
				case survey.PanelTaken:
					taken = c.Contributors
				}
			}
		}
		if both == nil || before == nil {
			continue
		}
		now, ok := survey.AddChecked(out.Now, both.Value)
		was, fits := survey.AddChecked(out.Before, before.Value)
		if !ok || !fits {
			return nil, reasonOverflow
		}
		out.Now, out.Before = now, was
		out.Companies += min(both.Contributors, before.Contributors)
		out.AfterHandover += min(taken, before.Contributors)
		out.Regions++
	}
	switch {
	case out.Regions == 0 && in.heldBack():
		return nil, "the companies that answered in both years are matched at the close"
	case out.Regions == 0:
		return nil, "no region's matched companies may be shown"
	}
	if points, ok := growth(out.Now, out.Before); ok {
		out.Change = &points
	}
	return &out, ""
}
