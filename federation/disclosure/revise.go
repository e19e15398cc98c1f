package disclosure

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Former is one company's answer in the figures of the close or of a revision. The next revision is
// compared with it.
type Former struct {
	Organisation survey.Identifier     `cbor:"1,keyasint"`
	Known        bool                  `cbor:"2,keyasint,omitempty"`
	Waived       bool                  `cbor:"3,keyasint,omitempty"`
	Keys         []Key                 `cbor:"4,keyasint"`
	Values       []survey.Contribution `cbor:"5,keyasint"`
}

// Base says that one group of cells left with one of the state's snapshots. All left with the
// first; the last named one stands.
type Base struct {
	Family    string           `cbor:"1,keyasint"` // its first metric
	Dimension survey.Dimension `cbor:"2,keyasint"`
	Snapshot  int              `cbor:"3,keyasint"`
}

// Revise decides which closed figures a revision changes. former are the cells as they last left. A
// headline cell changes only if at least the release batch of contributors changed in it since,
// which together pass the primary rule; else it keeps its former value and flag and waits for a
// later revision. Breakdowns change with their headline, one dimension at a time and whole, if the
// change of every cell, and of all hidden ones together, passes the same.
func Revise(state State, in Input, former []survey.Cell) Release {
	in.Closed = true
	p := newPlanner(state, in)

	// Without the former answers nobody can be protected: nothing changes.
	if state.Lost || len(state.Snapshots) == 0 {
		return Release{State: p.state, Cells: slices.Clone(former), Answers: p.behind(state.Answers, p.differs(former))}
	}

	p.state = p.state.clone()
	p.cloned = true
	r := reviser{planner: p, former: map[cubeKey]survey.Cell{}, kept: map[string]bool{}, snapshot: len(state.Snapshots)}
	for _, c := range former {
		r.former[cubeKey{c.Metric, Key{c.Dimension, c.Key}}] = c
	}

	// The headline cells decide first, because their breakdowns follow them.
	for _, u := range units(in.Definitions) {
		r.unit(u)
	}
	p.count()

	r.cube = newCube(in)
	for i := range r.cube.cells {
		p.primary(&r.cube.cells[i])
	}
	r.cube.suppressBreakdowns(in.Definitions)
	r.cube.secondary(in)

	out := r.headlines()
	moved := false
	for _, f := range families(in.Definitions) {
		for _, dimension := range append([]survey.Dimension{""}, survey.CellDimensions()...) {
			cells, left := r.group(f, dimension)
			out = append(out, cells...)
			moved = moved || left
		}
	}

	if moved {
		p.state.Snapshots = append(slices.Clip(p.state.Snapshots), snapshot(in.Answers))
	}
	p.state.Answers = p.behind(p.state.Answers, len(p.waiting) > 0)
	return Release{State: p.state, Cells: out, Answers: p.state.Answers}
}

// behind returns how many answers are whole in the figures. A waiting change is counted even if the
// company has no answer any more.
func (p *planner) behind(whole int64, waits bool) int64 {
	n := int64(0)
	for i := range p.in.Answers {
		if !p.in.Answers[i].Record {
			n++
		}
	}
	if waits {
		n = max(0, n-1)
	}
	return min(whole, n)
}

// differs reports whether any headline cell changed.
func (p *planner) differs(former []survey.Cell) bool {
	for _, u := range units(p.in.Definitions) {
		for _, m := range u {
			value, contributors := int64(0), int64(0)
			for i := range p.in.Answers {
				if part, has := p.in.Answers[i].part(m.ID); has {
					value += part.Value
					contributors++
				}
			}

			// A figure of nobody is not in the cells.
			if !slices.ContainsFunc(former, func(c survey.Cell) bool {
				return c.Metric == m.ID && c.Dimension == "" && c.Value == value && c.Contributors == contributors
			}) && contributors > 0 {
				return true
			}
		}
	}
	return false
}

// reviser is a planner after the close.
type reviser struct {
	*planner
	cube     *cube
	former   map[cubeKey]survey.Cell
	kept     map[string]bool // headline metrics that keep their former cell
	snapshot int             // the number of this one
}

// families are the metrics that change together: the units, with the parts of
// a sum, and every other metric alone.
func families(d survey.Definitions) []unit {
	out := units(d)

	for _, m := range d.Metrics {
		if m.Headline || m.OfRegion() {
			continue
		}
		// The sources of a sum change with it.
		at := slices.IndexFunc(out, func(u unit) bool {
			return m.Part != "" && u[0].Headline && u[0].Part == "" && u[0].Question == m.Question &&
				u[0].Measure == survey.MeasureValue
		})
		if at < 0 {
			out = append(out, unit{m})
		} else {
			out[at] = append(out[at], m)
		}
	}
	return out
}

