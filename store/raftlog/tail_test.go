package raftlog_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
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

// TestTornAppend: an append during which the power failed was never
// acknowledged. Whichever of its sectors reached the disk, it is there whole or
// not at all, and what came before it is whole.
func TestTornAppend(t *testing.T) {
	const sector, rounds = 512, 60
	path := filepath.Join(t.TempDir(), "raft.db")
	log := opened(t, path, raftlog.Options{})
	appendTo(t, log, 1, 10)
	appendTo(t, log, 11, 20)
	tail := func() []byte {
		file, err := os.ReadFile(crashed(t, path) + ".tail")
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	before := tail()
	appendTo(t, log, 21, 60) // several sectors
	after := tail()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	whole := 0
	for range rounds {
		torn, reached := slices.Clone(before), []float64{0.3, 0.9, 0.99}[random.IntN(3)]
		for at := 0; at < len(torn); at += sector {
			if random.Float64() < reached {
				copy(torn[at:at+sector], after[at:])
			}
		}
		at := crashed(t, path)
		if err := os.WriteFile(at+".tail", torn, 0o600); err != nil {
			t.Fatal(err)
		}
		again := opened(t, at, raftlog.Options{})
		last, err := again.LastIndex()
		if err != nil || last != 20 && last != 60 {
			t.Fatalf("the last entry is %d: %v", last, err)
		}
		if last == 60 {
			whole++
		}
		wantRange(t, again, 1, last)
		appendTo(t, again, last+1, last+5)
		wantRange(t, opened(t, crashed(t, at), raftlog.Options{}), 1, last+5)
	}
	if whole == 0 || whole == rounds {
		t.Errorf("%d of %d were there whole: is anything torn?", whole, rounds)
	}
}
