package registry

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of a search.
const (
	maxQueryWords = 8
	maxQueryBytes = 200
)

// searchIndex keeps every organisation's names in folded form, beside the
// state it was made from. It is brought up to date by the numbers that changed
// since, when somebody searches.
type searchIndex struct {
	mu      sync.Mutex
	of      *state
	upTo    uint64
	entries []searchEntry
	places  map[survey.Identifier]int
}

type searchEntry struct {
	row   *organisationRow
	texts []searchText
}

// searchText is one way an organisation is known: folded, and as shown.
type searchText struct {
	folded string
	shown  string
	rank   int // subtracted from the score
	number bool
}

// Ranks of texts: the current name before identifiers before former names.
const (
	rankNumber = 2
	rankFormer = 10
)

func newSearchIndex() *searchIndex { return &searchIndex{} }

// SearchOrganisations returns up to limit organisations whose names, former
// names or identifiers have every word of the text, whole or as a part, closest
// first. Numbers match without the leading zeros that spreadsheets lose.
func (r *Registry) SearchOrganisations(text string, limit int) []survey.OrganisationMatch {
	query := newSearchQuery(text)
	if len(query.words) == 0 || limit <= 0 {
		return nil
	}
	type hit struct {
		entry *searchEntry
		shown string
		score int
	}
	var hits []hit
	entries := r.search.current(r.machine.current.Load())
	for i := range entries {
		if shown, score := query.best(&entries[i]); score > 0 {
			hits = append(hits, hit{&entries[i], shown, score})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.score, a.score),
			cmp.Compare(a.entry.texts[0].folded, b.entry.texts[0].folded), cmp.Compare(a.entry.row.ID, b.entry.row.ID))
	})
	matches := make([]survey.OrganisationMatch, 0, min(limit, len(hits)))
	for _, h := range hits[:min(limit, len(hits))] {
		matches = append(matches, survey.OrganisationMatch{Organisation: h.entry.row.survey(), Matched: h.shown, Score: h.score})
	}
	return matches
}

// current returns the entries of the state as it is now. The slice is replaced,
// never changed, so searches may go on reading an older one.
func (x *searchIndex) current(s *state) []searchEntry {
	v := s.view()
	number := v.federation().Number
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.of != s {
		x.of, x.upTo, x.entries, x.places = s, 0, nil, map[survey.Identifier]int{}
	}
	if x.upTo >= number {
		return x.entries
	}
	copied := false
	from(v.txn, tableOrganisations, byNumber, numberKey(x.upTo+1), func(o *organisationRow) bool {
		at, known := x.places[o.ID]
		if known && !copied {
			x.entries = slices.Clone(x.entries)
			copied = true
		}
		if known {
			x.entries[at] = newSearchEntry(o)
			return true
		}
		x.places[o.ID] = len(x.entries)
		x.entries = append(x.entries, newSearchEntry(o))
		return true
	})
	x.upTo = number
	return x.entries
}

func newSearchEntry(o *organisationRow) searchEntry {
	e := searchEntry{row: o}
	for i, n := range o.Names {
		rank := 0
		if i > 0 {
			rank = rankFormer
		}
		e.texts = append(e.texts, searchText{folded: survey.FoldName(n.Name), shown: n.Name, rank: rank})
	}
	for _, id := range o.Identifiers {
		e.texts = append(e.texts, searchText{folded: foldNumber(id.ID()), shown: string(id), rank: rankNumber, number: true})
	}
	return e
}

// foldNumber drops what spreadsheets and people drop.
func foldNumber(s string) string {
	s = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(s))
	if trimmed := strings.TrimLeft(s, "0"); trimmed != "" {
		return trimmed
	}
	return s
}

type searchQuery struct {
	words  []string
	folded string // the words as one text
	number string
}

func newSearchQuery(text string) searchQuery {
	text = text[:min(len(text), maxQueryBytes)]
	number := text
	if _, id, found := strings.Cut(text, ":"); found {
		number = id
	}
	q := searchQuery{folded: survey.FoldName(text), number: foldNumber(strings.TrimSpace(number))}
	q.words = strings.Fields(q.folded)
	q.words = q.words[:min(len(q.words), maxQueryWords)]
	return q
}

// best returns the closest text of the entry and its score, 0 if none matches.
func (q *searchQuery) best(e *searchEntry) (shown string, score int) {
	for i := range e.texts {
		t := &e.texts[i]
		found := 0
		if t.number {
			found = q.scoreNumber(t.folded)
		} else {
			found = q.scoreName(t.folded)
		}
		if found > 0 && max(found-t.rank, 1) > score {
			shown, score = t.shown, max(found-t.rank, 1)
		}
	}
	return shown, score
}

func (q *searchQuery) scoreNumber(number string) int {
	const shortest = 3 // fewer characters match too much
	switch {
	case number == q.number:
		return 100 + rankNumber
	case len(q.number) >= shortest && strings.HasPrefix(number, q.number):
		return 70
	case len(q.number) >= shortest && strings.Contains(number, q.number):
		return 40
	}
	return 0
}

// scoreName is 100 for the whole name, 90 for its beginning, 75 when every word
// begins a word of it, 50 when every word stands somewhere in it.
func (q *searchQuery) scoreName(name string) int {
	if name == q.folded {
		return 100
	}
	begins := true
	for _, word := range q.words {
		if !strings.Contains(name, word) {
			return 0
		}
		begins = begins && beginsWord(name, word)
	}
	switch {
	case strings.HasPrefix(name, q.folded):
		return 90
	case begins:
		return 75
	}
	return 50
}

func beginsWord(name, word string) bool {
	return strings.HasPrefix(name, word) || strings.Contains(name, " "+word)
}
