package store

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"github.com/ahsn-network/tracker/store/survey"
)

// wordIndex holds the folded words of every record that is not deleted: each word once, with the
// records in which it occurs. The first search builds it; from then on it follows every commit. It
// is never on a disk. After a record was erased the whole index is discarded, since its words may
// be personal data.
type wordIndex struct {
	mu      sync.RWMutex // never held while the file is read
	state   indexState
	made    chan struct{} // closed when the building under way ends
	missed  []wordChange  // committed while the index was built
	content wordContent
}

type wordContent struct {
	text     []byte  // all words, each followed by a line break
	starts   []int32 // of the words in text
	numbers  map[string]int32
	standsIn [][]int32 // by word: its entries, rising
	entries  []wordEntry
	places   map[recordPlace]int32
	dead     int // entries of superseded versions
}

func newWordContent() wordContent {
	return wordContent{numbers: map[string]int32{}, places: map[recordPlace]int32{}}
}

type indexState int

const (
	indexNone indexState = iota
	indexMaking
	indexReady
	indexSpoilt // during the building, more was committed than the index follows
)

// recordPlace is a record's kind and id.
type recordPlace struct {
	kind survey.RecordKind
	id   string
}

// wordEntry is a record's newest version. A superseded entry has no place.
type wordEntry struct {
	place recordPlace
	at    int64 // when it was recorded
}

// wordChange is a record after a commit; a deleted one has no words.
type wordChange struct {
	place  recordPlace
	words  string
	at     int64
	erased bool
}

// maxWordChanges bounds how many changes of one transaction the index follows. After more, as from
// an import, it is built anew.
const maxWordChanges = 1000

