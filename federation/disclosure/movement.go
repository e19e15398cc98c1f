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

// compare adds who changed in the cell since the edition that it left with.
// Who had changed by then already hides nobody.
func (r *reviser) compare(name cubeKey, base int, into *movement) {
	first, before := r.state.Editions[0], r.state.Editions[base]
	ids := make([]survey.Identifier, 0, len(before)+len(r.in.Answers))
	for i := range before {
		ids = append(ids, before[i].Organisation)
	}
	for i := range r.in.Answers {
		ids = append(ids, r.in.Answers[i].Organisation)
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		was, had := partOf(before, id, name)
		var now Part
		has := false
		if i, ok := r.answers[id]; ok && holds(r.in.Answers[i].Keys, name.key) {
			now, has = r.in.Answers[i].part(name.metric)
		}
		if had == has && was.Value == now.Value {
			continue
		}
		if base > 0 {
			original, had0 := partOf(first, id, name)
			now.Known = now.Known || had0 != had || original.Value != was.Value
		}
		now.Known, now.Waived = now.Known || was.Known, now.Waived || was.Waived
		into.add(now, now.Value-was.Value, now.Value > 0)
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
