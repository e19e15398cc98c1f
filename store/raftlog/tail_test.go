package raftlog_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/store/raftlog"
)

// crashed copies an open log's files to where they can be opened, as a crash
// leaves them.
func crashed(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "raft.db")
	for _, suffix := range []string{"", ".tail"} {
		file, err := os.ReadFile(path + suffix)
		if err == nil {
			err = os.WriteFile(to+suffix, file, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// TestCrash: what was appended is there after a crash, wherever it stood, and so
// is the commit index.
func TestCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	log := opened(t, path, raftlog.Options{})
	appendTo(t, log, 1, 1)
	for _, to := range []uint64{2, 10, 11, 9_000, 9_001, 9_500, 40_000, 40_001} { // some do not fit into the tail
		last, _ := log.LastIndex()
		log.StageCommitIndex(last)
		appendTo(t, log, last+1, to)
		if to == 9_500 {
			if err := errors.Join(log.SetUint64([]byte("CurrentTerm"), 7), log.DeleteRange(1, 100), log.DeleteRange(9_400, 9_500)); err != nil {
				t.Fatal(err)
			}
			appendTo(t, log, 9_400, 9_500)
		}
		again := opened(t, crashed(t, path), raftlog.Options{})
		first, _ := log.FirstIndex()
		wantRange(t, again, first, to)
		if again.Committed() != log.Committed() {
			t.Errorf("committed %d, before the crash %d", again.Committed(), log.Committed())
		}
		for _, want := range entries(max(first, last), to) {
			var before, after raft.Log
			if err := errors.Join(log.GetLog(want.Index, &before), again.GetLog(want.Index, &after)); err != nil || !same(before, *want) || !same(after, *want) {
				t.Fatalf("entry %d: %v, after a crash %v: %v", want.Index, before, after, err)
			}
		}
	}
}

// TestClosedLogIsOneFile: whoever has a closed log's own file has all of it.
func TestClosedLogIsOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	log, err := raftlog.Open(path, raftlog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for index := uint64(1); index <= 20; index++ {
		appendTo(t, log, index, index)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".tail"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the tail is left: %v", err)
	}
	wantRange(t, opened(t, path, raftlog.Options{}), 1, 20)
}

// TestRottenTail: one rotten byte anywhere in the tail is mended, a tail that is
// missing or too short is refused.
func TestRottenTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	log := opened(t, path, raftlog.Options{})
	appendTo(t, log, 1, 10)
	if err := errors.Join(log.SetUint64([]byte("CurrentTerm"), 31), log.Set([]byte("LastVoteCand"), []byte("wessex.1"))); err != nil {
		t.Fatal(err)
	}
	for from := uint64(11); from <= 31; from += 3 {
		log.StageCommitIndex(from)
		appendTo(t, log, from, from+2)
	}
	want, err := content(crashed(t, path))
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(crashed(t, path) + ".tail")
	if err != nil {
		t.Fatal(err)
	}
	half := len(file) / 2
	used := half
	for file[used-1] == 0 {
		used--
	}
	seed := rand.Uint64()
	t.Logf("seed %d, %d bytes in each half", seed, used)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 100 {
		at := random.IntN(used) + half*random.IntN(2)
		damaged := crashed(t, path)
		bent := append([]byte(nil), file...)
		bent[at] ^= byte(1 + random.IntN(255))
		if err := os.WriteFile(damaged+".tail", bent, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := content(damaged); err != nil || got != want {
			t.Fatalf("byte %d: %v, read something else: %t", at, err, got != want)
		}
	}
	for name, size := range map[string]int{"missing": -1, "empty": 0, "short": half} {
		damaged := crashed(t, path)
		if err := os.Remove(damaged + ".tail"); err != nil {
			t.Fatal(err)
		}
		if size >= 0 {
			if err := os.WriteFile(damaged+".tail", file[:size], 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := raftlog.Open(damaged, raftlog.Options{}); !errors.Is(err, raftlog.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTornAppend: an append that a crash cut off was never acknowledged. What
// came before it is whole.
func TestTornAppend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	log := opened(t, path, raftlog.Options{})
	appendTo(t, log, 1, 10)
	appendTo(t, log, 11, 20)
	before, err := os.ReadFile(crashed(t, path) + ".tail")
	if err != nil {
		t.Fatal(err)
	}
	appendTo(t, log, 21, 30)
	torn := crashed(t, path)
	after, err := os.ReadFile(torn + ".tail")
	if err != nil {
		t.Fatal(err)
	}
	cut := 0 // a few bytes into the last record, of the first half alone
	for before[cut] == after[cut] {
		cut++
	}
	cut += 40
	if err := os.WriteFile(torn+".tail", append(after[:cut:cut], before[cut:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	again := opened(t, torn, raftlog.Options{})
	wantRange(t, again, 1, 20)
	appendTo(t, again, 21, 25)
	wantRange(t, again, 1, 25)
}
