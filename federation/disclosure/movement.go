package disclosure

import (
	"cmp"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// movement has the companies that changed in one cell, with their changes.
type movement struct {
	contributors contributors
	some         bool
}

func (m *movement) add(p Part, change int64, yes bool) {
	m.some = true
	p.Value = change
	m.contributors.addAnswer(p, yes)
}

// safe reports whether the change may be seen, true if there is none.
func (m *movement) safe(metric survey.Metric, policy Policy) bool {
	if !m.some {
		return true
	}
	return m.contributors.protecting >= max(policy.Batch, policy.Members.Contributors) &&
		m.contributors.protect(policy, metric)
}

// movementsSafe reports whether the newest of the movements may be seen, and
// whether the earlier ones are still safe beside it.
func movementsSafe(steps []movement, metric survey.Metric, policy Policy) bool {
	last := len(steps) - 1
	if !steps[last].some {
		return true
	}
	for _, m := range steps[:last] {
		if m.some && !m.contributors.protect(policy, metric) {
			return false
		}
	}
	return steps[last].safe(metric, policy)
}

// movements adds to each movement the companies that changed in the cell between
// two of the snapshots with which it left, and to the last those that changed
// since. A company that changed more than once protects nobody, because its
// changes together cancel.
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
	var all Part // whether any of the company's parts is known or waived
	values, in := make([]int64, 0, len(bases)+1), make([]bool, 0, len(bases)+1)
	note := func(p Part, has bool) {
		all.Known, all.Waived = all.Known || p.Known, all.Waived || p.Waived
		values, in = append(values, p.Value), append(in, has)
	}

	for _, base := range bases {
		note(partOf(r.state.Snapshots[base], id, name))
	}
	var now Part
	has := false
	if i, ok := r.answers[id]; ok && holds(r.in.Answers[i].Keys, name.key) {
		now, has = r.in.Answers[i].part(name.metric)
	}
	note(now, has)

	var changed []int // the bases after which the part was another
	for k := range bases {
		if values[k] != values[k+1] || in[k] != in[k+1] {
			changed = append(changed, k)
		}
	}
	all.Known = all.Known || len(changed) > 1
	for _, k := range changed {
		into[k].add(all, values[k+1]-values[k], values[k+1] > 0)
	}
}

// partOf returns the company's part of a cell in a snapshot, false if it has none.
func partOf(snapshot []Former, id survey.Identifier, name cubeKey) (Part, bool) {
	at, found := slices.BinarySearchFunc(snapshot, id, func(f Former, id survey.Identifier) int {
		return cmp.Compare(f.Organisation, id)
	})
	if !found || !holds(snapshot[at].Keys, name.key) {
		return Part{}, false
	}
	for _, v := range snapshot[at].Values {
		if v.Metric == name.metric {
			return Part{Value: v.Value, Known: snapshot[at].Known, Waived: snapshot[at].Waived}, true
		}
	}
	return Part{}, false
}

func holds(keys []Key, key Key) bool { return key == (Key{}) || slices.Contains(keys, key) }
