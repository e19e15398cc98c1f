package totals

import (
	"cmp"
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
	definitions, err := survey.DefinitionsByID(cmp.Or(totals.Definitions, survey.CurrentDefinitions))
	if err != nil {
		return survey.Totals{}, fmt.Errorf("provisional figures of %s: %w", totals.Cycle, err)
	}
	out := totals
	out.NonResponse.Items = nil
	out.By, out.Rows = "", nil
	out.Figures = make([]survey.Figure, len(totals.Figures))
	for i, f := range totals.Figures {
		metric, _ := definitions.Metric(f.Metric)
		out.Figures[i] = provisional(metric, f, policy)
	}
	return out, nil
}

func provisional(metric survey.Metric, f survey.Figure, policy disclosure.Policy) survey.Figure {
	if f.Metric == companiesSupported {
		return f // the registry's count; it says nothing of answers
	}
	if metric.OfRegion() {
		return people(metric, f)
	}
	base := policy.RoundFor(f.Unit)
	if f.Contributors > 0 && f.Contributors < policy.Public.Contributors && f.Value != 0 {
		f.Status, f.Reason, f.ReasonCode = survey.FigureHidden, disclosure.Few.Text(), survey.FigureFew
		f.Value, f.Contributors = 0, 0
		f.Qualifier, f.Bounds = survey.QualifierEstimated, nil
		return f
	}
	f.Value = disclosure.Round(f.Value, base)
	f.Contributors = disclosure.Round(f.Contributors, policy.RoundCount)
	f.Reason = publicReason(f)
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

// publicReason is the reason without its counts: the members' one tells how many
// answers are in and wait, to the last one.
func publicReason(f survey.Figure) string {
	switch f.ReasonCode {
	case survey.FigureHeldBack:
		return disclosure.Waiting.Text()
	case survey.FigureFew:
		return disclosure.Few.Text()
	}
	return f.Reason
}

// people rounds a count of persons for the public, and shows none from 1 to 7.
// Other figures of the regions' own work are what they are.
func people(metric survey.Metric, f survey.Figure) survey.Figure {
	if !metric.People || f.Absent() {
		return f
	}
	value, shown := disclosure.PeopleCount(f.Value)
	if !shown {
		f.Status, f.Reason, f.ReasonCode = survey.FigureHidden, "too few people: hidden to protect them", survey.FigureFewPeople
		f.Value, f.Contributors, f.Bounds = 0, 0, nil
		f.Qualifier = survey.QualifierEstimated
		return f
	}
	f.Value, f.Bounds = value, nil
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
	for i := range in.summaries {
		cell, err := in.public(i, metric, cellKey{}, policy)
		if err != nil {
			return nil, err
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

// public reads one region's cell for the public.
func (in *input) public(i int, metric string, key cellKey, policy disclosure.Policy) (disclosure.PublicCell, error) {
	h := in.summaries[i]
	switch why := in.usable(h); {
	case why != "":
		return disclosure.PublicCell{Unknown: true, Reason: disclosure.Missing}, nil
	case h.summary.Status != SummaryFinal && !in.certified:
		return disclosure.PublicCell{}, fmt.Errorf("%w: the figures of %s are not final", survey.ErrInvalid, in.regions[i])
	case key != (cellKey{}) && !h.breaksDown:
		return disclosure.PublicCell{Unknown: true, Reason: disclosure.Few}, nil
	}
	return publicCell(h.summary, metric, key, policy), nil
}

// publicCell reads one region's cell for the public. The region says
// when one company is most of it; few companies are seen from the number.
func publicCell(s Summary, metric string, key cellKey, policy disclosure.Policy) disclosure.PublicCell {
	for _, c := range s.Cells {
		if c.Metric != metric || (cellKey{c.Dimension, c.Key}) != key {
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
		f.Status, f.Reason, f.ReasonCode = survey.FigureNotCollected, reasonNobodyAnswered, survey.FigureNoAnswers
	case c.Value == 0:
		f.Status = survey.FigureZero
	default:
		f.Status = survey.FigureReported
	}
	if c.Reason != "" {
		f.Value, f.Contributors, f.Reason, f.ReasonCode = 0, 0, c.Reason.Text(), survey.FigureReason(c.Reason)
		f.Qualifier, f.Bounds = survey.QualifierAtLeast, &survey.Bounds{}
	}
	return f
}
