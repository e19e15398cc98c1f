package totals

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// PublicTable is one metric of the cycle for the public, by region and sector,
// size, stage or support: the newest certified revision, else the regions'
// final figures. Cells that fail the public rule are hidden with complements,
// and the adversary has tried. It is the same at every node. It returns an
// error wrapping survey.ErrInvalid for a metric without cells, an unknown
// breakdown, and while figures are not final; disclosure.ErrExposed if no
// suppression helps.
func (t *Totals) PublicTable(cycle survey.Cycle, metric string, by survey.Dimension) (survey.PublicTable, error) {
	in, revision, err := t.publishable(cycle)
	if err == nil {
		in.by = by
		var table survey.PublicTable
		if table, err = publicTable(in, metric); err == nil {
			table.Revision = revision
			return table, nil
		}
	}
	return survey.PublicTable{}, fmt.Errorf("public table of %s by %.20q: %w", cycle, by, err)
}

// publishable returns what a public table is made from, and its revision, -1
// if nothing is certified.
func (t *Totals) publishable(cycle survey.Cycle) (*input, int, error) {
	r, err := t.final(cycle, nil)
	if errors.Is(err, survey.ErrNotFound) {
		in, err := t.input(question{cycle: cycle}, reporting(t.options.Facts.Members()))
		return in, -1, err
	}
	if err != nil {
		return nil, 0, err
	}
	e, err := t.edition(cycle, r.Revision)
	if err != nil {
		return nil, 0, err
	}
	in := *e.input
	return &in, r.Revision, nil
}

func publicTable(in *input, metric string) (survey.PublicTable, error) {
	policy, err := disclosure.ByName(in.campaign.Policy)
	if err != nil {
		return survey.PublicTable{}, err
	}
	definition, known := in.definitions.Metric(metric)
	switch {
	case !known || definition.Formula != nil || definition.OfRegion():
		return survey.PublicTable{}, fmt.Errorf("%w: metric %.40q has no cells of companies", survey.ErrInvalid, metric)
	case !slices.Contains(survey.Dimensions(), in.by):
		return survey.PublicTable{}, fmt.Errorf("%w: use sector, size, stage or support", survey.ErrInvalid)
	}
	out := survey.PublicTable{Cycle: in.campaign.Cycle, Metric: metric, By: in.by, Keys: survey.BreakdownKeys(in.by)}
	table := disclosure.PublicTable{Columns: make([]disclosure.PublicCell, len(out.Keys))}
	for i := range in.regions {
		row := make([]disclosure.PublicCell, len(out.Keys))
		for k, key := range out.Keys {
			if row[k], err = in.public(i, metric, cellKey{in.by, key.Code}, policy); err != nil {
				return survey.PublicTable{}, err
			}
			table.Columns[k].Value += row[k].Value
			table.Columns[k].Contributors += row[k].Contributors
		}
		table.Cells = append(table.Cells, row)
		if in.by != survey.BySupport { // a company stands under several kinds of support: rows have no sum
			total, err := in.public(i, metric, cellKey{}, policy)
			if err != nil {
				return survey.PublicTable{}, err
			}
			table.RowTotals = append(table.RowTotals, total)
		}
	}
	if err := policy.Suppress(table); err != nil {
		return survey.PublicTable{}, fmt.Errorf("%s: %w", metric, err)
	}
	show(&out, definition, table, in.regions)
	return out, nil
}

// show turns the suppressed table into figures. A national figure of which a
// part is known to no one but its region is at least what is known.
func show(out *survey.PublicTable, m survey.Metric, table disclosure.PublicTable, regions []survey.Region) {
	for k, c := range table.Columns {
		f := publicFigure(m, c)
		for i := range table.Cells {
			if cell := table.Cells[i][k]; cell.Unknown && c.Reason == "" {
				f.Qualifier, f.Bounds = survey.QualifierAtLeast, &survey.Bounds{Lower: f.Value}
				f.Reason, f.ReasonCode = cell.Reason.Text(), survey.FigureReason(cell.Reason)
			}
		}
		out.Nation = append(out.Nation, f)
	}
	for i, region := range regions {
		row := survey.TotalsRow{Key: string(region), Label: region.Name()}
		for _, c := range table.Cells[i] {
			row.Figures = append(row.Figures, publicFigure(m, c))
		}
		out.Rows = append(out.Rows, row)
	}
	for _, c := range table.RowTotals {
		out.Totals = append(out.Totals, publicFigure(m, c))
	}
}
