package disclosure

import (
	"cmp"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// Input has all that a release is decided from. Answers are in the order in which they were
// counted; a corrected one stands at the place of the correction.
type Input struct {
	Policy      Policy
	Definitions survey.Definitions
	Answers     []Answer
	Closed      bool // the campaign is: the rest leaves, and the breakdowns
	// Before are the region's answers of the cycle before, none if the two cycles cannot be
	// matched; Taken are those of companies that other regions surveyed then and handed over.
	Before []Answer
	Taken  []Taken
}

// Release has the figures that may leave the region now: Cells in no particular order, the number
// of Answers of which all figures are in them, and the state to keep before they leave.
type Release struct {
	State   State
	Cells   []survey.Cell
	Answers int64
	Same    bool // nothing leaves: there is nothing to keep
}

// Plan applies the release rule once. While the campaign is open, the oldest waiting companies of
// each headline cell leave as a batch if the batch and the companies that stay are both safe; else
// the cell keeps its figure. At the close the rest leaves, with the breakdowns. Planning again
// without new answers lets nothing more leave.
func Plan(state State, in Input) Release {
	if in.Closed {
		p := newPlanner(state, in)
		cells := p.closeCampaign()
		return Release{State: p.state, Cells: cells, Answers: p.state.Answers}
	}

	q := OpenQueue(state, in.Definitions)
	for i, a := range in.Answers {
		a.Turn = uint64(i)
		q.Set(a)
	}

	cells, answers := q.Tick(in.Policy, nil)
	if state.Format, state.Answers = stateFormat, answers; len(q.unsaved) > 0 {
		// Without a batch the state stays as it was.
		state = q.State()
	}
	return Release{State: state, Cells: cells, Answers: answers, Same: len(q.unsaved) == 0}
}

// planner decides the close and the revisions, from all answers.
type planner struct {
	in       Input
	state    State
	cloned   bool
	answers  map[survey.Identifier]int // by organisation
	waiting  map[survey.Identifier]bool
	changing map[string]bool // by metric: a company that is in the cell changed
}

func newPlanner(state State, in Input) *planner {
	state.Format = stateFormat
	p := &planner{in: in, state: state, answers: make(map[survey.Identifier]int, len(in.Answers)),
		waiting: map[survey.Identifier]bool{}, changing: map[string]bool{}}
	for i := range in.Answers {
		p.answers[in.Answers[i].Organisation] = i
	}
	return p
}

// cell returns the state of the metric's cell, or an empty one that
// is not in the state.
func (p *planner) cell(metric string) *CellState {
	if at, found := p.state.find(metric); found {
		return &p.state.Cells[at]
	}
	return &CellState{Metric: metric}
}

// owned returns the cells of a unit for changing them.
func (p *planner) owned(u unit) []*CellState {
	if !p.cloned {
		p.state, p.cloned = p.state.clone(), true
	}
	for _, m := range u {
		if at, found := p.state.find(m.ID); !found {
			p.state.Cells = slices.Insert(p.state.Cells, at, CellState{Metric: m.ID})
		}
	}
	cells := make([]*CellState, len(u))
	for i, m := range u {
		cells[i] = p.cell(m.ID)
	}
	return cells
}

// now returns the amount that the company adds to the metric today.
func (p *planner) now(id survey.Identifier, metric string) (Part, bool) {
	i, ok := p.answers[id]
	if !ok {
		return Part{}, false
	}
	return p.in.Answers[i].part(metric)
}

// fresh returns the answers that add to the unit and never were in it, oldest first.
func (p *planner) fresh(u unit) []int {
	var out []int
	cells := make([]*CellState, len(u))
	for k, m := range u {
		cells[k] = p.cell(m.ID)
	}

	for i := range p.in.Answers {
		a := &p.in.Answers[i]
		adds, known := false, false
		for k, m := range u {
			_, has := a.part(m.ID)
			adds = adds || has
			known = known || cells[k].entry(a.Organisation) != nil
		}
		if adds && !known {
			out = append(out, i)
		}
	}
	return out
}

// changed returns the companies that were in the unit and whose part is another now, or gone, or
// there again, by organisation.
func (p *planner) changed(u unit) []survey.Identifier {
	var out []survey.Identifier
	for _, m := range u {
		c := p.cell(m.ID)
		for i := range c.Entries {
			e := &c.Entries[i]
			part, in := p.now(e.Organisation, m.ID)
			if part.Value != e.Value || in != e.In {
				out = append(out, e.Organisation)
			}
		}
	}
	slices.SortFunc(out, func(a, b survey.Identifier) int { return cmp.Compare(a, b) })
	return slices.Compact(out)
}

// count sets the number of answers that left whole.
func (p *planner) count() {
	answers := int64(0)
	for i := range p.in.Answers {
		if a := &p.in.Answers[i]; !a.Record && !p.waiting[a.Organisation] {
			answers++
		}
	}
	if answers != p.state.Answers {
		p.state.Answers = answers
	}
}
