package disclosure

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// closeCampaign returns the cells that leave when the campaign closes: the headline cells whole
// where they reach the threshold, and the breakdowns under the whole primary rule, with secondary
// suppression.
func (p *planner) closeCampaign() []survey.Cell {
	for _, u := range units(p.in.Definitions) {
		p.releaseRest(u)
	}
	p.count()

	cube := newCube(p.in)
	for i := range cube.cells {
		p.primary(&cube.cells[i])
	}
	cube.suppressBreakdowns(p.in.Definitions)
	cube.secondary(p.in)

	// From now on a revision is compared with these answers.
	p.state.Complete = true
	if !p.state.Lost {
		p.state.Snapshots = [][]Former{snapshot(p.in.Answers)}
	}
	return append(p.closedCells(cube), cube.panel.cells(p.in)...)
}

// releaseRest lets the rest of a unit leave, unless fewer companies than the threshold changed
// since the last batch: the difference would single them out.
func (p *planner) releaseRest(u unit) {
	if p.state.Lost {
		return
	}
	fresh, changed := p.fresh(u), p.changed(u)
	// A change that moves no value shows nothing.
	moved := int64(len(fresh))
	for _, id := range changed {
		if p.changesValue(u, id) {
			moved++
		}
	}

	zero := moved == int64(len(fresh)) // nothing but zeros would leave
	few := false
	for _, m := range u {
		few = few || p.total(m).threshold(p.in.Policy.Members.Contributors) != ""
		for _, i := range fresh {
			part, _ := p.in.Answers[i].part(m.ID)
			zero = zero && part.Value == 0
		}
	}

	before := false
	for _, m := range u {
		before = before || p.cell(m.ID).Batches > 0
	}

	// The unit keeps its figures, and these companies wait for a revision.
	if few || before && !zero && moved < p.in.Policy.Members.Contributors {
		for _, i := range fresh {
			p.waiting[p.in.Answers[i].Organisation] = true
		}
		for _, id := range changed {
			p.waiting[id] = true
		}
		for _, m := range u {
			p.changing[m.ID] = len(changed) > 0
		}
		return
	}

	p.releaseBatch(u, fresh, changed)
	for _, c := range p.owned(u) {
		c.Final = c.Batches
	}
}

// releaseBatch lets the new and the changed companies leave as one batch.
func (p *planner) releaseBatch(u unit, fresh []int, changed []survey.Identifier) {
	cells := p.owned(u)
	for k, m := range u {
		for _, i := range fresh {
			if part, has := p.in.Answers[i].part(m.ID); has {
				cells[k].put(p.in.Answers[i].Organisation, part, true, cells[k].Batches)
			}
		}

		for _, id := range changed {
			if part, in := p.now(id, m.ID); in || cells[k].entry(id) != nil {
				cells[k].put(id, part, in, cells[k].Batches)
			}
		}
		cells[k].Batches++
	}
}

// changesValue reports whether the company changes any value of the unit.
func (p *planner) changesValue(u unit, id survey.Identifier) bool {
	for _, m := range u {
		part, _ := p.now(id, m.ID)
		if e := p.cell(m.ID).entry(id); e != nil && e.Value != part.Value {
			return true
		}
	}
	return false
}

// parts are the parts of all companies in one cell today.
type parts []Part

// threshold applies the threshold alone: at the close the members' agreement covers a dominated
// headline cell.
func (p parts) threshold(least int64) Reason { return Audience{Contributors: least}.Primary(p) }

func (p *planner) total(m survey.Metric) parts {
	var out parts
	for i := range p.in.Answers {
		if part, has := p.in.Answers[i].part(m.ID); has {
			out = append(out, part)
		}
	}
	return out
}

// primary applies the primary rule to one cell of the closing cube.
func (p *planner) primary(c *cubeCell) {
	all := make([]Part, len(c.of))
	for i, at := range c.of {
		all[i] = Part{Value: c.values[i], Known: p.in.Answers[at].Known, Waived: p.in.Answers[at].Waived}
	}

	switch {
	case c.headline && p.withheld(c.metric):
		c.flag = p.closedFlag(c.metric)
	case !c.headline && p.in.Policy.Members.Primary(all) != "":
		c.flag = survey.CellHidden
	case p.in.Policy.Public.Primary(all) != "":
		c.flag = survey.CellMembers
	}
}

// withheld reports whether the headline cell did not leave whole.
func (p *planner) withheld(metric string) bool {
	sum, n := int64(0), int64(0)
	for i := range p.in.Answers {
		if part, has := p.in.Answers[i].part(metric); has {
			sum += part.Value
			n++
		}
	}

	if p.state.Lost {
		return Audience{Contributors: p.in.Policy.Members.Contributors}.belowThreshold(n, sum)
	}
	c := p.cell(metric)
	return c.Value != sum || c.Contributors != n
}

