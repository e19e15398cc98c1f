package search

import (
	"math/bits"
	"sync"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of the work of one search.
const (
	maxVerified      = 10_000 // texts looked at because they share the rarest group of letters
	maxSharing       = 200    // texts compared because they share many groups
	shortestSimilar  = 4      // of a query; shorter ones resemble too much
	longestByLetters = 20     // of a query; longer ones share groups enough with their misspellings
	commonPart       = 8      // a group that an eighth of all texts have says little
)

// Index finds the texts of organisations by groups of three letters and by length. It stands beside
// the state that it was made from and is brought up to date by the numbers that changed since. A
// changed organisation gets a new document; the index is built anew when a quarter of its texts are
// dead.
type Index struct {
	mu      sync.RWMutex
	of      *state.State
	upTo    uint64
	docs    []searchDoc
	places  map[survey.Identifier]int32
	texts   []searchText
	dead    int
	grams   map[gram][]uint32         // rising numbers of texts
	lengths [longestTyped + 1][]typed // names by their length in bytes
	counts  sync.Pool                 // *[]uint8, one per text
	seen    sync.Pool                 // *[]uint8, one per document
}

// searchDoc is an organisation and its texts, one after the other. It is dead
// when a newer document has taken its place.
type searchDoc struct {
	id    survey.Identifier
	dead  bool
	first uint32
	count uint32
}

// searchText is one way an organisation is known: folded, and as shown.
type searchText struct {
	folded string
	key    string // name key; empty for numbers
	shown  string
	doc    int32
	rank   int // subtracted from the score
	number bool
	dead   bool
}

// typed is a name, or its name key, among those of its length.
type typed struct {
	letters uint64
	text    uint32
}

// gram is a group of three letters; a space stands before each word. Groups of
// numbers have another mark, so that names and numbers do not meet.
type gram uint32

const numberMark = 0x01

func gramOf(s string) gram { return gram(s[0])<<16 | gram(s[1])<<8 | gram(s[2]) }

// beginning is the group for words of one or two letters.
func beginning(word string) gram {
	if len(word) == 1 {
		return gram(' ')<<8 | gram(word[0])
	}
	return gramOf(" " + word)
}

// numberGrams are the groups of a number; those of a short query are its
// beginning.
func numberGrams(number string, query bool) []gram {
	const mark = gram(numberMark) << 24
	var out []gram
	if len(number) > 0 && (!query || len(number) == 1) {
		out = append(out, mark|gram(' ')<<8|gram(number[0]))
	}
	if len(number) > 1 && (!query || len(number) == 2) {
		out = append(out, mark|gramOf(" "+number[:2]))
	}
	for i := 0; i+3 <= len(number); i++ {
		out = append(out, mark|gramOf(number[i:i+3]))
	}
	return out
}

// NewIndex returns an empty index.
func NewIndex() *Index { return &Index{} }

// Follow brings the index up to the state as it is now.
func (x *Index) Follow(s *state.State) {
	v := s.View()
	number := v.Number()
	x.mu.RLock()
	current := x.of == s && x.upTo >= number
	x.mu.RUnlock()
	if current {
		return
	}

	x.mu.Lock()
	defer x.mu.Unlock()

	// For another state, or when too much of it is dead, the index is built anew.
	if x.of != s || x.dead > len(x.texts)/4+1024 {
		x.of, x.upTo, x.docs, x.texts, x.dead = s, 0, nil, nil, 0
		x.places, x.grams, x.lengths = map[survey.Identifier]int32{}, map[gram][]uint32{}, [longestTyped + 1][]typed{}
	}

	if x.upTo >= number {
		return
	}
	v.OrganisationsSince(x.upTo, x.put)
	x.upTo = number
}

// put makes a document of the organisation as it is now.
func (x *Index) put(o *state.OrganisationRow) {
	if old, known := x.places[o.ID]; known {
		d := &x.docs[old]
		for i := range d.count {
			x.texts[d.first+i].dead, x.texts[d.first+i].doc = true, -1
		}
		x.dead += int(d.count)
		d.dead = true
	}

	doc := int32(len(x.docs))
	d := searchDoc{id: o.ID, first: uint32(len(x.texts))}
	for i, n := range o.Names {
		rank := 0
		if i > 0 {
			rank = rankFormer
		}
		x.addName(searchText{folded: survey.FoldName(n.Name), key: n.Key(), shown: n.Name, doc: doc, rank: rank})
	}
	for _, id := range o.Identifiers {
		x.addNumber(searchText{folded: foldNumber(id.ID()), shown: string(id), doc: doc, rank: rankNumber,
			number: true})
	}

	d.count = uint32(len(x.texts)) - d.first
	x.docs = append(x.docs, d)
	x.places[o.ID] = doc
}

func (x *Index) addName(t searchText) {
	text := uint32(len(x.texts))
	x.texts = append(x.texts, t)
	spaced := " " + t.folded
	for i := 0; i+3 <= len(spaced); i++ {
		x.post(gramOf(spaced[i:i+3]), text)
	}
	for i := 0; i+2 <= len(spaced); i++ {
		if spaced[i] == ' ' {
			x.post(beginning(spaced[i+1:i+2]), text)
		}
	}
	x.addTyped(t.folded, text)
	if t.key != t.folded {
		x.addTyped(t.key, text)
	}
}

func (x *Index) addNumber(t searchText) {
	text := uint32(len(x.texts))
	x.texts = append(x.texts, t)
	for _, g := range numberGrams(t.folded, false) {
		x.post(g, text)
	}
}

func (x *Index) post(g gram, text uint32) {
	list := x.grams[g]
	if len(list) == 0 || list[len(list)-1] != text {
		x.grams[g] = append(list, text)
	}
}

func (x *Index) addTyped(name string, text uint32) {
	if len(name) <= longestTyped {
		x.lengths[len(name)] = append(x.lengths[len(name)], typed{lettersOf(name), text})
	}
}

// rarest returns the texts of the group that the fewest have, none if one group
// is nowhere.
func (x *Index) rarest(grams []gram) []uint32 {
	var out []uint32
	for i, g := range grams {
		if list := x.grams[g]; i == 0 || len(list) < len(out) {
			out = list
		}
	}
	return out
}

// ofLength visits the names that can be at most so many edits away from a text
// of this length and these letters: an edit changes the length by one and the
// set of letters by two at most.
func (x *Index) ofLength(length int, letters uint64, edits int, visit func(text uint32)) {
	for n := max(0, length-edits); n <= min(longestTyped, length+edits); n++ {
		for _, t := range x.lengths[n] {
			if bits.OnesCount64(t.letters^letters) <= 2*edits {
				visit(t.text)
			}
		}
	}
}

// sharing visits the texts that share the most groups with the query, without
// the groups that many texts have.
func (x *Index) sharing(q *searchQuery, visit func(text uint32)) {
	counts := borrow(&x.counts, len(x.texts))
	defer x.counts.Put(&counts)
	used := 0

	seen := map[gram]bool{}
	spaced := " " + q.folded
	for i := 0; i+3 <= len(spaced); i++ {
		g := gramOf(spaced[i : i+3])
		list := x.grams[g]
		if seen[g] || len(list) > len(x.texts)/commonPart+64 {
			continue
		}
		seen[g] = true
		used++
		for _, text := range list {
			counts[text]++
		}
	}

	if used == 0 {
		return
	}

	// The floor is the least count with which a text still gets in.
	var having [256]int
	for _, n := range counts {
		having[n]++
	}
	floor, total := 255, 0
	for floor > max(2, used/3) && total+having[floor] < maxSharing {
		total += having[floor]
		floor--
	}

	// Those that share more come first, so that the bound cuts off the least.
	left := maxSharing
	for text, n := range counts {
		if int(n) > floor {
			visit(uint32(text))
		}
	}
	for text, n := range counts {
		if int(n) == floor && left > 0 {
			visit(uint32(text))
			left--
		}
	}
}

// borrow returns n zeros from the pool or new ones.
func borrow(pool *sync.Pool, n int) []uint8 {
	if kept, ok := pool.Get().(*[]uint8); ok && cap(*kept) >= n {
		zeros := (*kept)[:n]
		clear(zeros)
		return zeros
	}
	return make([]uint8, n, n+n/4)
}
