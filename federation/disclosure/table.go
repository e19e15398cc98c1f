package disclosure

import (
	"fmt"
	"math"

	"github.com/ahsn-network/tracker/store/survey"
)

// Unbounded is the upper end of an interval without a bound.
const Unbounded = math.MaxInt64

// Interval is the public knowledge of a number: at least Low, at most High.
type Interval struct{ Low, High int64 }

// Exactly returns the interval of a published number.
func Exactly(value int64) Interval { return Interval{value, value} }

// Hidden returns the interval of a number of which the public knows only that it is not negative.
func Hidden() Interval { return Interval{0, Unbounded} }

// Rounded returns the interval of a number that was published rounded to base.
func Rounded(value, base int64) Interval {
	return Interval{max(0, value-base/2), value + base/2}
}

func (i Interval) point() bool { return i.Low == i.High }

func (i Interval) and(o Interval) Interval { return Interval{max(i.Low, o.Low), min(i.High, o.High)} }

// tooNarrow reports whether the interval lies within the protection interval: it gives the number
// away to percent. Without the number itself (known false) the interval's middle stands for it.
func (i Interval) tooNarrow(value int64, known bool, percent int64) bool {
	if i.High == Unbounded {
		return false
	}
	if !known {
		// (high - low) / 2 < percent of (high + low) / 2
		return 100*(i.High-i.Low) < percent*(i.High+i.Low)
	}
	return 100*(i.High-value) < percent*value || 100*(value-i.Low) < percent*value
}

// maxTable bounds the rows and columns of a table.
const maxTable = 256

// Table has the intervals of one table of numbers that are not negative, as they follow from all
// published figures: its cells, the sums of its rows and columns, and the sum of all. Unpublished
// numbers are Hidden.
type Table struct {
	Cells   [][]Interval // rows of cells
	Rows    []Interval
	Columns []Interval
	Total   Interval
}

// NewTable returns a table without published figures.
func NewTable(rows, columns int) Table {
	t := Table{Total: Hidden(), Rows: make([]Interval, rows), Columns: make([]Interval, columns),
		Cells: make([][]Interval, rows)}
	for i := range t.Rows {
		t.Rows[i] = Hidden()
		t.Cells[i] = make([]Interval, columns)
		for k := range t.Cells[i] {
			t.Cells[i][k] = Hidden()
		}
	}
	for k := range t.Columns {
		t.Columns[k] = Hidden()
	}
	return t
}

// And returns the joint knowledge of two publications of the same numbers. It returns an error
// wrapping survey.ErrInvalid for tables of two shapes.
func (t Table) And(other Table) (Table, error) {
	out := t.clone()
	if len(t.Rows) != len(other.Rows) || len(t.Columns) != len(other.Columns) {
		return out, fmt.Errorf("%w: tables of %dx%d and %dx%d", survey.ErrInvalid, len(t.Rows), len(t.Columns),
			len(other.Rows), len(other.Columns))
	}

	for i := range out.Rows {
		out.Rows[i] = out.Rows[i].and(other.Rows[i])
		for k := range out.Cells[i] {
			out.Cells[i][k] = out.Cells[i][k].and(other.Cells[i][k])
		}
	}

	for k := range out.Columns {
		out.Columns[k] = out.Columns[k].and(other.Columns[k])
	}
	out.Total = out.Total.and(other.Total)
	return out, nil
}

// wider returns the table with one more, hidden column.
func (t Table) wider() Table {
	out := t.clone()
	out.Columns = append(out.Columns, Hidden())
	for i := range out.Cells {
		out.Cells[i] = append(out.Cells[i], Hidden())
	}
	return out
}

func (t Table) clone() Table {
	out := Table{Total: t.Total, Rows: append([]Interval(nil), t.Rows...),
		Columns: append([]Interval(nil), t.Columns...)}
	for _, row := range t.Cells {
		out.Cells = append(out.Cells, append([]Interval(nil), row...))
	}
	return out
}

func (t Table) check() error {
	if len(t.Cells) != len(t.Rows) || len(t.Rows) > maxTable || len(t.Columns) > maxTable {
		return fmt.Errorf("%w: a table of %dx%d", survey.ErrInvalid, len(t.Cells), len(t.Columns))
	}
	for _, row := range t.Cells {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("%w: a table with rows of different lengths", survey.ErrInvalid)
		}
	}
	return nil
}
