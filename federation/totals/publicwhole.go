package totals

import (
	"fmt"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// publicWhole returns one metric for the nation and, once all figures are final, for each region.
func publicWhole(in *input, metric string) (survey.PublicTable, error) {
	out := survey.PublicTable{Cycle: in.campaign.Cycle, Metric: metric,
		Keys: []survey.Option{{Code: survey.PublicWhole, Label: "All companies"}}, Rows: []survey.TotalsRow{}}

	whole := *in
	whole.by, whole.all = "", true
	totals, err := merge(&whole)
	if err != nil {
		return out, err
	}

	public := Final
	if out.Provisional = !in.final(); out.Provisional {
		public = Provisional
	}
	if totals, err = public(in.definitions, totals); err != nil {
		return out, err
	}

	for _, f := range totals.Figures {
		if f.Metric == metric {
			out.Nation = append(out.Nation, f)
		}
	}
	if len(out.Nation) == 0 {
		return out, fmt.Errorf("%w: there is no such metric", survey.ErrInvalid)
	}

	if out.Provisional || metric == companiesSupported {
		// One company helped by three regions is one company: the regions have no sum.
		return out, nil
	}
	figures, err := in.publicRegions(metric)
	if err != nil {
		return out, err
	}

	for i, region := range in.regions {
		out.Rows = append(out.Rows, survey.TotalsRow{Key: string(region), Label: region.Name(),
			Figures: figures[i : i+1]})
	}
	return out, nil
}

// final reports whether no region's figures will change before the next
// revision.
func (in *input) final() bool {
	for _, h := range in.summaries {
		if in.usable(h) == "" && h.summary.Status != SummaryFinal && !in.certified {
			return false
		}
	}
	return in.certified || in.campaign.State != survey.CampaignOpen
}

// publicRegions returns one metric of each region for the public.
func (in *input) publicRegions(metric string) ([]survey.Figure, error) {
	definition, known := in.definitions.Metric(metric)
	switch {
	case !known:
		return nil, fmt.Errorf("%w: there is no such metric", survey.ErrInvalid)
	case definition.Formula != nil:
		return in.publicDerived(definition)
	case definition.OfRegion():
		return in.publicWork(definition)
	}

	table, err := in.suppressed(definition, "")
	if err != nil {
		return nil, err
	}
	out := make([]survey.Figure, len(in.regions))
	for i := range table.Cells {
		out[i] = people(definition, publicFigure(definition, table.Cells[i][0]))
	}
	return out, nil
}

// publicWork returns a metric of the regions' own work: it has no company's figure, and persons are
// protected.
func (in *input) publicWork(definition survey.Metric) ([]survey.Figure, error) {
	out := make([]survey.Figure, len(in.regions))
	for i := range in.regions {
		cell, err := in.public(i, definition.ID, cellKey{}, disclosure.Policy{})
		if err != nil {
			return nil, err
		}
		out[i] = people(definition, publicFigure(definition, cell))
	}
	return out, nil
}

// publicDerived computes a formula from the public figures of its parts. It is hidden with any of
// them.
func (in *input) publicDerived(definition survey.Metric) ([]survey.Figure, error) {
	parts := map[string][]survey.Figure{}
	for _, id := range definition.Formula.Of {
		figures, err := in.publicRegions(id)
		if err != nil {
			return nil, err
		}
		parts[id] = figures
	}

	out := make([]survey.Figure, len(in.regions))
	for i := range in.regions {
		f := survey.Figure{Metric: definition.ID, Unit: definition.Unit, Status: survey.FigureReported,
			Qualifier: survey.QualifierExact}
		for _, id := range definition.Formula.Of {
			part := parts[id][i]
			f.Contributors = max(f.Contributors, part.Contributors)
			// The first missing part gives the reason.
			if part.Absent() && !f.Absent() {
				f.Status, f.Reason, f.ReasonCode = part.Status, part.Reason, part.ReasonCode
				f.Qualifier, f.Bounds = part.Qualifier, part.Bounds
			}
			if part.Qualifier == survey.QualifierEstimated {
				f.Qualifier = survey.QualifierEstimated
			}
		}

		value, ok := definition.Formula.Value(func(id string) (int64, bool) {
			part := parts[id][i]
			return part.Value, !part.Absent()
		})

		switch {
		case f.Absent():
			f.Value, f.Contributors = 0, 0
		case !ok:
			f.Status, f.ReasonCode, f.Contributors = survey.FigureNotCollected, survey.FigureNoAnswers, 0
		case value == 0:
			f.Status = survey.FigureZero
		default:
			f.Value = value
		}
		out[i] = f
	}
	return out, nil
}
