package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ahsn-network/tracker/store/ledger"
)

// tree makes leaves with the hashes they complete, numbered three apart.
type tree struct{ stored []tlog.Hash }

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		out[i] = t.stored[at]
	}
	return out, nil
}

func (t *tree) leaves(test *testing.T, first, n int) []ledger.Leaf {
	test.Helper()
	var out []ledger.Leaf
	for i := first; i < first+n; i++ {
		data := fmt.Appendf(nil, "leaf %d", i)
		hashes, err := tlog.StoredHashes(int64(i), data, t)
		if err != nil {
			test.Fatal(err)
		}
		t.stored = append(t.stored, hashes...)
		leaf := ledger.Leaf{Number: uint64(3*i + 3), Data: data}
		for _, h := range hashes {
			leaf.Hashes = append(leaf.Hashes, ledger.Hash(h))
		}
		out = append(out, leaf)
	}
	return out
}

func open(t *testing.T, path string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "leaves")
	var tr tree
	l := open(t, path)
	for first := 0; first < 100; first += 10 {
		if err := l.Append(tr.leaves(t, first, 10)); err != nil {
			t.Fatal(err)
		}
		if first == 50 {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = open(t, path)
		}
	}
	if l.Size() != 100 || l.Start() != 0 {
		t.Fatalf("%d leaves from %d", l.Size(), l.Start())
	}
	for i := range uint64(100) {
		leaf, err := l.Leaf(i)
		if err != nil || string(leaf.Data) != fmt.Sprintf("leaf %d", i) {
			t.Fatalf("leaf %d: %q %v", i, leaf.Data, err)
		}
		for number := 3*i + 1; number <= 3*i+3; number++ {
			if at, found, err := l.Find(number); err != nil || at != i || !bytes.Equal(found.Data, leaf.Data) {
				t.Fatalf("number %d: leaf %d %v", number, at, err)
			}
		}
	}
	for at, want := range tr.stored {
		level, n := tlog.SplitStoredHashIndex(int64(at))
		if got, err := l.Hash(level, uint64(n)); err != nil || got != ledger.Hash(want) {
			t.Fatalf("hash %d of level %d: %v", n, level, err)
		}
	}
	for _, err := range []error{second(l.Leaf(100)), third(l.Find(301)), second(l.Hash(0, 100))} {
		if !errors.Is(err, ledger.ErrNotKept) {
			t.Errorf("beyond the end: %v", err)
		}
	}
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }

// TestLateStart: a ledger that begins in the middle knows the edge before it.
func TestLateStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "leaves")
	var tr tree
	tr.leaves(t, 0, 11) // 8 + 2 + 1
	edge := []ledger.Hash{}
	for _, at := range []struct {
		level int
		n     int64
	}{{3, 0}, {1, 4}, {0, 10}} {
		edge = append(edge, ledger.Hash(tr.stored[tlog.StoredHashIndex(at.level, at.n)]))
	}
	l := open(t, path)
	if err := l.Append(tr.leaves(t, 11, 1)[:0]); err != nil {
		t.Fatal(err)
	}
	tr.stored = tr.stored[:tlog.StoredHashCount(11)]
	if err := l.Reset(11, 33, edge); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(tr.leaves(t, 11, 9)); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	l = open(t, path)
	if l.Start() != 11 || l.Size() != 20 {
		t.Fatalf("leaves %d to %d", l.Start(), l.Size())
	}
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, at := range indexes {
			level, n := tlog.SplitStoredHashIndex(at)
			h, err := l.Hash(level, uint64(n))
			if err != nil {
				return nil, err
			}
			out[i] = tlog.Hash(h)
		}
		return out, nil
	})
	root, err := tlog.TreeHash(20, &tr)
	if err != nil {
		t.Fatal(err)
	}
	for n := int64(11); n < 20; n++ {
		proof, err := tlog.ProveRecord(20, n, reader)
		if err != nil {
			t.Fatalf("prove leaf %d: %v", n, err)
		}
		if err := tlog.CheckRecord(proof, 20, root, n, tlog.RecordHash(fmt.Appendf(nil, "leaf %d", n))); err != nil {
			t.Errorf("leaf %d: %v", n, err)
		}
	}
	if at, _, err := l.Find(34); err != nil || at != 11 {
		t.Errorf("the first number: leaf %d %v", at, err)
	}
	if _, _, err := l.Find(33); !errors.Is(err, ledger.ErrNotKept) {
		t.Errorf("a number before the start: %v", err)
	}
	if _, err := l.Leaf(10); !errors.Is(err, ledger.ErrNotKept) {
		t.Errorf("a leaf before the start: %v", err)
	}
	if err := l.Reset(3, 9, edge); err == nil {
		t.Error("an edge that does not fit was taken")
	}
}

// TestDamage: a torn end is cut off, a damaged middle refused or never handed
// out.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	var tr tree
	l := open(t, filepath.Join(dir, "whole"))
	if err := l.Append(tr.leaves(t, 0, 20)); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	whole, err := os.ReadFile(filepath.Join(dir, "whole"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "torn")
	for cut := len(whole) - 1; cut > len(whole)-300; cut -= 7 {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		l := open(t, path)
		size := l.Size()
		if size >= 20 || size < 10 {
			t.Fatalf("cut at %d: %d leaves", cut, size)
		}
		again := tree{stored: append([]tlog.Hash{}, tr.stored[:tlog.StoredHashCount(int64(size))]...)}
		if err := l.Append(again.leaves(t, int(size), 1)); err != nil {
			t.Fatal(err)
		}
		if leaf, err := l.Leaf(size); err != nil || string(leaf.Data) != fmt.Sprintf("leaf %d", size) {
			t.Errorf("after a cut: %v", err)
		}
		_ = l.Close()
	}
	// Much stands after the damage: no crash did that.
	large := open(t, filepath.Join(dir, "large"))
	for i := range 12 {
		leaf := ledger.Leaf{Number: uint64(i), Hashes: []ledger.Hash{{1}}, Data: make([]byte, 1<<20)}
		if err := large.Append([]ledger.Leaf{leaf}); err != nil {
			t.Fatal(err)
		}
	}
	_ = large.Close()
	for _, at := range []int64{3, 40, 2 << 20} {
		bent := filepath.Join(dir, "bent")
		data, err := os.ReadFile(filepath.Join(dir, "large"))
		if err != nil {
			t.Fatal(err)
		}
		data[at] ^= 4
		if err := os.WriteFile(bent, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.Open(bent); !errors.Is(err, ledger.ErrDamaged) {
			t.Errorf("damaged at byte %d: %v", at, err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	l, err := ledger.Open(filepath.Join(b.TempDir(), "leaves"))
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	batch := make([]ledger.Leaf, 256)
	for i := range batch {
		batch[i] = ledger.Leaf{Number: uint64(i), Hashes: []ledger.Hash{{1}, {2}}, Data: make([]byte, 500)}
	}
	for b.Loop() {
		if err := l.Append(batch); err != nil {
			b.Fatal(err)
		}
	}
}
