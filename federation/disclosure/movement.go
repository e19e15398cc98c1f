package disclosure

import (
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// movement is who changed in one cell, and by how much.
type movement struct {
	contributors contributors
	yes, no      int64
	some         bool
}

func (m *movement) add(p Part, change int64, yes bool) {
	m.some = true
	p.Value = change
	m.contributors.add(p)
	switch {
	case p.Known || p.Waived:
	case yes:
		m.yes++
	default:
		m.no++
	}
}

// safe reports whether the change may be seen, true if there is none.
func (m *movement) safe(metric survey.Metric, policy Policy) bool {
	if !m.some {
		return true
	}
	if m.contributors.protecting < max(policy.Batch, policy.Members.Contributors) {
		return false
	}
	if yesNo(metric) {
		return m.yes >= minEach && m.no >= minEach
	}
	return m.contributors.safe(policy.Members.Percent)
}

// movementsSafe reports whether the newest of the movements may be seen, and whether the
// earlier ones are still safe beside it.
func movementsSafe(steps []movement, metric survey.Metric, policy Policy) bool {
	last := len(steps) - 1
	if !steps[last].some {
		return true
	}
	for _, m := range steps[:last] {
		if m.some && (!yesNo(metric) && !m.contributors.safe(policy.Members.Percent) || yesNo(metric) && (m.yes < minEach || m.no < minEach)) {
			return false
		}
	}
	return steps[last].safe(metric, policy)
}

// movements adds to each movement who changed in the cell between two of the
// editions with which it left, and to the last who changed since. Who changed
// more than once hides nobody: the steps together cancel what was there.
func (r *reviser) movements(name cubeKey, bases []int, into []movement) {
	ids := make([]survey.Identifier, 0, len(r.in.Answers))
	for _, base := range bases {
		for i := range r.state.Snapshots[base] {
			ids = append(ids, r.state.Snapshots[base][i].Organisation)
		}
	}
	for i := range r.in.Answers {
		ids = append(ids, r.in.Answers[i].Organisation)
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		r.companyMovements(id, name, bases, into)
	}
}

// companyMovements adds one company's changes.
func (r *reviser) companyMovements(id survey.Identifier, name cubeKey, bases []int, into []movement) {
	var all Part // whether anything of the company is known or waived
	values, in := make([]int64, 0, len(bases)+1), make([]bool, 0, len(bases)+1)
	see := func(p Part, has bool) {
		all.Known, all.Waived = all.Known || p.Known, all.Waived || p.Waived
		values, in = append(values, p.Value), append(in, has)
	}
	for _, base := range bases {
		see(partOf(r.state.Snapshots[base], id, name))
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
