package totals

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// PublicTable returns one metric of the cycle for the public: the newest certified revision, else
// the regions' final figures, by region and sector, size, stage or support, or by region alone.
// Cells that fail the public rule are suppressed, with secondary suppression, and the table passed
// an audit; a region's own sum is hidden in all tables of the metric or in none. Until every
// region's figures are final it has only the nation's provisional figure, rounded, and no region:
// for that, ask without a breakdown. It is the same at every node. It returns an error wrapping
// survey.ErrInvalid for a metric without cells, an unknown breakdown, and for a breakdown while
// figures are not final; survey.RefusedExposed if no suppression helps.
func (q *query) PublicTable(cycle survey.Cycle, metric string, by survey.Dimension) (survey.PublicTable, error) {
	if by != "" && !slices.Contains(survey.Dimensions(), by) {
		return survey.PublicTable{}, fmt.Errorf("public table of %s: %w: use sector, size, stage or support, or no breakdown",
			cycle, survey.ErrInvalid)
	}

	in, revision, err := q.publishable(cycle)
	if err == nil {
		in.by = by
		compose := publicTable
		if by == "" {
			compose = publicWhole
		}
		var table survey.PublicTable
		if table, err = compose(in, metric); err == nil {
			table.Revision = revision
			return table, nil
		}
	}

	what := "public table of %s"
	if by != "" {
		what += " by " + string(by)
	}
	return survey.PublicTable{}, fmt.Errorf(what+": %w", cycle, err)
}

// publishable returns the input of a public table, and its revision, -1 if nothing is certified.
func (q *query) publishable(cycle survey.Cycle) (*input, int, error) {
	r, err := q.tables.certifiedRevision(cycle, nil)
	if errors.Is(err, survey.ErrNotFound) {
		in, err := q.input(queryKey{cycle: cycle}, q.roster.reporting())
		return in, -1, err
	}
	if err != nil {
		return nil, 0, err
	}

	d, err := q.tables.derive(cycle, r.Revision)
	if err != nil {
		return nil, 0, err
	}

	// A table follows those of all revisions before.
	in := *d.input
	for revision, at := r.Revision-1, &in; revision >= 0; revision-- {
		d, err := q.tables.derive(cycle, revision)
		if err != nil {
			return nil, 0, err
		}
		before := *d.input
		at.before, at = &before, &before
	}
	return &in, r.Revision, nil
}

func publicTable(in *input, metric string) (survey.PublicTable, error) {
	definition, known := in.definitions.Metric(metric)
	switch {
	case !known || definition.Formula != nil || definition.OfRegion():
		return survey.PublicTable{}, fmt.Errorf("%w: metric %.40q has no cells of companies", survey.ErrInvalid, metric)
	case !slices.Contains(survey.Dimensions(), in.by):
		return survey.PublicTable{}, fmt.Errorf("%w: use sector, size, stage or support", survey.ErrInvalid)
	}

	table, err := in.suppressed(definition, in.by)
	if err != nil {
		return survey.PublicTable{}, err
	}
	out := survey.PublicTable{Cycle: in.campaign.Cycle, Metric: metric, By: in.by, Keys: in.definitions.Keys(in.by)}
	show(&out, definition, table, in.regions)
	return out, nil
}

// suppressed returns the metric by region and one breakdown, or by region alone, with suppression.
// The regions' own sums are hidden as in the table by region alone, whatever the breakdown:
// otherwise two tables of one metric together could show a hidden cell.
func (in *input) suppressed(definition survey.Metric, by survey.Dimension) (disclosure.PublicTable, error) {
	policy, err := disclosure.ByName(in.campaign.Policy)
	if err != nil {
		return disclosure.PublicTable{}, err
	}

	table, err := in.publicCells(definition.ID, by, policy)
	if err != nil {
		return table, err
	}

	if table.RowTotals != nil {
		alone, err := in.suppressed(definition, "")
		if err != nil {
			return table, err
		}
		for i := range table.RowTotals {
			table.RowTotals[i].Reason = alone.Cells[i][0].Reason
		}
	}

	// The public knows the table of the revision before, if there was one.
	if in.before != nil && slices.Equal(in.before.regions, in.regions) {
		last, err := in.before.suppressed(definition, by)
		switch {
		case err == nil:
			table.Follow(last)
		// Such a table was not published.
		case !errors.Is(err, survey.RefusedExposed):
			return table, err
		}
	}

	if err := policy.Suppress(table); err != nil {
		return table, fmt.Errorf("%s: %w", definition.ID, err)
	}
	return table, nil
}

// publicCells returns the metric by region and one breakdown, or by region alone, from the regions'
// summaries.
func (in *input) publicCells(metric string, by survey.Dimension, policy disclosure.Policy,
) (disclosure.PublicTable, error) {
	keys := in.definitions.Keys(by)
	if by == "" {
		keys = make([]survey.Option, 1)
	}
	table := disclosure.PublicTable{Columns: make([]disclosure.PublicCell, len(keys))}

	for i := range in.regions {
		row := make([]disclosure.PublicCell, len(keys))
		for k, key := range keys {
			var err error
			if row[k], err = in.public(i, metric, cellKey{by, key.Code}, policy); err != nil {
				return table, err
			}
			table.Columns[k].Value += row[k].Value
			table.Columns[k].Contributors += row[k].Contributors
		}

		table.Cells = append(table.Cells, row)
		// A company stands under several kinds of support, so that their rows have no sum.
		if by != "" && by != survey.BySupport {
			total, err := in.public(i, metric, cellKey{}, policy)
			if err != nil {
				return table, err
			}
			table.RowTotals = append(table.RowTotals, total)
		}
	}
	return table, nil
}

// show turns the suppressed table into figures. If a region withholds its part from the members
// too, the national figure is at least the sum of the others.
func show(out *survey.PublicTable, m survey.Metric, table disclosure.PublicTable, regions []survey.Region) {
	for k, c := range table.Columns {
		f := publicFigure(m, c)
		for i := range table.Cells {
			if cell := table.Cells[i][k]; cell.Unknown && c.Reason == "" {
				f.Qualifier, f.Bounds = survey.QualifierAtLeast, &survey.Bounds{Lower: f.Value}
				f.Reason, f.ReasonCode = cell.Reason.Text(), survey.FigureReason(cell.Reason)
			}
		}
		out.Nation = append(out.Nation, people(m, f))
	}

	for i, region := range regions {
		row := survey.TotalsRow{Key: string(region), Label: region.Name()}
		for _, c := range table.Cells[i] {
			row.Figures = append(row.Figures, people(m, publicFigure(m, c)))
		}
		out.Rows = append(out.Rows, row)
	}

	for _, c := range table.RowTotals {
		out.Totals = append(out.Totals, people(m, publicFigure(m, c)))
	}
}
