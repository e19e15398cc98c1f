package disclosure

import (
	"cmp"

	"github.com/ahsn-network/tracker/store/survey"
)

// relation says that a cell is the sum of others, by their places in the cube.
type relation struct {
	total int // -1 if nobody is in it
	parts []int
}

// additive are the breakdowns in which every company stands exactly once. Support is none of them:
// a company may have had several kinds.
var additive = []survey.Dimension{survey.BySector, survey.BySize, survey.ByStage, survey.ByPanel}

// relations returns the sums that a reader can do: a metric over the keys of a breakdown, and the
// sources of money over the same key.
func (c *cube) relations(d survey.Definitions) []relation {
	var out []relation
	for _, m := range d.Metrics {
		for _, dimension := range additive {
			// A company stands in one key only, so that these add up.
			r := relation{total: c.place(m.ID, Key{})}
			for i := range c.cells {
				if c.cells[i].metric == m.ID && c.cells[i].key.Dimension == dimension {
					r.parts = append(r.parts, i)
				}
			}
			out = append(out, r)
		}

		// Only money has sources.
		if m.Part != "" || m.Measure != survey.MeasureValue {
			continue
		}

		for i := range c.cells {
			if c.cells[i].metric != m.ID {
				continue
			}
			r := relation{total: i}
			for _, part := range d.Metrics {
				if part.Part != "" && part.Question == m.Question {
					if at := c.place(part.ID, c.cells[i].key); at >= 0 {
						r.parts = append(r.parts, at)
					}
				}
			}
			if len(r.parts) > 0 {
				out = append(out, r)
			}
		}
	}
	return out
}

func (c *cube) place(metric string, k Key) int {
	if at, found := c.at[cubeKey{metric, k}]; found {
		return at
	}
	return -1
}

// secondary hides more cells until no hidden one can be computed from the shown ones: the
// difference between a total and its shown parts must itself pass the primary rule.
func (c *cube) secondary(in Input) {
	relations := c.relations(in.Definitions)
	// A cell may be part of several relations.
	for again := true; again; {
		again = false
		for _, r := range relations {
			for !c.protected(r, in) {
				next := c.smallestShown(r)
				if next < 0 {
					break
				}
				c.cells[next].flag = survey.CellHidden
				again = true
			}
		}
	}
}

// protected reports whether the hidden cells of the relation protect one another.
func (c *cube) protected(r relation, in Input) bool {
	left := map[int]int64{}
	hidden := 0
	for _, at := range r.parts {
		if cell := &c.cells[at]; cell.flag.Withheld() {
			hidden++
			for i, answer := range cell.of {
				left[answer] += cell.values[i]
			}
		}
	}

	totalHidden := r.total >= 0 && c.cells[r.total].flag.Withheld()
	switch {
	// Every cell is shown or hidden with its total.
	case len(r.parts) == 0:
		return true
	case totalHidden:
		return hidden > 0
	case hidden == 0:
		return true
	}

	// A reader knows the sum of the hidden cells.
	all := make([]Part, 0, len(left))
	for i := range in.Answers {
		if value, ok := left[i]; ok {
			all = append(all, Part{Value: value, Known: in.Answers[i].Known, Waived: in.Answers[i].Waived})
		}
	}
	return hidden > 1 && in.Policy.Members.Primary(all) == ""
}

// smallestShown returns the shown part with the fewest companies, -1 if there is
// none that may be hidden.
func (c *cube) smallestShown(r relation) int {
	best := -1
	for _, at := range r.parts {
		cell := &c.cells[at]
		if cell.flag.Withheld() || cell.headline {
			continue
		}
		if best < 0 || cmp.Or(cmp.Compare(len(cell.of), len(c.cells[best].of)),
			cmp.Compare(cell.sum(), c.cells[best].sum())) < 0 {
			best = at
		}
	}
	return best
}

func (c *cubeCell) sum() int64 {
	sum := int64(0)
	for _, v := range c.values {
		sum += v
	}
	return sum
}
