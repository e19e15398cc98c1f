package disclosure

import (
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Input is what a release is decided from. Answers are in the order in which
// they were counted; a corrected one stands where the correction does.
type Input struct {
	Policy      Policy
	Definitions survey.Definitions
	Answers     []Answer
	Closed      bool // the campaign: the rest leaves, and the breakdowns
	// Before are the region's answers of the cycle before, none if the two cycles
	// cannot be matched; Taken those of companies that other regions surveyed
	// then and handed over.
	Before []Answer
	Taken  []Taken
}

// Release is what may leave the region now: Cells in no particular order,
// Answers of which all figures are in them, and the state to keep before they
// leave.
type Release struct {
	State   State
	Cells   []survey.Cell
	Answers int64
	Same    bool // nothing left: the state differs in nothing that has to be kept
}

// Plan is one tick of the release rule. While the campaign is open, the oldest
// pending companies of each headline cell leave as a batch if the batch and
// what stays are both safe; else the cell stays as it last left. At the close
// the rest leaves, with the breakdowns. Planning again without new answers
// lets nothing more leave.
func Plan(state State, in Input) Release {
	p := newPlanner(state, in)
	if in.Closed {
		cells := p.close()
		return Release{State: p.state, Cells: cells, Answers: p.state.Answers}
	}
	if !state.Lost {
		for _, u := range units(in.Definitions) {
			p.tick(u)
		}
		p.count()
	}
	return Release{State: p.state, Cells: p.openCells(), Answers: p.state.Answers, Same: !p.cloned}
}

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

// cell returns the state of the metric's cell, which may be an empty one that
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

// now returns what the company adds to the metric today.
func (p *planner) now(id survey.Identifier, metric string) (Part, bool) {
	i, ok := p.answers[id]
	if !ok {
		return Part{}, false
	}
	return p.in.Answers[i].part(metric)
}

// fresh returns the answers that add to the unit and never were in it, oldest
// first.
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

// changed returns the companies that were in the unit and are now in it with
// another value, or no longer, or again, by organisation.
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
	slices.SortFunc(out, func(a, b survey.Identifier) int { return strings.Compare(string(a), string(b)) })
	return slices.Compact(out)
}

// tick lets the unit's next batch leave if there is a safe one.
func (p *planner) tick(u unit) {
	fresh, changed := p.fresh(u), p.changed(u)
	batch := fresh[:p.cut(u, fresh)]
	left := fresh[len(batch):]
	if len(batch) > 0 || len(changed) > 0 && p.in.Policy.Batch <= 1 {
		cells := p.owned(u)
		crowds := make([]crowd, len(u))
		for k, m := range u {
			for _, i := range batch {
				part, has := p.in.Answers[i].part(m.ID)
				if has {
					crowds[k].add(part)
				}
			}
		}
		changed = slices.DeleteFunc(changed, func(id survey.Identifier) bool { return p.join(u, cells, crowds, id) })
		for k, m := range u {
			for _, i := range batch {
				if part, has := p.in.Answers[i].part(m.ID); has {
					cells[k].put(p.in.Answers[i].Organisation, part, true, cells[k].Batches)
				}
			}
			cells[k].Batches++
		}
	}
	for _, i := range left {
		p.waiting[p.in.Answers[i].Organisation] = true
	}
	for _, id := range changed {
		p.waiting[id] = true
	}
	for _, m := range u {
		p.changing[m.ID] = len(changed) > 0
	}
}

// join lets one correction, transfer or withdrawal leave with the batch if the
// new companies in it hide the change, and if the batches that the company was
// in before are still safe without it.
func (p *planner) join(u unit, cells []*CellState, crowds []crowd, id survey.Identifier) bool {
	for k, m := range u {
		e := cells[k].entry(id)
		part, _ := p.now(id, m.ID)
		if e == nil || part.Value == e.Value {
			continue
		}
		if e.Waived {
			continue
		}
		with := crowds[k]
		with.target = max(with.target, part.Value-e.Value, e.Value-part.Value)
		if !p.lasts(m, with) {
			return false
		}
		for _, s := range e.Steps {
			if before, yes, no := cells[k].crowd(s.Batch, func(other survey.Identifier) bool { return other == id }); !p.hides(m, before) || yesNo(m) && (yes < mixed || no < mixed) {
				return false
			}
		}
	}
	for k, m := range u {
		part, in := p.now(id, m.ID)
		if cells[k].entry(id) != nil || in {
			cells[k].put(id, part, in, cells[k].Batches)
		}
	}
	return true
}

// lasts asks more of what leaves than of what left or stays: a company in it
// may become known to another region later.
func (p *planner) lasts(m survey.Metric, c crowd) bool {
	return yesNo(m) || c.lasts(p.in.Policy.Members.Percent)
}

func (p *planner) hides(m survey.Metric, c crowd) bool {
	return yesNo(m) || c.protects(p.in.Policy.Members.Percent)
}

// cut returns how many of the pending companies leave: as many of the oldest
// as the hold-back allows, so that they are safe and those that stay too.
func (p *planner) cut(u unit, fresh []int) int {
	n := len(fresh)
	least := int(p.in.Policy.Batch)
	most := n - int(p.in.Policy.HoldBack)
	if most < least {
		return 0
	}
	safe := make([]bool, n+1)
	for cut := range safe {
		safe[cut] = cut >= least && cut <= most
	}
	for _, m := range u {
		p.runs(m, fresh, safe)
	}
	for cut := most; cut >= least; cut-- {
		if safe[cut] {
			return cut
		}
	}
	return 0
}

// runs takes away the cuts at which the metric's batch, or what stays, is not
// safe.
func (p *planner) runs(m survey.Metric, fresh []int, safe []bool) {
	var batch, rest crowd
	var yes, no int64
	for i, at := range fresh {
		if part, has := p.in.Answers[at].part(m.ID); has {
			batch.add(part)
			switch {
			case part.Known || part.Waived:
			case part.Value == 0:
				no++
			default:
				yes++
			}
		}
		if batch.hiding < p.in.Policy.Batch || !p.lasts(m, batch) || yesNo(m) && p.in.Policy.Batch > 1 && (yes < mixed || no < mixed) {
			safe[i+1] = false
		}
	}
	for i := len(fresh) - 1; i > 0; i-- {
		if part, has := p.in.Answers[fresh[i]].part(m.ID); has {
			rest.add(part)
		}
		if p.in.Policy.HoldBack > 0 && (rest.hiding < p.in.Policy.Batch || !p.hides(m, rest)) {
			safe[i] = false
		}
	}
}

// count sets how many answers have left whole.
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

// openCells are the headline cells as they last left. All carry the same flag
// while any answer waits: which metrics it adds to is its own business.
func (p *planner) openCells() []survey.Cell {
	var out []survey.Cell
	waits := len(p.waiting) > 0 || p.state.Lost
	if len(p.in.Answers) == 0 && len(p.state.Cells) == 0 {
		return nil
	}
	for _, u := range units(p.in.Definitions) {
		for _, m := range u {
			c := p.cell(m.ID)
			cell := survey.Cell{Metric: m.ID, Value: c.Value, Contributors: c.Contributors}
			switch {
			case p.changing[m.ID] || p.state.Lost:
				cell.Flag = survey.CellChanging
			case waits:
				cell.Flag = survey.CellWaiting
			}
			out = append(out, cell)
		}
	}
	return out
}
