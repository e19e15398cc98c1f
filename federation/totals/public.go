package totals

import (
	"fmt"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// Provisional turns members' totals into what the public may see of them
// before they are certified: the nation alone, rounded as the policy says,
// without rows and without figures of fewer companies than the minimum. Sums
// of rounded figures may not add up. It returns an error wrapping
// disclosure.ErrPolicyUnknown if the policy is not known.
func Provisional(totals survey.Totals) (survey.Totals, error) {
	policy, err := disclosure.ByName(totals.Policy)
	if err != nil {
		return survey.Totals{}, fmt.Errorf("provisional figures of %s: %w", totals.Cycle, err)
	}
	out := totals
	out.By, out.Rows = "", nil
	out.Figures = make([]survey.Figure, len(totals.Figures))
	for i, f := range totals.Figures {
		out.Figures[i] = provisional(f, policy)
	}
	return out, nil
}

func provisional(f survey.Figure, policy disclosure.Policy) survey.Figure {
	if f.Metric == companiesSupported {
		return f // the registry's count; it says nothing of answers
	}
	base := policy.RoundFor(f.Unit)
	if f.Contributors > 0 && f.Contributors < policy.Public.Contributors && f.Value != 0 {
		f.Status, f.Reason = survey.FigureHidden, disclosure.Few.Text()
		f.Value, f.Contributors = 0, 0
		f.Qualifier, f.Bounds = survey.QualifierEstimated, nil
		return f
	}
	f.Value = disclosure.Round(f.Value, base)
	f.Contributors = disclosure.Round(f.Contributors, policy.RoundCount)
	if f.Bounds != nil {
		b := survey.Bounds{Lower: f.Bounds.Lower / base * base}
		if f.Bounds.Upper != nil {
			upper := (*f.Bounds.Upper + base - 1) / base * base
			b.Upper = &upper
		}
		f.Bounds = &b
	}
	if f.Qualifier == survey.QualifierExact {
		f.Qualifier = survey.QualifierEstimated
	}
	return f
}

// PublicRegions are one metric's regional figures for the public, beside the
// exact national one: a region whose figure fails the public rule is hidden
// together with others, so that it cannot be computed, and the adversary has
// tried. Rows are in the roster's order. It is for final summaries: it returns
// an error wrapping survey.ErrInvalid while a region's are not, and
// disclosure.ErrExposed if no suppression helps.
func (t *Totals) PublicRegions(cycle survey.Cycle, metric string) ([]survey.TotalsRow, error) {
	in, err := t.input(question{cycle: cycle, by: survey.ByRegion}, reporting(t.options.Facts.Members()))
	if err != nil {
		return nil, fmt.Errorf("public figures of %s: %w", cycle, err)
	}
	rows, err := publicRegions(in, metric)
	if err != nil {
		return nil, fmt.Errorf("public figures of %s: %w", cycle, err)
	}
	return rows, nil
}

func publicRegions(in *input, metric string) ([]survey.TotalsRow, error) {
	policy, err := disclosure.ByName(in.campaign.Policy)
	if err != nil {
		return nil, err
	}
	definition, known := in.definitions.Metric(metric)
	if !known || definition.Formula != nil {
		return nil, fmt.Errorf("%w: metric %.40q has no cells", survey.ErrInvalid, metric)
	}
	table := disclosure.PublicTable{Columns: make([]disclosure.PublicCell, 1)}
	for i, h := range in.summaries {
		cell := disclosure.PublicCell{}
		switch why := in.usable(h); {
		case why != "":
			cell = disclosure.PublicCell{Unknown: true, Reason: disclosure.Missing}
		case h.summary.Status != SummaryFinal:
			return nil, fmt.Errorf("%w: the figures of %s are not final", survey.ErrInvalid, in.regions[i])
		default:
			cell = publicCell(h.summary, metric, policy)
		}
		table.Cells = append(table.Cells, []disclosure.PublicCell{cell})
		table.Columns[0].Value += cell.Value
		table.Columns[0].Contributors += cell.Contributors
	}
	if err := policy.Suppress(table); err != nil {
		return nil, fmt.Errorf("%s by region: %w", metric, err)
	}
	rows := make([]survey.TotalsRow, len(in.regions))
	for i, region := range in.regions {
		f := publicFigure(definition, table.Cells[i][0])
		rows[i] = survey.TotalsRow{Key: string(region), Label: region.Name(), Figures: []survey.Figure{f}}
	}
	return rows, nil
}

// publicCell reads one region's headline cell for the public. The region says
// when one company is most of it; few companies are seen from the number.
func publicCell(s Summary, metric string, policy disclosure.Policy) disclosure.PublicCell {
	for _, c := range s.Cells {
		if c.Metric != metric || c.Dimension != "" {
			continue
		}
		cell := disclosure.PublicCell{Value: c.Value, Contributors: c.Contributors}
		switch {
		case c.Flag.Withheld():
			cell.Unknown, cell.Reason = true, disclosure.Few
		case c.Flag == survey.CellMembers && c.Contributors >= policy.Public.Contributors:
			cell.Reason = disclosure.Dominated
		case c.Flag == survey.CellMembers:
			cell.Reason = disclosure.Few
		}
		return cell
	}
	return disclosure.PublicCell{}
}

func publicFigure(m survey.Metric, c disclosure.PublicCell) survey.Figure {
	f := survey.Figure{Metric: m.ID, Unit: m.Unit, Value: c.Value, Contributors: c.Contributors, Qualifier: survey.QualifierExact}
	switch {
	case c.Reason == disclosure.Missing:
		f.Status = survey.FigureMissing
	case c.Reason != "":
		f.Status = survey.FigureHidden
	case c.Contributors == 0:
		f.Status, f.Reason = survey.FigureWaiting, reasonNoAnswers
	case c.Value == 0:
		f.Status = survey.FigureZero
	default:
		f.Status = survey.FigureReported
	}
	if c.Reason != "" {
		f.Value, f.Contributors, f.Reason = 0, 0, c.Reason.Text()
		f.Qualifier, f.Bounds = survey.QualifierAtLeast, &survey.Bounds{}
	}
	return f
}
