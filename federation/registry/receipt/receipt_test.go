package receipt

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/federation/registry/state/statetest"
	"github.com/ahsn-network/tracker/store/survey"
)

// aReceipt is a receipt from a bench, without raft, of a row that was signed by
// itself or in a batch.
func aReceipt(t testing.TB, batch bool) []byte {
	t.Helper()
	b := statetest.New("otv", "wessex", "sw")
	b.OpenCampaign("otv", "2022-23")
	var bodies []state.Body
	for _, id := range b.AddCompanies("otv", 40) {
		bodies = append(bodies, b.Body("sw", state.ClaimCompanies("2022-23", []survey.Identifier{id})[0]))
	}
	var rows []state.Row
	for _, body := range bodies {
		rows = append(rows, b.Sign(body))
	}
	if batch {
		rows = state.SignBatch(statetest.Key("sw"), bodies)
	}
	results := b.Apply(rows...)
	v := b.State.View()
	// The rows before are not kept by a bench: hash what is known, and prove
	// in a tree of these rows alone.
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, at := range indexes {
			out[i] = stored[at]
		}
		return out, nil
	})
	for i, r := range rows {
		hashes, err := tlog.StoredHashes(int64(i), state.EncodeLeaf(r, results[i].Outcomes), reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hashes...)
	}
	size := int64(len(rows))
	root, err := tlog.TreeHash(size, reader)
	if err != nil {
		t.Fatal(err)
	}
	const at = 21
	proof, err := tlog.ProveRecord(size, at, reader)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := NewReceipt(b.Federation, results[at].Number, state.EncodeLeaf(rows[at], results[at].Outcomes))
	if err != nil {
		t.Fatal(err)
	}
	receipt.Key = v.Signer("sw", rows[at])
	if err := receipt.Witnessed(statetest.Key("wessex"), "wessex", at, proof, size, root); err != nil {
		t.Fatal(err)
	}
	text, err := receipt.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(text, nil); err != nil {
		t.Fatal(err)
	}
	return text
}

// TestBentReceipts: no changed bit anywhere in the file goes unnoticed.
func TestBentReceipts(t *testing.T) {
	t.Run("signed by itself", func(t *testing.T) { testBentReceipts(t, aReceipt(t, false)) })
	t.Run("signed in a batch", func(t *testing.T) { testBentReceipts(t, aReceipt(t, true)) })
}

func testBentReceipts(t *testing.T, text []byte) {
	random := rand.New(rand.NewPCG(3, 14))
	for range 10_000 {
		bent := bytes.Clone(text)
		at, bit := random.IntN(len(text)), random.IntN(8)
		bent[at] ^= 1 << bit
		if _, err := Verify(bent, nil); !errors.Is(err, ErrReceipt) {
			t.Fatalf("bit %d of byte %d (%q) changed: %v", bit, at, text[at], err)
		}
	}
	for _, other := range [][]byte{nil, []byte("{}"), text[:len(text)-1], append(bytes.Clone(text), ' '), append(bytes.Clone(text), text...), []byte("null")} {
		if _, err := Verify(other, nil); !errors.Is(err, ErrReceipt) {
			t.Errorf("%.20q was taken: %v", other, err)
		}
	}
	// Whole, but by somebody else's keys.
	stranger := func(survey.Region) []ed25519.PublicKey { return []ed25519.PublicKey{statetest.Key("mars").Public()} }
	if _, err := Verify(text, stranger); !errors.Is(err, ErrReceipt) {
		t.Errorf("signed by strangers: %v", err)
	}
	// Other words over the same bytes.
	var words map[string]any
	if err := json.Unmarshal(text, &words); err != nil {
		t.Fatal(err)
	}
	words["claim"].(map[string]any)["region"] = "otv"
	lie, err := json.MarshalIndent(words, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(append(lie, '\n'), nil); !errors.Is(err, ErrReceipt) {
		t.Errorf("a lie over true bytes: %v", err)
	}
}

// FuzzReceipt: nothing but the receipt itself verifies, and nothing panics.
func FuzzReceipt(f *testing.F) {
	text, alone := aReceipt(f, true), aReceipt(f, false)
	f.Add(alone)
	f.Add(text)
	f.Add([]byte(`{"receipt":"tracker-receipt/1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := Verify(data, nil); err == nil && !bytes.Equal(data, text) && !bytes.Equal(data, alone) {
			t.Errorf("verified: %s", data)
		}
	})
}
