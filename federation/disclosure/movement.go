package disclosure

import (
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// movement is who changed in one cell, and by how much.
type movement struct {
	crowd   crowd
	yes, no int64
	some    bool
}

func (m *movement) add(p Part, change int64, yes bool) {
	m.some = true
	p.Value = change
	m.crowd.add(p)
	switch {
	case p.Known || p.Waived:
	case yes:
		m.yes++
	default:
		m.no++
	}
}

// passes reports whether the change may be seen, true if there is none.
func (m *movement) passes(metric survey.Metric, policy Policy) bool {
	if !m.some {
		return true
	}
	if m.crowd.hiding < max(policy.Batch, policy.Members.Contributors) {
		return false
	}
	if yesNo(metric) {
		return m.yes >= mixed && m.no >= mixed
	}
	return m.crowd.protects(policy.Members.Percent)
}

// pass reports whether the newest of the movements may be seen, and whether the
// earlier ones are still safe beside it.
func pass(steps []movement, metric survey.Metric, policy Policy) bool {
	last := len(steps) - 1
	if !steps[last].some {
		return true
	}
	for _, m := range steps[:last] {
		if m.some && (!yesNo(metric) && !m.crowd.protects(policy.Members.Percent) || yesNo(metric) && (m.yes < mixed || m.no < mixed)) {
			return false
		}
	}
	return steps[last].passes(metric, policy)
}

// compare adds to each movement who changed in the cell between two of the
// editions with which it left, and to the last who changed since. Who changed
// more than once hides nobody: the steps together cancel what was there.
func (r *reviser) compare(name cubeKey, bases []int, into []movement) {
	ids := make([]survey.Identifier, 0, len(r.in.Answers))
	for _, base := range bases {
		for i := range r.state.Editions[base] {
			ids = append(ids, r.state.Editions[base][i].Organisation)
		}
	}
	for i := range r.in.Answers {
		ids = append(ids, r.in.Answers[i].Organisation)
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		r.steps(id, name, bases, into)
	}
}

// steps adds one company's changes.
func (r *reviser) steps(id survey.Identifier, name cubeKey, bases []int, into []movement) {
	var all Part // whether anything of the company is known or waived
	values, in := make([]int64, 0, len(bases)+1), make([]bool, 0, len(bases)+1)
	see := func(p Part, has bool) {
		all.Known, all.Waived = all.Known || p.Known, all.Waived || p.Waived
		values, in = append(values, p.Value), append(in, has)
	}
	for _, base := range bases {
		see(partOf(r.state.Editions[base], id, name))
	}
	var now Part
	has := false
	if i, ok := r.answers[id]; ok && holds(r.in.Answers[i].Keys, name.key) {
		now, has = r.in.Answers[i].part(name.metric)
	}
	see(now, has)
	changed := 0
	for k := range bases {
		if values[k] != values[k+1] || in[k] != in[k+1] {
			changed++
		}
	}
	all.Known = all.Known || changed > 1
	for k := range bases {
		if values[k] != values[k+1] || in[k] != in[k+1] {
			into[k].add(all, values[k+1]-values[k], values[k+1] > 0)
		}
	}
}

func partOf(edition []Former, id survey.Identifier, name cubeKey) (Part, bool) {
	at, found := slices.BinarySearchFunc(edition, id, func(f Former, id survey.Identifier) int {
		return strings.Compare(string(f.Organisation), string(id))
	})
	if !found || !holds(edition[at].Keys, name.key) {
		return Part{}, false
	}
	for _, v := range edition[at].Values {
		if v.Metric == name.metric {
			return Part{Value: v.Value, Known: edition[at].Known, Waived: edition[at].Waived}, true
		}
	}
	return Part{}, false
}

func holds(keys []Key, key Key) bool { return key == (Key{}) || slices.Contains(keys, key) }
