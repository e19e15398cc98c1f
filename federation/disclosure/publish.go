package disclosure

import (
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// PublicCell is one cell of a table for the public. Value and Contributors are
// as far as the publisher knows them: Unknown says that the region withheld
// the cell from the members too. A Reason hides it.
type PublicCell struct {
	Value        int64
	Contributors int64
	Unknown      bool
	Reason       Reason
}

// PublicTable is a table that is about to be published: regions in rows, one
// column for each key of a breakdown, or one alone. Columns are the exact sums
// that are published beside it; RowTotals, if given, the regions' own.
type PublicTable struct {
	Cells     [][]PublicCell
	Columns   []PublicCell
	RowTotals []PublicCell
	// Before is what was published of the same numbers earlier, nil if
	// nothing.
	Before *Table
}

// The fewest regions and companies that a hidden set holds beside an exact
// total.
const (
	leastHidden    = 3
	leastCompanies = 10
)

// Suppress hides what the public circle may not see: cells that fail the
// primary rule, then the next smallest beside them until the hidden of a
// column are three regions with ten companies, and of a row two cells with
// ten; then it lets the adversary try, and hides more while that succeeds. It
// depends on nothing but the table: every node publishes the same. It returns
// an error wrapping survey.RefusedExposed if hiding does not help.
func (p Policy) Suppress(t PublicTable) error {
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
	for {
		for t.complement() {
		}
		exposed, err := t.expose(p.Public.Percent)
		switch {
		case err != nil:
			return err
		case len(exposed) == 0:
			return nil
		}
		if e, helped := t.hideBesideAll(exposed); !helped {
			return survey.Refuse(survey.RefusedExposed, "the table would give a hidden figure away: row %d, column %d", e.Row, e.Column)
		}
	}
}

// Follow takes over what the public knows from the table of the revision before:
// what that one hid stays hidden, for it could be told from what did not change
// beside it; what it showed and did not change is known whatever this one hides.
// Tables of other shapes have nothing to do with each other.
func (t *PublicTable) Follow(last PublicTable) {
	if len(last.Cells) != len(t.Cells) || len(last.Columns) != len(t.Columns) || len(last.RowTotals) != len(t.RowTotals) {
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

// follow returns what is known of the cell from an earlier table.
func (c *PublicCell) follow(last PublicCell) Interval {
	switch {
	case last.Reason != "" && c.Reason == "":
		c.Reason = Complement
	case last.Reason == "" && last.Value == c.Value && last.Contributors == c.Contributors:
		return Exactly(c.Value)
	}
	return Hidden()
}

// hideBesideAll hides one more cell for each column in which one is exposed.
// It returns one of the exposed if there is nothing left to hide for any.
func (t PublicTable) hideBesideAll(exposed []Exposure) (Exposure, bool) {
	done := make([]bool, len(t.Columns))
	helped := false
	for _, e := range exposed {
		if !done[e.Column] && t.hideBeside(e) {
			done[e.Column], helped = true, true
		}
	}
	return exposed[0], helped
}

// primary hides the cell if it has too few companies. Who dominates a cell
// only its region knows: it says so with the cell.
func (c *PublicCell) primary(circle Circle) {
	if c.Reason == "" && (c.Unknown || circle.lacks(c.Contributors, c.Value)) {
		c.Reason = Few
	}
}

// complement goes over all sums once. It reports whether it hid anything.
func (t PublicTable) complement() bool {
	hid := false
	for k, total := range t.Columns {
		if total.Reason == "" {
			hid = t.line(len(t.Cells), leastHidden, func(i int) *PublicCell { return &t.Cells[i][k] }) || hid
		}
	}
	for i := range t.RowTotals {
		if t.RowTotals[i].Reason == "" {
			hid = t.line(len(t.Columns), 2, func(k int) *PublicCell { return &t.Cells[i][k] }) || hid
		} else {
			hid = t.hideRow(i) || hid
		}
	}
	// The regions' own sums stand beside the nation's like any other column.
	if len(t.RowTotals) > 0 {
		hid = t.line(len(t.RowTotals), leastHidden, func(i int) *PublicCell { return &t.RowTotals[i] }) || hid
	}
	return hid
}

// hideRow hides all of a region whose own sum is hidden: its parts would add up
// to it.
func (t PublicTable) hideRow(i int) bool {
	hid := false
	for k := range t.Cells[i] {
		if c := &t.Cells[i][k]; c.Reason == "" && c.Contributors > 0 {
			c.Reason = Complement
			hid = true
		}
	}
	return hid
}

// line hides more cells of one sum until the hidden protect one another.
func (t PublicTable) line(n, least int, cell func(int) *PublicCell) bool {
	hidden, companies := 0, int64(0)
	for i := range n {
		if c := cell(i); c.Reason != "" {
			hidden++
			companies += c.Contributors
		}
	}
	hid := false
	for hidden > 0 && (hidden < least || companies < leastCompanies) {
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

// smallestShown returns the shown cell with the fewest companies, then the
// smallest value, then the first; nil if none is shown. Empty cells hide
// nothing.
func smallestShown(n int, cell func(int) *PublicCell) *PublicCell {
	var best *PublicCell
	for i := range n {
		c := cell(i)
		if c.Reason != "" || c.Contributors == 0 {
			continue
		}
		if best == nil || c.Contributors < best.Contributors || c.Contributors == best.Contributors && c.Value < best.Value {
			best = c
		}
	}
	return best
}

// hideBeside hides one more cell in the exposed cell's column, else in its row.
func (t PublicTable) hideBeside(e Exposure) bool {
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

// expose lets the adversary try the table as it would be published. What no
// publisher knows of a cell is not in the columns, which add up what is known,
// but in the rows: it stands in a column of its own. The region saw to it that
// this whole gives nobody away when it hid its parts.
func (t PublicTable) expose(percent int64) ([]Exposure, error) {
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
	if whole {
		public.Total = Exactly(total) // the nation's figure stands beside the table
	}
	for k, c := range t.Columns {
		if c.Reason == "" {
			public.Columns[k] = Exactly(c.Value)
		}
	}
	if t.Before != nil {
		var err error
		if public, err = public.And(t.Before.wider()); err != nil {
			return nil, err
		}
	}
	exposed, err := public.Expose(truth, percent)
	return slices.DeleteFunc(exposed, func(e Exposure) bool { return e.Column == beyond }), err
}