// wordsOf returns the record's texts, folded, one field after the other, "" for a deleted record.
// Numbers, dates and the codes of options are not words.
func wordsOf(r survey.Record) string {
	if r.Deleted {
		return ""
	}
	kind, err := survey.RecordTypeOf(r.Kind)
	if err != nil {
		return ""
	}
	var words []string
	for _, v := range r.Values {
		if holdsWords(kind, v.Field) {
			words = append(words, survey.FoldName(v.Text), survey.FoldName(strings.Join(v.List, " ")))
		}
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// holdsWords reports whether a field holds words. The region's own fields, which the kind does not
// know, do.
func holdsWords(kind survey.RecordType, name string) bool {
	f, known := kind.Field(name)
	return !known || slices.Contains([]survey.FieldKind{survey.FieldText, survey.FieldEmail, survey.FieldWords,
		survey.FieldOrganisation, survey.FieldArea}, f.Kind)
}

// touch notes that the transaction changes a record; k is nil for an erased one.
func (t recordTx) touch(kind survey.RecordKind, id string, k *keptRecord) {
	if t.touched++; t.touched > maxWordChanges {
		t.words = nil
		return
	}
	change := wordChange{place: recordPlace{kind, id}, erased: k == nil}
	if k != nil {
		change.words, change.at = wordsOf(k.record(kind, id)), k.At.UnixNano()
	}
	t.words = append(t.words, change)
}

// follow applies a committed transaction to the index.
func (x *wordIndex) follow(t *txn) {
	if t.touched == 0 {
		return
	}
	anew := t.touched > maxWordChanges || slices.ContainsFunc(t.words, func(c wordChange) bool { return c.erased })

	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.state == indexReady && anew:
		x.state, x.content = indexNone, wordContent{}
	case x.state == indexMaking && anew:
		x.state, x.missed = indexSpoilt, nil
	case x.state == indexMaking:
		x.missed = append(x.missed, t.words...)
	case x.state == indexReady:
		for _, change := range t.words {
			x.content.apply(change)
		}

		// Superseded entries are only marked; building anew clears them away.
		if x.content.dead > len(x.content.entries)/2+maxWordChanges {
			x.state, x.content = indexNone, wordContent{}
		}
	}
}

// prepare builds the index if there is none, or waits for another goroutine that is building it.
func (x *wordIndex) prepare(ctx context.Context, view func(func(*txn) error) error) error {
	for {
		x.mu.Lock()
		switch x.state {
		case indexReady:
			x.mu.Unlock()
			return nil
		case indexNone:
			x.state, x.made, x.missed = indexMaking, make(chan struct{}), nil
			x.mu.Unlock()
			if err := x.fill(ctx, view); err != nil {
				return err
			}
			continue
		}
		made := x.made
		x.mu.Unlock()
		select {
		case <-made:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// fill reads every record, then applies the changes that were committed meanwhile.
func (x *wordIndex) fill(ctx context.Context, view func(func(*txn) error) error) error {
	fresh := newWordContent()
	err := view(func(t *txn) error {
		for _, kind := range survey.RecordKinds() {
			err := t.records().each(kind, func(r survey.Record) (bool, error) {
				fresh.apply(wordChange{place: recordPlace{kind, r.ID}, words: wordsOf(r), at: r.At.UnixNano()})
				return true, ctx.Err()
			})
			if err != nil {
				return err
			}
		}
		return nil
	})

	x.mu.Lock()
	defer x.mu.Unlock()
	defer close(x.made)
	if err != nil || x.state == indexSpoilt {
		x.state, x.missed = indexNone, nil
		return err
	}

	// A change may be among the records read already; applying it again does no harm.
	for _, change := range x.missed {
		fresh.apply(change)
	}
	x.state, x.missed, x.content = indexReady, nil, fresh
	return nil
}

// apply replaces a record's words.
func (c *wordContent) apply(change wordChange) {
	if at, known := c.places[change.place]; known {
		c.entries[at].place = recordPlace{}
		delete(c.places, change.place)
		c.dead++
	}

	if change.words == "" {
		return
	}

	// A new entry with a rising number keeps the lists of each word sorted.
	entry := int32(len(c.entries))
	c.places[change.place] = entry
	c.entries = append(c.entries, wordEntry{place: change.place, at: change.at})
	for word := range strings.FieldsSeq(change.words) {
		number, known := c.numbers[word]
		if !known {
			number = int32(len(c.starts))
			c.starts = append(c.starts, int32(len(c.text)))
			c.text = append(append(c.text, word...), '\n')
			c.numbers[strings.Clone(word)] = number
			c.standsIn = append(c.standsIn, nil)
		}
		if in := c.standsIn[number]; len(in) == 0 || in[len(in)-1] != entry {
			c.standsIn[number] = append(in, entry)
		}
	}
}

// find returns up to most records in which every word occurs, at least as a part of a word, latest
// recorded first, and whether there are more.
func (x *wordIndex) find(words []string, kind survey.RecordKind, most int) (hits []wordEntry, more bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()

	c := &x.content
	var in []uint64 // a bit for each entry
	// The longest word first: it is usually the rarest, and the sooner nothing is left the better.
	rarest := slices.SortedFunc(slices.Values(words), func(a, b string) int { return len(b) - len(a) })
	for i, word := range rarest {
		with, any := c.entriesWith(word), uint64(0)
		if i == 0 {
			in = with
		}
		for k := range in {
			in[k] &= with[k]
			any |= in[k]
		}
		if any == 0 {
			return nil, false
		}
	}

	oldest := int64(math.MinInt64) // time that a hit may have
	trim := func() {
		slices.SortFunc(hits, newestFirst)
		if len(hits) > most {
			hits, more, oldest = hits[:most], true, hits[most-1].at
		}
	}

	// Sorted and cut from time to time, so that a common word does not collect every record.
	for k, word := range in {
		for ; word != 0; word &= word - 1 {
			e := c.entries[k*64+bits.TrailingZeros64(word)]
			switch {
			case e.place.id == "" || kind != "" && e.place.kind != kind:
			case e.at < oldest:
				more = true
			default:
				if hits = append(hits, e); len(hits) > 2*most {
					trim()
				}
			}
		}
	}

	trim()
	return hits, more
}

// entriesWith returns a bit for each entry with a word that contains the part.
func (c *wordContent) entriesWith(part string) []uint64 {
	in := make([]uint64, (len(c.entries)+63)/64)
	for from, word := 0, 0; ; word++ {
		at := bytes.Index(c.text[from:], []byte(part))
		if at < 0 {
			return in
		}
		// Matches come in the order of the words.
		for at += from; word+1 < len(c.starts) && int(c.starts[word+1]) <= at; {
			word++
		}
		for _, entry := range c.standsIn[word] {
			in[entry/64] |= 1 << (entry % 64)
		}
		if word+1 == len(c.starts) {
			return in
		}
		from = int(c.starts[word+1])
	}
}

func newestFirst(a, b wordEntry) int {
	return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.place.kind, b.place.kind), cmp.Compare(a.place.id, b.place.id))
}
