package registry

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/federation/registry/state/statetest"
)

// TestSigCache: what is known to be valid is valid, and nothing that merely
// resembles it.
func TestSigCache(t *testing.T) {
	b := statetest.New("otv", "sw")
	body := b.Body("otv", state.HandedOver())
	body.Payload = make([]byte, 600)
	signed := b.Sign(body)
	key, other := statetest.Key("otv").Public(), statetest.Key("sw").Public()
	var k sigCache
	k.add(key, signed)
	// The same bytes, cut elsewhere between signature and body.
	all := slices.Concat(signed.Signature, signed.Body)
	shifted := state.Row{Signature: all[:320], Body: all[320:]}
	for name, c := range map[string]struct {
		key  []byte
		row  state.Row
		want bool
	}{
		"itself":             {key, signed, true},
		"of another key":     {other, signed, false},
		"of no key":          {nil, signed, false},
		"shifted":            {key, shifted, false},
		"with another body":  {key, state.Row{Signature: signed.Signature, Body: signed.Body[1:]}, false},
		"not known, valid":   {key, b.Sign(b.Body("otv", state.HandedOver())), true},
		"not known, invalid": {key, b.Sign(b.Body("sw", state.HandedOver())), false},
	} {
		if got := k.valid(c.key, c.row); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	for i := range 3 * maxSignatures {
		k.add(key, state.Row{Body: fmt.Append(nil, i), Signature: signed.Signature})
	}
	if n := len(k.recent) + len(k.older); n > 2*maxSignatures {
		t.Errorf("%d are remembered", n)
	}
	if !k.valid(key, signed) {
		t.Error("what was forgotten is not checked again")
	}
}
