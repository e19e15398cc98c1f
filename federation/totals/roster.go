package totals

import (
	"math/rand/v2"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// roster reads the members of the federation as this region's node needs them.
type roster struct {
	self     survey.Region
	registry Registry
	alive    func() []survey.Region // nil: not known
}

// member returns the region's entry, unless it was removed.
func (r roster) member(region survey.Region) (survey.Member, bool) {
	for _, m := range r.registry.Members() {
		if m.Region == region && m.State != survey.MemberRemoved {
			return m, true
		}
	}
	return survey.Member{}, false
}

// reporting returns the regions whose figures make the nation, in the roster's
// order. Observers have none.
func (r roster) reporting() []survey.Region { return reporting(r.registry.Members()) }

func reporting(members []survey.Member) []survey.Region {
	var out []survey.Region
	for _, m := range members {
		if m.State != survey.MemberRemoved && m.Role != survey.RoleObserver {
			out = append(out, m.Region)
		}
	}
	return out
}

// peers returns the regions besides this one, in the roster's order.
func (r roster) peers() []survey.Region {
	var out []survey.Region
	for _, m := range r.registry.Members() {
		if m.State != survey.MemberRemoved && m.Region != r.self {
			out = append(out, m.Region)
		}
	}
	return out
}

// reachable returns the other members in random order: those that are believed
// reachable if that is known, else all.
func (r roster) reachable() []survey.Region {
	var out []survey.Region
	if r.alive != nil {
		out = slices.Clone(r.alive())
	}
	if len(out) == 0 {
		out = r.peers()
	}

	out = slices.DeleteFunc(out, func(region survey.Region) bool { return region == r.self })
	rand.Shuffle(len(out), func(i, k int) { out[i], out[k] = out[k], out[i] })
	return out
}
