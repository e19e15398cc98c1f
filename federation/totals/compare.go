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

// Compare puts the national figures of the query's cycle beside those of an earlier one, with both
// response rates, the reported change of each figure and, where the regions could match companies,
// the change over those that answered in both cycles. Mode and Revision hold for both; Revision nil
// is the newest of each. Without a mode, or cached, a certified cycle is taken from the registry,
// even if this node holds newer summaries of it, and its source says so. It returns an error
// wrapping survey.RefusedNotComparable for cycles of different definitions, and the errors of National.
func (q *query) Compare(ctx context.Context, asked survey.TotalsQuery, against survey.Cycle,
) (survey.Comparison, error) {
	if err := q.comparable(asked.Cycle, against); err != nil {
		return survey.Comparison{}, fmt.Errorf("compare %s with %s: %w", asked.Cycle, against, err)
	}

	asked.By = ""
	cycle := asked.Cycle
	now, in, err := q.side(ctx, asked)
	if err != nil {
		return survey.Comparison{}, err
	}
	asked.Cycle = against
	before, _, err := q.side(ctx, asked)
	if err != nil {
		return survey.Comparison{}, err
	}

	out := survey.Comparison{Cycle: cycle, Against: against, Mode: now.Mode, Definitions: now.Definitions,
		ResponseRate: now.ResponseRate, ResponseRateBefore: before.ResponseRate,
		Responded: now.Responded, RespondedBefore: before.Responded,
		Eligible: now.Eligible, EligibleBefore: before.Eligible, Panel: []survey.Region{},
		Source: survey.SourceOf(now), SourceBefore: survey.SourceOf(before)}

	matched := cycle.Previous() == against // the regions match companies with the cycle before only
	if matched {
		companies := q.panelCompanies(cycle, in.afterHandover())
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

// side returns the totals of one cycle of a comparison, and their input.
func (q *query) side(ctx context.Context, asked survey.TotalsQuery) (survey.Totals, *input, error) {
	// The summaries of a year that was just certified may still be on their way.
	if newest := asked.Mode == "" || asked.Mode == survey.ModeCached; newest && asked.AsOf.IsZero() {
		switch _, err := q.tables.certifiedRevision(asked.Cycle, nil); {
		case err == nil:
			asked.Mode, asked.Revision = survey.ModeCertified, nil
		case !errors.Is(err, survey.ErrNotFound):
			return survey.Totals{}, nil, err
		}
	}

	// The totals first: they may fetch newer summaries.
	totals, err := q.National(ctx, asked)
	if err != nil {
		return survey.Totals{}, nil, err
	}
	in, err := q.inputOf(asked)
	return totals, in, err
}

// comparable refuses cycles whose figures are defined differently.
func (q *query) comparable(cycle, against survey.Cycle) error {
	now, err := q.registry.Campaign(cycle)
	if err != nil {
		return err
	}
	before, err := q.registry.Campaign(against)
	if err != nil {
		return err
	}
	if now.Definitions != before.Definitions {
		return survey.Refuse(survey.RefusedNotComparable, "the cycles cannot be compared: %s and %s define the figures differently",
			now.Definitions, before.Definitions)
	}
	return nil
}

// inputOf returns the input of the answer to the query.
func (q *query) inputOf(asked survey.TotalsQuery) (*input, error) {
	if asked.Mode != survey.ModeCertified {
		return q.input(queryKey{cycle: asked.Cycle}, q.roster.reporting())
	}
	r, err := q.tables.certifiedRevision(asked.Cycle, asked.Revision)
	if err != nil {
		return nil, err
	}
	d, err := q.tables.derive(asked.Cycle, r.Revision)
	if err != nil {
		return nil, err
	}
	return d.input, nil
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
	// A share of inexact figures is neither a lower nor an upper bound.
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
		both, before, taken := h.panel(metric)
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

// panel returns the region's cells of the matched companies in both cycles, nil
// where they are withheld, and the number of companies that it took over.
func (h *held) panel(metric string) (both, before *survey.Cell, taken int64) {
	for i, c := range h.summary.Cells {
		if c.Metric != metric || c.Dimension != survey.ByPanel || c.Flag.Withheld() {
			continue
		}
		switch c.Key {
		case survey.PanelBoth:
			both = &h.summary.Cells[i]
		case survey.PanelBefore:
			before = &h.summary.Cells[i]
		case survey.PanelTaken:
			taken = c.Contributors
		}
	}
	return both, before, taken
}
