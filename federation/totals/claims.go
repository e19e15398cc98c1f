package totals

import (
	"cmp"
	"crypto/sha256"
	"hash"
	"slices"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// claims lists the organisations whose answers this region counts, in order. Their root commits to
// them without naming them: SHA-256 over their identifiers, one a line. A reader of the registry
// can compare it with the region's claims that have responded. The list is kept in stretches, so
// that only the hash after the first change is computed again.
type claims struct {
	stretches []stretch
	hashed    int // the number of stretches that know the hash before them
}

// stretch is a part of the list.
type stretch struct {
	ids    []survey.Identifier
	lines  []byte // of the ids, nil if they are to be made again
	before hash.Hash
}

// claimsStep is the first size of a stretch; it has twice as many claims at most.
const claimsStep = 512

// claimsCounted returns the root of the claims of these answers, and their number.
func claimsCounted(counted []store.CountedItem) (root [32]byte, n int64) {
	ids := make([]survey.Identifier, len(counted))
	for i, a := range counted {
		ids[i] = a.Organisation
	}
	var c claims
	c.replace(ids)
	return c.root()
}

// replace sets the list, from ids in any order.
func (c *claims) replace(ids []survey.Identifier) {
	*c = claims{}
	for part := range slices.Chunk(slices.Sorted(slices.Values(ids)), claimsStep) {
		c.stretches = append(c.stretches, stretch{ids: slices.Clone(part)})
	}
}

// place returns the stretch of the organisation and the place in it, also of one that is not in the
// list.
func (c *claims) place(id survey.Identifier) (number, at int, found bool) {
	number, found = slices.BinarySearchFunc(c.stretches, id,
		func(s stretch, id survey.Identifier) int { return cmp.Compare(s.ids[0], id) })
	if !found {
		number = max(0, number-1)
	}

	if number < len(c.stretches) {
		at, found = slices.BinarySearch(c.stretches[number].ids, id)
	}
	return number, at, found
}

func (c *claims) add(id survey.Identifier) {
	number, at, found := c.place(id)
	switch {
	case found:
		return
	case len(c.stretches) == 0:
		c.stretches = []stretch{{}}
	}

	s := &c.stretches[number]
	s.ids = slices.Insert(s.ids, at, id)
	c.changed(number)
	// Stretches stay short.
	if len(s.ids) > 2*claimsStep {
		rest := stretch{ids: slices.Clone(s.ids[claimsStep:])}
		s.ids = slices.Clone(s.ids[:claimsStep])
		c.stretches = slices.Insert(c.stretches, number+1, rest)
	}
}

func (c *claims) remove(id survey.Identifier) {
	number, at, found := c.place(id)
	if !found {
		return
	}
	s := &c.stretches[number]
	s.ids = slices.Delete(s.ids, at, at+1)
	c.changed(number)
	if len(s.ids) == 0 {
		c.stretches = slices.Delete(c.stretches, number, number+1)
		c.hashed = min(c.hashed, number)
	}
}

// changed drops the lines of a stretch and the hashes after it.
func (c *claims) changed(number int) {
	c.stretches[number].lines = nil
	c.hashed = min(c.hashed, number+1)
}

// root returns the commitment and the number of claims. Without claims it is zero.
func (c *claims) root() (root [32]byte, n int64) {
	if len(c.stretches) == 0 {
		return root, 0
	}

	// The hash before the first changed stretch is known, or everything is hashed.
	var h hash.Hash
	from := c.hashed - 1
	if from >= 0 {
		h = again(c.stretches[from].before)
	}
	if h == nil {
		h, from = sha256.New(), 0
		h.Write([]byte("tracker claims/1\n"))
	}

	for i := range c.stretches {
		s := &c.stretches[i]
		// It is in the hash already.
		if n += int64(len(s.ids)); i < from {
			continue
		}
		if s.lines == nil {
			for _, id := range s.ids {
				s.lines = append(append(s.lines, id...), '\n')
			}
		}
		if s.before = again(h); s.before != nil {
			c.hashed = i + 1
		}
		h.Write(s.lines)
	}

	h.Sum(root[:0])
	return root, n
}

// again returns a copy of the hash, nil if it cannot be copied.
func again(h hash.Hash) hash.Hash {
	cloner, ok := h.(hash.Cloner)
	if !ok {
		return nil
	}
	other, err := cloner.Clone()
	if err != nil {
		return nil
	}
	return other
}