func (a Audience) belowThreshold(contributors, sum int64) bool {
	return sum != 0 && contributors < a.Contributors
}

func (p *planner) closedFlag(metric string) survey.CellFlag {
	if p.changing[metric] || p.state.Lost && p.cell(metric).Contributors > 0 {
		return survey.CellChanging
	}
	return survey.CellHidden
}

// closedCells returns the cells of the cube. A withheld headline cell keeps its last released
// figure; another has neither value nor contributors.
func (p *planner) closedCells(cube *cube) []survey.Cell {
	var out []survey.Cell
	seen := map[string]bool{}
	for _, c := range cube.cells {
		cell := survey.Cell{Metric: c.metric, Dimension: c.key.Dimension, Key: c.key.Key, Flag: c.flag}
		switch {
		case !c.flag.Withheld():
			for _, v := range c.values {
				cell.Value += v
			}
			cell.Contributors = int64(len(c.of))
		case c.headline:
			last := p.cell(c.metric)
			cell.Value, cell.Contributors = last.Value, last.Contributors
		}

		if c.headline {
			seen[c.metric] = true
		}
		out = append(out, cell)
	}

	// These cells left once, and no answer is in them any more.
	for _, c := range p.state.Cells {
		if !seen[c.Metric] && c.Contributors > 0 {
			out = append(out, survey.Cell{Metric: c.Metric, Value: c.Value, Contributors: c.Contributors,
				Flag: survey.CellChanging})
		}
	}
	return out
}

// cube has every cell of the region with the answers in it.
type cube struct {
	cells []cubeCell
	at    map[cubeKey]int
	panel panel
}

type cubeKey struct {
	metric string
	key    Key
}

type cubeCell struct {
	metric   string
	key      Key
	headline bool // leaves with the threshold alone
	of       []int
	values   []int64
	flag     survey.CellFlag
}

func newCube(in Input) *cube {
	c := &cube{at: map[cubeKey]int{}, panel: newPanel(in)}
	headline := map[string]bool{}
	for _, m := range in.Definitions.Metrics {
		headline[m.ID] = m.Headline
	}

	for i := range in.Answers {
		a := &in.Answers[i]
		for _, v := range a.Values {
			if _, known := headline[v.Metric]; !known {
				continue
			}
			c.add(v, Key{}, i, headline[v.Metric])
			for _, k := range a.Keys {
				c.add(v, k, i, false)
			}
			// Records are no answers, so that they cannot be matched.
			if k, matched := c.panel.key(v.Metric, i); matched && !a.Record {
				c.add(v, k, i, false)
			}
		}
	}

	slices.SortFunc(c.cells, func(a, b cubeCell) int {
		return cmp.Or(strings.Compare(a.metric, b.metric),
			cmp.Compare(a.key.Dimension, b.key.Dimension),
			strings.Compare(a.key.Key, b.key.Key))
	})
	for i := range c.cells {
		c.at[cubeKey{c.cells[i].metric, c.cells[i].key}] = i
	}
	return c
}

// suppressBreakdowns hides the breakdowns and sources of every headline cell that did not leave
// whole, because they would add up to it.
func (c *cube) suppressBreakdowns(d survey.Definitions) {
	hidden := map[survey.QuestionID]bool{}
	metrics := map[string]bool{}

	// A withheld sum of money hides its sources too.
	for i := range c.cells {
		if m, _ := d.Metric(c.cells[i].metric); c.cells[i].headline && c.cells[i].flag.Withheld() {
			metrics[m.ID] = true
			hidden[m.Question] = hidden[m.Question] || m.Question != "" && m.Part == "" &&
				m.Measure == survey.MeasureValue
		}
	}

	for i := range c.cells {
		cell := &c.cells[i]
		m, _ := d.Metric(cell.metric)
		if !cell.headline && (metrics[m.ID] || hidden[m.Question] && m.Part != "") {
			cell.flag = survey.CellHidden
		}
	}
}

func (c *cube) add(v survey.Contribution, k Key, answer int, headline bool) {
	name := cubeKey{v.Metric, k}
	at, found := c.at[name]
	if !found {
		at = len(c.cells)
		c.at[name] = at
		c.cells = append(c.cells, cubeCell{metric: v.Metric, key: k, headline: headline})
	}
	c.cells[at].of = append(c.cells[at].of, answer)
	c.cells[at].values = append(c.cells[at].values, v.Value)
}
