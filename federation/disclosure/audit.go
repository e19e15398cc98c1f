package disclosure

import (
	"errors"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// ErrContradiction: no table agrees with all that was published, so that somebody published a wrong
// number.
var ErrContradiction = errors.New("the published figures contradict each other")

// ceiling stands for "unbounded" in the network: it is more than any total.
const ceiling = int64(1) << 58

// Bounds returns for every cell the smallest interval that follows from all published figures, as
// an intruder can compute it. It returns an error wrapping ErrContradiction if no table agrees with
// them.
func (t Table) Bounds() ([][]Interval, error) {
	a, err := newAuditor(t)
	if err != nil {
		return nil, err
	}
	out := t.clone().Cells
	for i := range out {
		for k := range out[i] {
			if !out[i][k].point() {
				out[i][k] = a.bound(i, k)
			}
		}
	}
	return out, nil
}

// auditor holds one table that agrees with all published figures, as a flow that can be pushed to
// the ends of every cell's interval.
type auditor struct {
	table Table
	flow  *flow
	cells [][]int // the edge of each cell, -1 where it is a number
	saved []arc
}

// newAuditor finds a first table. The lower bounds are sent from a second source to a second sink,
// as for every circulation with lower bounds.
func newAuditor(t Table) (*auditor, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	rows, columns := len(t.Rows), len(t.Columns)
	source, sink := rows+columns, rows+columns+1
	a := &auditor{table: t, flow: newFlow(rows + columns + 4), cells: make([][]int, rows)}
	owed := make([]int64, rows+columns+2) // what a node gets at least, less what it gives

	edge := func(from, to int, i Interval) (int, error) {
		i.High = min(i.High, ceiling)
		if i.Low < 0 || i.Low > i.High {
			return 0, fmt.Errorf("%w: at least %d, at most %d", ErrContradiction, i.Low, i.High)
		}
		owed[to] += i.Low
		owed[from] -= i.Low
		if i.point() {
			return -1, nil
		}
		return a.flow.edge(from, to, i.High-i.Low), nil
	}

	// Rows, cells, columns and the total are the edges from the source to the sink and back.
	for i := range t.Rows {
		a.cells[i] = make([]int, columns)
		if _, err := edge(source, i, t.Rows[i]); err != nil {
			return nil, err
		}
		for k := range t.Columns {
			at, err := edge(i, rows+k, t.Cells[i][k])
			if err != nil {
				return nil, err
			}
			a.cells[i][k] = at
		}
	}

	for k := range t.Columns {
		if _, err := edge(rows+k, sink, t.Columns[k]); err != nil {
			return nil, err
		}
	}
	if _, err := edge(sink, source, t.Total); err != nil {
		return nil, err
	}

	if !a.feasible(owed) {
		return nil, ErrContradiction
	}
	a.saved = append(a.saved, a.flow.arcs...)
	return a, nil
}

// feasible makes the first table and closes the edges of the second source. It reports false if
// there is no such table.
func (a *auditor) feasible(owed []int64) bool {
	from, to := len(owed), len(owed)+1
	begin := len(a.flow.arcs)
	need := int64(0)

	for node, n := range owed {
		switch {
		case n > 0:
			a.flow.edge(from, node, n)
			need += n
		case n < 0:
			a.flow.edge(node, to, -n)
		}
	}

	if a.flow.push(int32(from), int32(to), need) != need {
		return false
	}
	// Nothing may flow there any more.
	for e := begin; e < len(a.flow.arcs); e++ {
		a.flow.arcs[e].left = 0
	}
	return true
}

// bound pushes one cell up and down as far as the other cells allow.
func (a *auditor) bound(i, k int) Interval {
	e := a.cells[i][k]
	public := a.table.Cells[i][k]
	from, to := int32(i), int32(len(a.table.Rows)+k)
	up, down := a.saved[e].left, a.saved[e+1].left
	value := public.Low + down

	a.restore(e)
	high := value + a.flow.push(to, from, up) // the way back around
	a.restore(e)
	low := value - a.flow.push(from, to, down)

	if high >= ceiling/2 {
		high = Unbounded
	}
	return Interval{low, high}
}

// restore puts the first table back, without the cell's own edge.
func (a *auditor) restore(e int) {
	copy(a.flow.arcs, a.saved)
	a.flow.arcs[e].left, a.flow.arcs[e+1].left = 0, 0
}

// Exposure is one hidden cell that can be computed too closely. Knowing is the row whose own
// numbers the intruder has, -1 if none.
type Exposure struct {
	Row, Column, Knowing int
	Interval             Interval
}

// Audit returns the hidden cells whose interval is narrower than +-percent of the cell, in order:
// the intervals that follow from all published figures, and those for the holder of each row, who
// knows its own numbers. truth holds the cells' numbers, negative where the publisher does not know
// them either.
func (t Table) Audit(truth [][]int64, percent int64) ([]Exposure, error) {
	if len(truth) != len(t.Cells) {
		return nil, fmt.Errorf("%w: the truth has %d rows, the table %d", survey.ErrInvalid, len(truth), len(t.Cells))
	}
	out, err := t.audit(truth, percent, -1)
	if err != nil {
		return nil, err
	}

	// Each region is an intruder too.
	for row := range t.Cells {
		if known, some := t.knownTo(row, truth[row]); some {
			more, err := known.audit(truth, percent, row)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		}
	}
	return out, nil
}

// knownTo returns the table as the holder of a row knows it, false if that is no more than the
// public knows.
func (t Table) knownTo(row int, truth []int64) (Table, bool) {
	out, some := t.clone(), false
	for k, c := range t.Cells[row] {
		if !c.point() && k < len(truth) && truth[k] >= 0 {
			out.Cells[row][k] = Exactly(truth[k])
			some = true
		}
	}
	return out, some
}

func (t Table) audit(truth [][]int64, percent int64, knowing int) ([]Exposure, error) {
	bounds, err := t.Bounds()
	if err != nil {
		return nil, err
	}

	// An intruder who holds the row knows its cells.
	var out []Exposure
	for i, row := range t.Cells {
		for k, c := range row {
			if c.point() || i == knowing || k >= len(truth[i]) {
				continue
			}
			if v := truth[i][k]; v != 0 && bounds[i][k].tooNarrow(v, v > 0, percent) {
				out = append(out, Exposure{i, k, knowing, bounds[i][k]})
			}
		}
	}
	return out, nil
}
