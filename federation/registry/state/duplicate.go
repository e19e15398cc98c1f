package state

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of what is shown as possibly the same.
const (
	maxPairsShown  = 1000
	maxNameSharers = 20 // organisations of one name that are compared with each other
)

// resemblance says why the organisation may be the one of this name: it has the
// name, or had it.
func (o *OrganisationRow) resemblance(name string) survey.Resemblance {
	if key := survey.NameKey(name); len(o.Names) > 0 && o.Names[0].key != key {
		return survey.FormerName
	}
	return survey.SameName
}

// PossibleDuplicates returns up to limit pairs of organisations that may be
// one, the likeliest first: the same name, a name that the other had, the same
// name as another legal form. Nothing is merged by it. It reads every
// organisation.
func (r Reader) PossibleDuplicates(limit int) []survey.DuplicatePair {
	type named struct {
		row    *OrganisationRow
		form   string
		former bool
	}
	v := r.now()
	sharers := map[string][]named{}
	from(v.txn, tableOrganisations, byKey, "", func(o *OrganisationRow) bool {
		if o.MergedInto == "" && o.Kind.Value != string(survey.KindIndividual) {
			for i, n := range o.Names {
				base, form := withoutForm(n.key)
				sharers[base] = append(sharers[base], named{o, form, i > 0})
			}
		}
		return true
	})
	rank := map[survey.Resemblance]int{survey.SameName: 0, survey.FormerName: 1, survey.OtherForm: 2}
	best := map[[2]survey.Identifier]survey.DuplicatePair{}
	for _, list := range sharers {
		list = list[:min(len(list), maxNameSharers)]
		for i, a := range list {
			for _, b := range list[i+1:] {
				if a.row.ID == b.row.ID {
					continue
				}
				reason := survey.SameName
				switch {
				case a.form != b.form:
					reason = survey.OtherForm
				case a.former || b.former:
					reason = survey.FormerName
				}
				first, second := a.row, b.row
				if second.ID < first.ID {
					first, second = second, first
				}
				pair := survey.DuplicatePair{First: asDuplicate(first, reason), Second: asDuplicate(second, reason), Reason: reason}
				key := [2]survey.Identifier{first.ID, second.ID}
				if known, seen := best[key]; !seen || rank[reason] < rank[known.Reason] {
					best[key] = pair
				}
			}
		}
	}
	pairs := make([]survey.DuplicatePair, 0, len(best))
	for _, pair := range best {
		pairs = append(pairs, pair)
	}
	slices.SortFunc(pairs, func(a, b survey.DuplicatePair) int {
		return cmp.Or(cmp.Compare(rank[a.Reason], rank[b.Reason]), cmp.Compare(a.First.Name, b.First.Name),
			cmp.Compare(a.First.ID, b.First.ID), cmp.Compare(a.Second.ID, b.Second.ID))
	})
	return pairs[:min(len(pairs), limit, maxPairsShown)]
}

func asDuplicate(o *OrganisationRow, reason survey.Resemblance) survey.PossibleDuplicate {
	return survey.PossibleDuplicate{ID: o.ID, Name: o.Names[0].Name, Reason: reason}
}

// withoutForm parts a name key from the class of its legal form, if it has one.
func withoutForm(key string) (base, form string) {
	for _, class := range []string{" LTD", " PLC", " LLP", " CIC", " CIO", " LP"} {
		if rest, found := strings.CutSuffix(key, class); found && rest != "" {
			return rest, class
		}
	}
	return key, ""
}