// unit lets the headline cells of one unit change, or keeps them.
func (r *reviser) unit(u unit) {
	fresh, changed := r.fresh(u), r.changed(u)
	left := false
	for _, m := range u {
		left = left || r.cell(m.ID).Batches > 0
	}

	if !left {
		// Nothing can be told apart from an earlier release.
		r.releaseRest(u)
		for _, m := range u {
			r.kept[m.ID] = len(fresh) > 0 && r.cell(m.ID).Batches == 0
		}
		return
	}
	if len(fresh)+len(changed) == 0 {
		return
	}

	for _, m := range u {
		if moved := r.moved(m, fresh, changed); !moved.safe(m, r.in.Policy) || !r.earlierSafe(m, changed) {
			r.keepUnit(u, fresh, changed)
			return
		}
	}
	r.releaseBatch(u, fresh, changed)
}

// moved returns the changes of a headline cell since it last left. A company that
// changed before protects nobody.
func (r *reviser) moved(m survey.Metric, fresh []int, changed []survey.Identifier) (out movement) {
	c := r.cell(m.ID)
	for _, i := range fresh {
		if part, has := r.in.Answers[i].part(m.ID); has {
			out.add(part, part.Value, part.Value > 0)
		}
	}

	for _, id := range changed {
		e := c.entry(id)
		if e == nil {
			continue
		}
		part, in := r.now(id, m.ID)
		if part.Value == e.Value && in == e.In {
			continue
		}
		part.Known, part.Waived = part.Known || e.Known || len(e.Steps) > 1, e.Waived
		out.add(part, part.Value-e.Value, part.Value > 0)
	}
	return out
}

// earlierSafe reports whether the changes of earlier revisions in the cell are still safe without
// the companies that change again, because two revisions together cancel those.
func (r *reviser) earlierSafe(m survey.Metric, changed []survey.Identifier) bool {
	c := r.cell(m.ID)
	again, batches := map[survey.Identifier]bool{}, map[uint32]bool{}
	for _, id := range changed {
		e := c.entry(id)
		if e == nil {
			continue
		}
		if part, in := r.now(id, m.ID); part.Value == e.Value && in == e.In {
			continue
		}
		again[id] = true
		// A batch of a revision may be compared with the one of this revision.
		for _, s := range e.Steps {
			batches[s.Batch] = batches[s.Batch] || s.Batch >= c.Final
		}
	}

	for batch, ofRevision := range batches {
		if !ofRevision {
			continue // the members' agreement covers all that left by the close
		}
		if before := c.batchWithout(batch, again); !before.protect(r.in.Policy, m) {
			return false
		}
	}
	return true
}

// keepUnit lets the unit keep its figures.
func (r *reviser) keepUnit(u unit, fresh []int, changed []survey.Identifier) {
	for _, i := range fresh {
		r.waiting[r.in.Answers[i].Organisation] = true
	}
	for _, id := range changed {
		r.waiting[id] = true
	}
	for _, m := range u {
		r.kept[m.ID] = true
	}
}

// headlines returns the headline cells: changed, unchanged or kept.
func (r *reviser) headlines() []survey.Cell {
	var out []survey.Cell
	for _, u := range units(r.in.Definitions) {
		for _, m := range u {
			name := cubeKey{metric: m.ID}
			old, had := r.former[name]
			at := r.cube.place(m.ID, Key{})
			last := r.cell(m.ID)

			switch {
			case r.kept[m.ID] && had:
				out = append(out, old)
			case at >= 0:
				cell := survey.Cell{Metric: m.ID, Flag: r.cube.cells[at].flag, Value: last.Value,
					Contributors: last.Contributors}
				out = append(out, cell)
			case had:
				out = append(out, survey.Cell{Metric: m.ID, Value: last.Value, Contributors: last.Contributors})
			}
		}
	}
	return out
}

