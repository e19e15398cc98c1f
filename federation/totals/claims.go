package totals

import (
	"crypto/sha256"
	"hash"
	"slices"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// claims are the organisations whose answers this region counts, in order. Their
// root commits to them without naming them: SHA-256 over their identifiers, one
// a line. Whoever has the registry can compare it with the region's claims that
// have responded. Where the list did not change since, the hash goes on from
// what was kept.
type claims struct {
	ids  []survey.Identifier
	kept []hash.Hash // before each claimsStep of them
}

// claimsStep is after how many claims the hash is kept.
const claimsStep = 512

// claimsCounted is the root of the claims of these answers, and their number.
func claimsCounted(counted []store.CountedAnswer) (root [32]byte, n int64) {
	ids := make([]survey.Identifier, len(counted))
	for i, a := range counted {
		ids[i] = a.Organisation
	}
	var c claims
	c.replace(ids)
	return c.root()
}

// replace makes the list these, in any order.
func (c *claims) replace(ids []survey.Identifier) {
	c.ids, c.kept = slices.Sorted(slices.Values(ids)), nil
}

func (c *claims) add(id survey.Identifier) {
	if at, found := slices.BinarySearch(c.ids, id); !found {
		c.ids = slices.Insert(c.ids, at, id)
		c.changed(at)
	}
}

func (c *claims) remove(id survey.Identifier) {
	if at, found := slices.BinarySearch(c.ids, id); found {
		c.ids = slices.Delete(c.ids, at, at+1)
		c.changed(at)
	}
}

// changed forgets the hashes of what comes after the place.
func (c *claims) changed(at int) { c.kept = c.kept[:min(len(c.kept), at/claimsStep+1)] }

// root returns the commitment and the number of claims. Without any it is zero.
func (c *claims) root() (root [32]byte, n int64) {
	if len(c.ids) == 0 {
		return root, 0
	}
	h, at := hash.Hash(nil), 0
	if last := len(c.kept) - 1; last >= 0 {
		h, at = again(c.kept[last]), last*claimsStep
	}
	if h == nil {
		h, at, c.kept = sha256.New(), 0, nil
		h.Write([]byte("tracker claims/1\n"))
	}
	var lines []byte
	for ; at < len(c.ids); at += claimsStep {
		if kept := again(h); kept != nil && len(c.kept) == at/claimsStep {
			c.kept = append(c.kept, kept)
		}
		lines = lines[:0]
		for _, id := range c.ids[at:min(at+claimsStep, len(c.ids))] {
			lines = append(append(lines, id...), '\n')
		}
		h.Write(lines)
	}
	h.Sum(root[:0])
	return root, int64(len(c.ids))
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
