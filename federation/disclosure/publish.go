package disclosure

import (
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// PublicCell is one cell of a table for the public. Value and Contributors are those that the
// publisher knows. Unknown says that the region withheld the cell from the members too. A Reason
// hides it.
type PublicCell struct {
	Value        int64
	Contributors int64
	Unknown      bool
	Reason       Reason
}

// PublicTable is a table that is about to be published: regions in rows, one column for each key of
// a breakdown, or one alone. Columns are the exact sums that are published beside it; RowTotals, if
// given, the regions' own.
type PublicTable struct {
	Cells     [][]PublicCell
	Columns   []PublicCell
	RowTotals []PublicCell
	// Before holds the figures of the same numbers that were published earlier, nil if there are
	// none.
	Before *Table
}

// A hidden set beside an exact total holds at least so many regions and companies.
const (
	minHidden    = 3
	minCompanies = 10
)

// Suppress hides the cells that the public may not see. Primary suppression comes first. Secondary
// suppression then hides the next smallest cells until the hidden ones of a column are three
// regions with ten companies, and of a row two cells with ten. An audit follows, and more is hidden
// while it finds an exposed cell. The result depends on nothing but the table: every node publishes
// the same. It returns an error wrapping survey.RefusedExposed if hiding does not help.
func (p Policy) Suppress(t PublicTable) error {
	// Primary suppression.
	for i := range t.Cells {
		for k := range t.Cells[i] {
			t.Cells[i][k].primary(p.Public)
		}
	}
	for i := range t.RowTotals {
		t.RowTotals[i].primary(p.Public)
	}
	for k := range t.Columns {
		t.Columns[k].primary(p.Public)
	}

	// Secondary suppression, until an audit finds nothing.
	for {
		for t.secondary() {
		}
		exposed, err := t.audit(p.Public.Percent)
		switch {
		case err != nil:
			return err
		case len(exposed) == 0:
			return nil
		}

		if e, helped := t.suppressBesideAll(exposed); !helped {
			return survey.Refuse(survey.RefusedExposed, "the table would give a hidden figure away: row %d, column %d", e.Row, e.Column)
		}
	}
}

// Follow takes over the public's knowledge from the table of the revision before. A cell that was
// hidden stays hidden, because it could be computed from the unchanged cells beside it. A cell that
// was shown and did not change is known whatever this table hides. Tables of other shapes have
// nothing to do with each other.
func (t *PublicTable) Follow(last PublicTable) {
	if len(last.Cells) != len(t.Cells) || len(last.Columns) != len(t.Columns) ||
		len(last.RowTotals) != len(t.RowTotals) {
		return
	}

	known := NewTable(len(t.Cells), len(t.Columns))
	for i := range t.Cells {
		for k := range t.Cells[i] {
			known.Cells[i][k] = t.Cells[i][k].follow(last.Cells[i][k])
		}
	}
	for i := range t.RowTotals {
		known.Rows[i] = t.RowTotals[i].follow(last.RowTotals[i])
	}
	t.Before = &known
}

// follow returns the public's knowledge of the cell from an earlier table.
func (c *PublicCell) follow(last PublicCell) Interval {
	switch {
	case last.Reason != "" && c.Reason == "":
		c.Reason = Complement
	case last.Reason == "" && last.Value == c.Value && last.Contributors == c.Contributors:
		return Exactly(c.Value)
	}
	return Hidden()
}

// suppressBesideAll hides one more cell for each column in which one is exposed. It returns one of
// the exposed cells, and false if there is nothing left to hide for any.
func (t PublicTable) suppressBesideAll(exposed []Exposure) (Exposure, bool) {
	done := make([]bool, len(t.Columns))
	helped := false
	for _, e := range exposed {
		if !done[e.Column] && t.suppressBeside(e) {
			done[e.Column], helped = true, true
		}
	}
	return exposed[0], helped
}

// primary hides the cell if it has too few companies. Only its region knows whether one company
// dominates it: the region says so with the cell.
func (c *PublicCell) primary(public Audience) {
	if c.Reason == "" && (c.Unknown || public.belowThreshold(c.Contributors, c.Value)) {
		c.Reason = Few
	}
}

// secondary goes over all sums once. It reports whether it hid anything.
func (t PublicTable) secondary() bool {
	hid := false
	for k, total := range t.Columns {
		if total.Reason == "" {
			hid = t.secondaryLine(len(t.Cells), minHidden, func(i int) *PublicCell { return &t.Cells[i][k] }) || hid
		}
	}

	for i := range t.RowTotals {
		if t.RowTotals[i].Reason == "" {
			hid = t.secondaryLine(len(t.Columns), 2, func(k int) *PublicCell { return &t.Cells[i][k] }) || hid
		} else {
			hid = t.suppressRow(i) || hid
		}
	}

	// The regions' own sums stand beside the nation's like any other column.
	if len(t.RowTotals) > 0 {
		hid = t.secondaryLine(len(t.RowTotals), minHidden, func(i int) *PublicCell { return &t.RowTotals[i] }) || hid
	}
	return hid
}

// suppressRow hides all cells of a region whose own sum is hidden, because they would add up to it.
func (t PublicTable) suppressRow(i int) bool {
	hid := false
	for k := range t.Cells[i] {
		if c := &t.Cells[i][k]; c.Reason == "" && c.Contributors > 0 {
			c.Reason = Complement
			hid = true
		}
	}
	return hid
}

// secondaryLine hides more cells of one sum until the hidden ones protect one another.
func (t PublicTable) secondaryLine(n, least int, cell func(int) *PublicCell) bool {
	hidden, companies := 0, int64(0)
	for i := range n {
		if c := cell(i); c.Reason != "" {
			hidden++
			companies += c.Contributors
		}
	}

	// They are hidden already, or by this function.
	hid := false
	for hidden > 0 && (hidden < least || companies < minCompanies) {
		next := smallestShown(n, cell)
		if next == nil {
			break
		}
		next.Reason = Complement
		hidden++
		companies += next.Contributors
		hid = true
	}
	return hid
}

// smallestShown returns the shown cell with the fewest companies, then the smallest value, then the
// first; nil if none is shown. Empty cells protect nothing.
func smallestShown(n int, cell func(int) *PublicCell) *PublicCell {
	var best *PublicCell
	for i := range n {
		c := cell(i)
		if c.Reason != "" || c.Contributors == 0 {
			continue
		}
		if best == nil || c.Contributors < best.Contributors ||
			c.Contributors == best.Contributors && c.Value < best.Value {
			best = c
		}
	}
	return best
}

// suppressBeside hides one more cell in the exposed cell's column, else in its row.
func (t PublicTable) suppressBeside(e Exposure) bool {
	next := smallestShown(len(t.Cells), func(i int) *PublicCell { return &t.Cells[i][e.Column] })
	if next == nil && len(t.RowTotals) > 0 {
		next = smallestShown(len(t.Columns), func(k int) *PublicCell { return &t.Cells[e.Row][k] })
	}
	if next == nil {
		return false
	}
	next.Reason = Complement
	return true
}

// audit tries the table as it would be published. The columns add up the parts that the publisher
// knows; the rows also have the parts that a region withholds, which get a column of their own. The
// region made sure that this whole exposes nobody when it hid its parts.
func (t PublicTable) audit(percent int64) ([]Exposure, error) {
	beyond := len(t.Columns)
	public := NewTable(len(t.Cells), beyond+1)
	truth := make([][]int64, len(t.Cells))
	for i, row := range t.Cells {
		truth[i] = make([]int64, beyond+1)
		public.Cells[i][beyond] = Exactly(0)
		for k, c := range row {
			truth[i][k] = c.Value
			if c.Reason == "" || c.Unknown && c.Value == 0 {
				public.Cells[i][k] = Exactly(c.Value)
			}
			if c.Unknown {
				truth[i][beyond], public.Cells[i][beyond] = -1, Hidden()
			}
		}
	}

	total, whole := int64(0), len(t.RowTotals) > 0
	for i, c := range t.RowTotals {
		if c.Reason == "" {
			public.Rows[i] = Exactly(c.Value)
		}
		total, whole = total+c.Value, whole && !c.Unknown
	}
	// Hidden rows add up to the nation's figure.
	if whole {
		public.Total = Exactly(total) // the nation's figure stands beside the table
	}
	for k, c := range t.Columns {
		if c.Reason == "" {
			public.Columns[k] = Exactly(c.Value)
		}
	}

	// The figures of the revision before are public too.
	if t.Before != nil {
		var err error
		if public, err = public.And(t.Before.wider()); err != nil {
			return nil, err
		}
	}

	exposed, err := public.Audit(truth, percent)
	return slices.DeleteFunc(exposed, func(e Exposure) bool { return e.Column == beyond }), err
}