// group returns the cells of one family in one breakdown, or of its parts without one. It reports
// whether they are the new ones.
func (r *reviser) group(f unit, dimension survey.Dimension) ([]survey.Cell, bool) {
	var names []cubeKey
	for _, m := range f {
		if dimension == "" && m.Headline {
			continue
		}
		names = append(names, r.names(m.ID, dimension)...)
	}
	if len(names) == 0 {
		return nil, false
	}

	left := r.mayChange(f, dimension, names)
	var out []survey.Cell
	for _, name := range names {
		if c, some := r.current(name); left && some {
			out = append(out, c)
		}
		if c, some := r.former[name]; !left && some {
			out = append(out, c)
		}
	}

	if left {
		// The other dimensions of the family may not show the difference.
		r.rebase(f[0].ID, dimension)
	} else {
		r.kept[f[0].ID+"/"] = true
	}
	return out, left
}

// names returns the names of the metric's cells in one breakdown, former and new, in order.
func (r *reviser) names(metric string, dimension survey.Dimension) []cubeKey {
	var out []cubeKey
	for name := range r.former {
		if name.metric == metric && name.key.Dimension == dimension {
			out = append(out, name)
		}
	}
	for _, c := range r.cube.cells {
		if c.metric == metric && c.key.Dimension == dimension {
			out = append(out, cubeKey{c.metric, c.key})
		}
	}
	slices.SortFunc(out, func(a, b cubeKey) int { return strings.Compare(a.key.Key, b.key.Key) })
	return slices.Compact(out)
}

func (r *reviser) current(name cubeKey) (survey.Cell, bool) {
	at := r.cube.place(name.metric, name.key)
	if at < 0 {
		return survey.Cell{}, false
	}
	c := &r.cube.cells[at]
	cell := survey.Cell{Metric: name.metric, Dimension: name.key.Dimension, Key: name.key.Key, Flag: c.flag}
	if !c.flag.Withheld() {
		cell.Value, cell.Contributors = c.sum(), int64(len(c.of))
	}
	return cell, true
}

// mayChange reports whether the group may change: its headline changed or is the same, the same
// cells are hidden as before, and every change passes.
func (r *reviser) mayChange(f unit, dimension survey.Dimension, names []cubeKey) bool {
	if dimension == survey.ByPanel {
		return false // it is matched once, at the close
	}
	if r.kept[f[0].ID] || dimension != "" && r.kept[f[0].ID+"/"] {
		return false
	}

	shown, same := false, true
	for _, name := range names {
		old, had := r.former[name]
		c, _ := r.current(name)
		shown = shown || had && !old.Flag.Withheld()
		same = same && old.Flag.Withheld() == c.Flag.Withheld()
	}
	// Beside a total that left earlier, the first parts would expose the others.
	if !shown {
		return !r.totalLeft(f, dimension)
	}
	if !same {
		return false
	}

	bases := r.bases(f[0].ID, dimension)
	for _, m := range f {
		// Hidden cells can be seen as their sum alone.
		hidden := make([]movement, len(bases))
		for _, name := range names {
			if name.metric != m.ID {
				continue
			}
			moved := make([]movement, len(bases))
			into := moved
			if r.former[name].Flag.Withheld() {
				into = hidden
			}
			r.movements(name, bases, into)
			if !movementsSafe(moved, m, r.in.Policy) {
				return false
			}
		}
		if !movementsSafe(hidden, m, r.in.Policy) {
			return false
		}
	}
	return true
}

// totalLeft reports whether the total of the group's cells left before.
func (r *reviser) totalLeft(f unit, dimension survey.Dimension) bool {
	return slices.ContainsFunc(f, func(m survey.Metric) bool {
		return (m.Headline || dimension != "") && r.former[cubeKey{metric: m.ID}].Contributors > 0
	})
}

// bases returns the snapshots that the group left with, the first first.
func (r *reviser) bases(family string, dimension survey.Dimension) []int {
	out := []int{0}
	for _, b := range r.state.Bases {
		if b.Family == family && b.Dimension == dimension {
			out = append(out, b.Snapshot)
		}
	}
	return out
}

func (r *reviser) rebase(family string, dimension survey.Dimension) {
	r.state.Bases = append(slices.Clip(r.state.Bases), Base{family, dimension, r.snapshot})
}

// snapshot returns the answers for the next revision to compare with, by organisation.
func snapshot(answers []Answer) []Former {
	out := make([]Former, len(answers))
	for i, a := range answers {
		out[i] = Former{Organisation: a.Organisation, Known: a.Known, Waived: a.Waived, Keys: a.Keys, Values: a.Values}
	}
	slices.SortFunc(out, func(a, b Former) int { return cmp.Compare(a.Organisation, b.Organisation) })
	return out
}
