package search

import (
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of the similar organisations that are shown.
const (
	maxSimilar   = 5
	leastSimilar = scoreNearest - 2*scoreEdit // two edits to a whole name
)

// Refusal returns a refusal if the item may be a known organisation, by a name a letter or two
// away, and nil otherwise. It is asked before anything is signed: an index is no state, and
// replicas must not decide by it.
func (x *Index) Refusal(s *state.State, item *survey.NewOrganisation) *survey.Refusal {
	if len(item.Identifiers) > 0 || item.Match || item.Kind == survey.KindIndividual || item.Name == "" {
		return nil
	}
	if id, err := survey.ParseIdentifier(string(item.Minted)); err == nil && s.View().Canonical(id) != "" {
		return nil // it is that one
	}

	found := x.similarNames(s, item.Name, func(m *survey.OrganisationMatch) bool {
		return slices.ContainsFunc(append(slices.Clone(m.Identifiers), m.Aliases...),
			func(id survey.Identifier) bool { return slices.Contains(item.ConfirmNot, id) })
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
func (x *Index) DuplicatesOf(s *state.State, o survey.Organisation) []survey.PossibleDuplicate {
	if o.Kind == survey.KindIndividual || o.Name == "" {
		return nil
	}
	return x.similarNames(s, o.Name, func(m *survey.OrganisationMatch) bool { return m.ID == o.ID })
}

// similarNames returns organisations whose names are the one given, were it, or are a letter or two
// away, except those that leave selects.
func (x *Index) similarNames(s *state.State, name string,
	leave func(*survey.OrganisationMatch) bool) []survey.PossibleDuplicate {
	var found []survey.PossibleDuplicate
	key := survey.NameKey(name)
	for _, m := range x.Search(s, name, 2*maxSimilar) {
		if leave(&m) || m.Kind == survey.KindIndividual || m.Score < leastSimilar || len(found) == maxSimilar ||
			strings.HasPrefix(m.Matched, m.ID.Scheme()+":") {
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
