package disclosure_test

import (
	"math"
	"testing"
)

// program is a set of equations, rows times x = right, of numbers that are not
// negative, of which it is known that some fulfil them.
type program struct {
	rows  [][]float64
	right []float64
}

const (
	tiny       = 1e-7
	mostPivots = 10_000
)

// most returns the most that sign times one of the numbers can be, infinite if
// nothing bounds it: the simplex method, with Bland's rule.
func (p program) most(number int, sign float64) float64 {
	m, n := len(p.rows), 0
	if m > 0 {
		n = len(p.rows[0])
	}
	// One more number for each equation makes a first solution; they are driven
	// out before the goal is looked at.
	table := make([][]float64, m)
	basis := make([]int, m)
	for i := range table {
		table[i] = make([]float64, n+m+1)
		turn := 1.0
		if p.right[i] < 0 {
			turn = -1
		}
		for k := range n {
			table[i][k] = turn * p.rows[i][k]
		}
		table[i][n+i] = 1
		table[i][n+m] = turn * p.right[i]
		basis[i] = n + i
	}
	first := make([]float64, n+m)
	for i := range m {
		first[n+i] = -1
	}
	climb(table, basis, first, n+m)
	goal := make([]float64, n+m)
	goal[number] = sign
	return climb(table, basis, goal, n)
}

// climb goes to the greatest value of the goal and returns it. Only the first
// columns may enter.
func climb(table [][]float64, basis []int, goal []float64, columns int) float64 {
	last := len(goal)
	for range mostPivots {
		enter := -1
		for k := 0; k < columns && enter < 0; k++ {
			gain := goal[k]
			for i, b := range basis {
				gain -= goal[b] * table[i][k]
			}
			if gain > tiny {
				enter = k
			}
		}
		if enter < 0 {
			value := 0.0
			for i, b := range basis {
				value += goal[b] * table[i][last]
			}
			return value
		}
		leave, least := -1, math.Inf(1)
		for i := range table {
			// What was driven out of the solution must stay at nothing.
			out := basis[i] >= columns && math.Abs(table[i][enter]) > tiny
			if table[i][enter] <= tiny && !out {
				continue
			}
			ratio := table[i][last] / table[i][enter]
			if out {
				ratio = 0
			}
			if ratio < least-tiny || ratio < least+tiny && leave >= 0 && basis[i] < basis[leave] {
				leave, least = i, ratio
			}
		}
		if leave < 0 {
			return math.Inf(1)
		}
		pivot(table, leave, enter)
		basis[leave] = enter
	}
	panic("no end of pivots")
}

func pivot(table [][]float64, row, column int) {
	by := table[row][column]
	for k := range table[row] {
		table[row][k] /= by
	}
	for i := range table {
		if f := table[i][column]; i != row && f != 0 {
			for k := range table[i] {
				table[i][k] -= f * table[row][k]
			}
		}
	}
}

func TestProgram(t *testing.T) {
	// x + y = 10, y + z = 4, x - z = 6 (which follows), of x, y, z >= 0.
	p := program{rows: [][]float64{{1, 1, 0}, {0, 1, 1}, {1, 0, -1}}, right: []float64{10, 4, 6}}
	for i, want := range [][2]float64{{6, 10}, {0, 4}, {0, 4}} {
		if low, high := -p.most(i, -1), p.most(i, 1); math.Abs(low-want[0]) > tiny || math.Abs(high-want[1]) > tiny {
			t.Errorf("number %d is between %g and %g, want %v", i, low, high, want)
		}
	}
	if got := (program{rows: [][]float64{{1, -1}}, right: []float64{-3}}).most(1, 1); !math.IsInf(got, 1) {
		t.Errorf("nothing bounds it: %g", got)
	}
}
