package registry

import (
	"slices"
	"testing"
)

// TestKnownRows: what is known to be valid is valid, and nothing that merely
// resembles it.
func TestKnownRows(t *testing.T) {
	b := newBench()
	b.found("otv", "sw")
	body := b.body("otv", typeAddOrganisations, make([]byte, 600))
	signed := b.sign(body)
	key, other := testKey("otv").Public(), testKey("sw").Public()
	var k knownRows
	k.add(key, signed)
	// The same bytes, cut elsewhere between signature and body.
	all := slices.Concat(signed.Signature, signed.Body)
	shifted := row{Signature: all[:320], Body: all[320:]}
	for name, c := range map[string]struct {
		key  []byte
		row  row
		want bool
	}{
		"itself":             {key, signed, true},
		"of another key":     {other, signed, false},
		"of no key":          {nil, signed, false},
		"shifted":            {key, shifted, false},
		"with another body":  {key, row{Signature: signed.Signature, Body: signed.Body[1:]}, false},
		"not known, valid":   {key, b.sign(b.body("otv", typeClaim, nil)), true},
		"not known, invalid": {key, b.sign(b.body("sw", typeClaim, nil)), false},
	} {
		if got := k.valid(c.key, c.row); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	for i := range 3 * knownMost {
		k.add(key, row{Body: []byte(numberKey(uint64(i))), Signature: signed.Signature})
	}
	if n := len(k.recent) + len(k.older); n > 2*knownMost {
		t.Errorf("%d are remembered", n)
	}
	if !k.valid(key, signed) {
		t.Error("what was forgotten is not checked again")
	}
}
