package report

import (
	"math/big"

	"github.com/ahsn-network/tracker/store/survey"
)

// Lengths of a chart, in the units of its picture.
const (
	chartWidth = 720
	labelWidth = 305
	maxBar     = 205
	rowHeight  = 26
	barHeight  = 16
)

// chart is a picture of horizontal bars, with a table of the same values. The bars have the order
// in which they are given.
type chart struct {
	ID, Title, Desc string
	Height          int
	Bars            []bar
}

// bar is one bar. Its full length stands for of, or for the chart's largest value if of is 0.
type bar struct {
	Label, Value  string
	Absent, Light bool
	size, of      int64

	Y, TextY, X, Width, ValueX int // of the picture
}

func barOf(label string, f survey.Figure) bar {
	return bar{Label: label, Value: f.Words(), Absent: f.Absent(), size: f.Value}
}

// bars lays a chart out. An absent value has no bar, because it is not 0.
func bars(id, title, desc string, rows []bar) chart {
	c := chart{ID: id, Title: title, Desc: desc, Height: len(rows)*rowHeight + 4, Bars: rows}

	// Absent values have no length, whatever their size field holds.
	largest := int64(0)
	for _, b := range rows {
		if !b.Absent {
			largest = max(largest, b.size)
		}
	}

	for i := range c.Bars {
		b := &c.Bars[i]
		whole := largest
		if b.of > 0 {
			whole = b.of
		}

		b.Y, b.X = i*rowHeight+4, labelWidth
		b.TextY = b.Y + barHeight - 4

		// A value above 0 stays visible, however small.
		if !b.Absent && whole > 0 && b.size > 0 {
			b.Width = max(1, share(b.size, whole))
		}
		b.ValueX = b.X + b.Width + 6
	}
	return c
}

// share returns the length of a part. It cannot overflow.
func share(part, whole int64) int {
	n := new(big.Int).Mul(big.NewInt(part), big.NewInt(maxBar))
	return int(n.Quo(n, big.NewInt(whole)).Int64())
}
