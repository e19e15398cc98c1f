package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of what is shown as possibly the same.
const (
	maxSimilar     = 5
	maxCompared    = 50                         // of one list; a longer one is matched by its names
	leastSimilar   = scoreNearest - 2*scoreEdit // two edits to a whole name
	maxPairsShown  = 1000
	maxNameSharers = 20 // organisations of one name that are compared with each other
)

// resemblance says why the organisation may be the one of this name: it has the
// name, or had it.
func (o *organisationRow) resemblance(name string) survey.Resemblance {
	if key := survey.NameKey(name); len(o.Names) > 0 && o.Names[0].key != key {
		return survey.FormerName
	}
	return survey.SameName
}

// similarTo asks this node's index for names a letter or two away. It is asked
// here, before anything is signed: an index is no state, and replicas must not
// decide by it.
func (r *Registry) similarTo(item *survey.NewOrganisation) *survey.Refusal {
	if len(item.Identifiers) > 0 || item.Match || item.Kind == survey.KindIndividual || item.Name == "" {
		return nil
	}
	if _, err := r.Organisation(item.Minted); err == nil {
		return nil // it is that one
	}
	found := r.similarNames(item.Name, func(m *survey.OrganisationMatch) bool {
		return slices.ContainsFunc(append(slices.Clone(m.Identifiers), m.Aliases...), func(id survey.Identifier) bool { return slices.Contains(item.ConfirmNot, id) })
	})
	if len(found) == 0 {
		return nil
	}
	refusal := &survey.Refusal{Code: survey.RefusedPossibleDuplicates, Duplicates: found,
		Detail: "organisations with much the same name are known: use one of them, or confirm that it is none"}
	for _, d := range found {
		refusal.Candidates = append(refusal.Candidates, d.ID)
	}
	return refusal
}

// DuplicatesOf returns up to five organisations that may be this one, by its
// name and theirs, the likeliest first. Nothing is decided by it.
func (r *Registry) DuplicatesOf(o survey.Organisation) []survey.PossibleDuplicate {
	if o.Kind == survey.KindIndividual || o.Name == "" {
		return nil
	}
	return r.similarNames(o.Name, func(m *survey.OrganisationMatch) bool { return m.ID == o.ID })
}

// similarNames returns organisations whose names are the one given, were it, or
// are a letter or two away, without those that leave says.
func (r *Registry) similarNames(name string, leave func(*survey.OrganisationMatch) bool) []survey.PossibleDuplicate {
	var found []survey.PossibleDuplicate
	key := survey.NameKey(name)
	for _, m := range r.SearchOrganisations(name, 2*maxSimilar) {
		if leave(&m) || m.Kind == survey.KindIndividual || m.Score < leastSimilar || len(found) == maxSimilar || strings.HasPrefix(m.Matched, m.ID.Scheme()+":") {
			continue
		}
		reason := survey.SimilarName
		switch {
		case survey.NameKey(m.Name) == key:
			reason = survey.SameName
		case survey.NameKey(m.Matched) == key:
			reason = survey.FormerName
		case m.Score >= scoreParts-rankFormer: // has the words, and more
			continue
		}
		found = append(found, survey.PossibleDuplicate{ID: m.ID, Name: m.Name, Reason: reason})
	}
	return found
}

// PossibleDuplicates returns up to limit pairs of organisations that may be
// one, the likeliest first: the same name, a name that the other had, the same
// name as another legal form. Nothing is merged by it. It reads every
// organisation.
func (r *Registry) PossibleDuplicates(limit int) []survey.DuplicatePair {
	type named struct {
		row    *organisationRow
		form   string
		former bool
	}
	v := r.machine.view()
	sharers := map[string][]named{}
	from(v.txn, tableOrganisations, byKey, "", func(o *organisationRow) bool {
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

func asDuplicate(o *organisationRow, reason survey.Resemblance) survey.PossibleDuplicate {
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

// MergeOrganisations merges one organisation into another for the nation:
// updated, or refused with unknown-organisation or invalid. Identifiers and
// names of the first lead to the second from then on; of two claims in an open
// campaign one stays. SplitOrganisation undoes it. Blocks and fails as
// AddOrganisations.
func (r *Registry) MergeOrganisations(ctx context.Context, request survey.Request, one, into survey.Identifier, reason survey.MergeReason) (survey.Outcome, error) {
	ids, err := normalise([]survey.Identifier{one, into})
	if err != nil {
		return survey.Outcome{}, fmt.Errorf("merge organisations: %w", err)
	}
	return r.writeOne(ctx, request, typeMergeOrganisations, mustEncode(mergePayload{From: ids[0], Into: ids[len(ids)-1], Reason: reason}))
}

// SplitOrganisation undoes the merge of the organisation with this identifier
// of its own into another: updated, or refused with unknown-organisation or
// invalid. A claim that came with it goes back with it, unless it was given up
// or handed over since. Blocks and fails as AddOrganisations.
func (r *Registry) SplitOrganisation(ctx context.Context, request survey.Request, id survey.Identifier, reason survey.MergeReason) (survey.Outcome, error) {
	ids, err := normalise([]survey.Identifier{id})
	if err != nil {
		return survey.Outcome{}, fmt.Errorf("split organisation: %w", err)
	}
	return r.writeOne(ctx, request, typeSplitOrganisation, mustEncode(splitPayload{Organisation: ids[0], Reason: reason}))
}

// writeOne proposes a row of its own and returns its first outcome.
func (r *Registry) writeOne(ctx context.Context, request survey.Request, kind commandType, payload []byte) (survey.Outcome, error) {
	if err := r.checkRequest(request); err != nil {
		return survey.Outcome{}, err
	}
	outcomes, err := r.writeRows(ctx, []rowBody{r.body(kind, request, payload)})
	if err != nil {
		return survey.Outcome{}, err
	}
	return outcomes[0][0], nil
}
