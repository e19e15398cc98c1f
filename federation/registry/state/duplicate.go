package state

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of the possible duplicates that are shown.
const (
	maxPairsShown  = 1000
	maxNameSharers = 20 // organisations of one name that are compared with each other
)

// resemblance returns how the organisation resembles the name: it has the name, or had it.
func (o *OrganisationRow) resemblance(name string) survey.Resemblance {
	if key := survey.NameKey(name); len(o.Names) > 0 && o.Names[0].key != key {
		return survey.FormerName
	}
	return survey.SameName
}

// namesake is an organisation under one of its names.
type namesake struct {
	row    *OrganisationRow
	form   string // the class of the name's legal form
	former bool
}

// namesakes returns the organisations by their names, present and former, without the legal forms.
func (v View) namesakes() map[string][]namesake {
	out := map[string][]namesake{}
	for o := range rowsFrom[OrganisationRow](v.txn, tableOrganisations, byKey, "") {
		if o.MergedInto == "" && o.Kind.Value != string(survey.KindIndividual) {
			for i, n := range o.Names {
				base, form := withoutForm(n.key)
				out[base] = append(out[base], namesake{o, form, i > 0})
			}
		}
	}
	return out
}

// pairOf returns two organisations as a pair, the one with the lesser id first.
func pairOf(a, b namesake) survey.DuplicatePair {
	if b.row.ID < a.row.ID {
		a, b = b, a
	}
	reason := survey.SameName
	switch {
	case a.form != b.form:
		reason = survey.OtherForm
	case a.former || b.former:
		reason = survey.FormerName
	}
	return survey.DuplicatePair{First: asDuplicate(a.row, reason), Second: asDuplicate(b.row, reason), Reason: reason}
}

// PossibleDuplicates returns up to limit pairs of organisations that may be one, the likeliest
// first: the same name, a name that the other had, the same name as another legal form. It merges
// nothing. It reads every organisation.
func (r Reader) PossibleDuplicates(limit int) []survey.DuplicatePair {
	rank := map[survey.Resemblance]int{survey.SameName: 0, survey.FormerName: 1, survey.OtherForm: 2}
	best := map[[2]survey.Identifier]survey.DuplicatePair{}
	for _, list := range r.now().namesakes() {
		// A name of very many is no sign of a duplicate, and their pairs would be too many.
		list = list[:min(len(list), maxNameSharers)]
		for i, a := range list {
			for _, b := range list[i+1:] {
				pair := pairOf(a, b)
				key := [2]survey.Identifier{pair.First.ID, pair.Second.ID}
				known, seen := best[key]
				if key[0] != key[1] && (!seen || rank[pair.Reason] < rank[known.Reason]) {
					best[key] = pair
				}
			}
		}
	}

	pairs := slices.SortedFunc(maps.Values(best), func(a, b survey.DuplicatePair) int {
		return cmp.Or(cmp.Compare(rank[a.Reason], rank[b.Reason]), cmp.Compare(a.First.Name, b.First.Name),
			cmp.Compare(a.First.ID, b.First.ID), cmp.Compare(a.Second.ID, b.Second.ID))
	})
	return pairs[:min(len(pairs), limit, maxPairsShown)]
}

func asDuplicate(o *OrganisationRow, reason survey.Resemblance) survey.PossibleDuplicate {
	return survey.PossibleDuplicate{ID: o.ID, Name: o.Names[0].Name, Reason: reason}
}

// withoutForm splits a name key into its base and the class of its legal form, if it has one.
func withoutForm(key string) (base, form string) {
	for _, class := range []string{" LTD", " PLC", " LLP", " CIC", " CIO", " LP"} {
		if rest, found := strings.CutSuffix(key, class); found && rest != "" {
			return rest, class
		}
	}
	return key, ""
}
