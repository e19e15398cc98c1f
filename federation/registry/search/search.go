package search

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of a search.
const (
	maxQueryWords = 8
	maxQueryBytes = 200
)

// Scores. A text with every word of the query comes before one that only resembles it.
const (
	scoreWhole   = 100
	scoreStart   = 90
	scoreBegins  = 75 // every word begins a word
	scoreParts   = 50 // every word stands somewhere
	scoreNearest = 45 // resembles the text; less with every edit
	scoreAlike   = 12 // shares most of its letter groups
	scoreEdit    = 8
	nearStart    = 3 // taken off when only the beginning resembles it
	nearPart     = 6 // or a part in the middle
)

// Ranks of texts, taken off the score: the current name before identifiers
// before former names.
const (
	rankNumber = 2
	rankFormer = 10
)

// hit is an organisation that a search found.
type hit struct {
	id     survey.Identifier
	folded string // of its current name
	shown  string
	score  int
}

// Search returns up to limit organisations of the state, closest first: those
// that have every word of the text, whole or as a part, then those that are a
// few typing errors away from it.
func (x *Index) Search(s *state.State, text string, limit int) []survey.OrganisationMatch {
	query := newSearchQuery(text)
	if len(query.words) == 0 || limit <= 0 {
		return nil
	}

	hits := x.find(s, &query, limit)
	matches := make([]survey.OrganisationMatch, 0, len(hits))
	v := s.View()
	seen := make(map[survey.Identifier]bool, len(hits))
	for _, h := range hits {
		// An organisation that was merged away leads to the one that absorbed it.
		if o, known := v.Shown(h.id); known && !seen[o.ID] {
			seen[o.ID] = true
			matches = append(matches, survey.OrganisationMatch{Organisation: o, Matched: h.shown, Score: h.score})
		}
	}
	return matches
}

// find returns the closest organisations of the state as it is now.
func (x *Index) find(s *state.State, q *searchQuery, limit int) []hit {
	v := s.View()

	x.Follow(s)
	x.mu.RLock()
	defer x.mu.RUnlock()

	seen := borrow(&x.seen, len(x.docs))
	defer x.seen.Put(&seen)
	c := &collector{index: x, seen: seen, limit: limit}

	x.literal(v, q, c)
	// Words come before resemblance, so that it is asked for only if there is room.
	if len(c.hits) < limit {
		x.similar(q, c)
	}
	return c.hits
}

// collector scores each organisation once for its words and, if it has not got
// them, once for its resemblance, and keeps the closest.
type collector struct {
	index *Index
	seen  []uint8 // by document: the last round that scored it
	round uint8
	best  func([]searchText) (shown string, score int)
	limit int
	hits  []hit // closest first, at most limit
}

const found uint8 = 255 // in seen: never to be scored again

func (c *collector) take(doc int32) {
	if doc < 0 || c.seen[doc] >= c.round {
		return
	}
	c.seen[doc] = c.round
	d := &c.index.docs[doc]
	texts := c.index.texts[d.first : d.first+d.count]
	if d.dead || len(texts) == 0 {
		return

	}
	shown, score := c.best(texts)
	if score == 0 {
		return
	}

	// Found by its words, it is not scored for its resemblance too.
	c.seen[doc] = found
	h := hit{id: d.id, folded: texts[0].folded, shown: shown, score: score}
	if len(c.hits) == c.limit && compareHits(h, c.hits[c.limit-1]) >= 0 {
		return

	}
	at, _ := slices.BinarySearchFunc(c.hits, h, compareHits)
	if len(c.hits) == c.limit {
		c.hits = c.hits[:c.limit-1]
	}
	c.hits = slices.Insert(c.hits, at, h)
}

func compareHits(a, b hit) int {
	if a.score != b.score {
		return b.score - a.score
	}
	return cmp.Or(cmp.Compare(a.folded, b.folded), cmp.Compare(a.id, b.id))
}

