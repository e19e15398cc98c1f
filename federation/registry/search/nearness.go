package search

// longestPattern is how many bytes of a query are compared letter by letter:
// the bits of a machine word.
const (
	longestPattern = 64
	longestTyped   = longestPattern + 3
)

// pattern is a text prepared to be compared with many others, a machine word at
// a time. Edits are letters left out, put in, exchanged for another, or two
// neighbours exchanged.
// Source: H. Hyyrö, A bit-vector algorithm for computing Levenshtein and
// Damerau edit distances, 2003.
type pattern struct {
	at     [256]uint64
	length int
}

func newPattern(text string) *pattern {
	text = text[:min(len(text), longestPattern)]
	p := &pattern{length: len(text)}
	for i := range len(text) {
		p.at[text[i]] |= 1 << i
	}
	return p
}

// edits returns how many edits the pattern is away from the whole text and from
// its closest beginning or, with anywhere, its closest part.
func (p *pattern) edits(text string, anywhere bool) (whole, part int) {
	positive, negative := ^uint64(0), uint64(0)
	diagonal, before := uint64(0), uint64(0)
	last := uint64(1) << (p.length - 1)
	first := uint64(1)
	if anywhere {
		first = 0
	}
	whole = p.length
	part = whole

	// One turn for each letter of the text compares it with all letters of the pattern.
	for i := range len(text) {
		here := p.at[text[i]]
		swapped := (^diagonal & here) << 1 & before
		diagonal = ((here&positive + positive) ^ positive) | here | negative | swapped
		up := negative | ^(diagonal | positive)
		down := diagonal & positive
		if up&last != 0 {
			whole++
		}
		if down&last != 0 {
			whole--
		}

		up = up<<1 | first
		down <<= 1
		positive = down | ^(diagonal | up)
		negative = up & diagonal
		before = here
		part = min(part, whole)
	}

	return whole, part
}

// nearness scores names by their edits away from a query.
type nearness struct {
	query        *searchQuery
	folded       *pattern
	key          *pattern
	letters      uint64
	maxEdits     int // edits to a whole name
	maxPartEdits int // edits to a beginning or a part
	groups       map[gram]bool
}

func newNearness(q *searchQuery) *nearness {
	n := &nearness{query: q, folded: newPattern(q.folded), key: newPattern(q.key), letters: lettersOf(q.folded),
		maxEdits: 3, maxPartEdits: 2, groups: map[gram]bool{}}

	// Short queries resemble too many names.
	if len(q.folded) < 16 {
		n.maxEdits = 2
	}
	if len(q.folded) < 7 {
		n.maxEdits, n.maxPartEdits = 1+len(q.folded)/6, 1
	}

	spaced := " " + q.folded
	for i := 0; i+3 <= len(spaced); i++ {
		n.groups[gramOf(spaced[i:i+3])] = true
	}
	return n
}

// best returns the nearest of an organisation's names and its score, 0 if none
// is near.
func (n *nearness) best(texts []searchText) (shown string, score int) {
	for i := range texts {
		t := &texts[i]
		if t.number {
			continue
		}
		found := n.score(t)
		if t.rank > 0 {
			found-- // a former name, all else being equal, comes after
		}
		if found > score {
			shown, score = t.shown, found
		}
	}
	return shown, score
}

func (n *nearness) score(t *searchText) int {
	// The closest part is never farther away than the beginning or the whole:
	// one look is enough for most names.
	if _, part := n.folded.edits(t.folded, true); part <= n.maxEdits {
		whole, start := n.folded.edits(t.folded, false)
		if len(n.query.folded) > longestPattern {
			whole = start // as far as it is compared
		}
		switch {
		case whole <= n.maxEdits:
			return scoreNearest - scoreEdit*whole
		case start <= n.maxPartEdits:
			return scoreNearest - scoreEdit*start - nearStart
		case part <= n.maxPartEdits:
			return scoreNearest - scoreEdit*part - nearPart
		}
	}

	if longer := len(t.key) - n.key.length; n.key.length > 0 && longer <= n.maxEdits && longer >= -n.maxEdits {
		if byKey, _ := n.key.edits(t.key, false); byKey <= n.maxEdits {
			return scoreNearest - scoreEdit*byKey
		}
	}
	return n.alike(t)
}

// alike compares the groups of letters: names with a word more, a word less or
// the words in another order share most of them.
func (n *nearness) alike(t *searchText) int {
	const least = 60 // of a hundred
	spaced := " " + t.folded
	if groups := len(spaced) - 2; 100*2*min(groups, len(n.groups)) < least*(groups+len(n.groups)) {
		return 0 // too long or too short, however much it shares
	}

	shared, all := 0, 0
	for i := 0; i+3 <= len(spaced); i++ {
		all++
		if n.groups[gramOf(spaced[i:i+3])] {
			shared++
		}
	}

	if percent := 200 * shared / (all + len(n.groups)); percent >= least {
		return max(2, scoreAlike-(100-percent)/4)
	}
	return 0
}

// lettersOf is the set of letters and digits of a text.
func lettersOf(text string) (set uint64) {
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'A' && c <= 'Z':
			set |= 1 << (c - 'A')
		case c >= '0' && c <= '9':
			set |= 1 << (26 + c - '0')
		default:
			set |= 1 << (36 + c%28)
		}
	}
	return set
}