// literal finds the texts with every word of the query. The state's own index has the names that
// begin with the query, so that no bound can hide them.
func (x *Index) literal(v state.View, q *searchQuery, c *collector) {
	c.round, c.best = 1, q.best
	key := survey.NameKey(q.folded)
	left := 2 * c.limit
	v.NamedFrom(key, func(id survey.Identifier) bool {
		if doc, known := x.places[id]; known {
			c.take(doc)
		}
		left--
		return left > 0

	})
	for _, list := range [][]uint32{x.rarest(q.grams()), x.rarest(numberGrams(q.number, true))} {
		for _, text := range list[:min(len(list), maxVerified)] {
			c.take(x.texts[text].doc)
		}
	}
}

// similar finds names that share groups of three letters with the query. Short
// names may share none with their misspelling: they are found by their length
// and letters.
func (x *Index) similar(q *searchQuery, c *collector) {
	if len(q.folded) < shortestSimilar {
		return
	}

	near := newNearness(q)
	c.round, c.best = 2, near.best
	visit := func(text uint32) { c.take(x.texts[text].doc) }
	if len(q.key) < longestByLetters {
		// Most names of that length are others: compare this one alone before
		// all that its organisation is known by.
		edits := min(near.maxEdits, 2)
		x.ofLength(len(q.folded), near.letters, edits, func(text uint32) {
			if whole, _ := near.folded.edits(x.texts[text].folded, false); whole <= edits {
				visit(text)
			}
		})
		x.ofLength(len(q.key), lettersOf(q.key), edits, func(text uint32) {
			if whole, _ := near.key.edits(x.texts[text].key, false); whole <= edits {
				visit(text)
			}
		})
	}

	x.sharing(q, visit)
}

// searchQuery is a text as it is looked for.
type searchQuery struct {
	words  []string
	folded string // the words as one text
	key    string // the name key
	number string
}

func newSearchQuery(text string) searchQuery {
	text = text[:min(len(text), maxQueryBytes)]
	number := text
	if _, id, found := strings.Cut(text, ":"); found {
		number = id
	}

	q := searchQuery{folded: survey.FoldName(text), number: foldNumber(strings.TrimSpace(number))}
	q.key = survey.NameKey(q.folded)
	q.words = strings.Fields(q.folded)
	q.words = q.words[:min(len(q.words), maxQueryWords)]
	return q
}

// grams are groups of letters that every text with all the words has: those of
// the long words or, if there are none, the beginnings of the short ones.
func (q *searchQuery) grams() []gram {
	var long, short []gram
	for _, word := range q.words {
		if len(word) < 3 {
			short = append(short, beginning(word))
		}
		for i := 0; i+3 <= len(word); i++ {
			long = append(long, gramOf(word[i:i+3]))
		}
	}

	if len(long) > 0 {
		return long
	}
	return short

}

// best returns the closest of an organisation's texts that has every word, and
// its score, 0 if none has.
func (q *searchQuery) best(texts []searchText) (shown string, score int) {
	for i := range texts {
		t := &texts[i]

		found := 0
		if t.number {
			found = q.scoreNumber(t.folded)
		} else {
			found = q.scoreName(t)
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
		return scoreWhole + rankNumber
	case len(q.number) >= shortest && strings.HasPrefix(number, q.number):
		return 70
	case len(q.number) >= shortest && strings.Contains(number, q.number):
		return 40
	}
	return 0
}

func (q *searchQuery) scoreName(t *searchText) int {
	name := t.folded
	switch {
	case name == q.folded:
		return scoreWhole
	case t.key == q.key:
		return scoreWhole - 1
	}
	begins := true
	for _, word := range q.words {
		if !strings.Contains(name, word) {
			return 0
		}
		begins = begins && strings.Contains(" "+name, " "+word)
	}
	switch {
	case strings.HasPrefix(name, q.folded):
		return scoreStart
	case begins:
		return scoreBegins
	}
	return scoreParts
}

// foldNumber drops spaces, hyphens and leading zeros, as people and spreadsheets do.
func foldNumber(s string) string {
	s = strings.ToUpper(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, s))
	if trimmed := strings.TrimLeft(s, "0"); trimmed != "" {
		return trimmed
	}
	return s
}
