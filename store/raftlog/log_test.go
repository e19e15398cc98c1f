package raftlog_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/store/raftlog"
)

// opened returns an open log that checks itself when the test ends.
func opened(t *testing.T, path string, opts raftlog.Options) *raftlog.Log {
	t.Helper()
	log, err := raftlog.Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
		again, err := raftlog.Open(path, raftlog.Options{})
		if err != nil {
			t.Errorf("after the test: %v", err)
			return
		}
		again.Close()
	})
	return log
}

func entries(from, to uint64) []*raft.Log {
	var out []*raft.Log
	for index := from; index <= to; index++ {
		out = append(out, &raft.Log{
			Index: index, Term: index/10 + 1, Type: raft.LogCommand,
			Data:       []byte(fmt.Sprintf("claim %d", index)),
			AppendedAt: time.Unix(1_580_000_000+int64(index), 5).UTC(),
		})
	}
	return out
}

func appendTo(t *testing.T, log *raftlog.Log, from, to uint64) {
	t.Helper()
	if err := log.StoreLogs(entries(from, to)); err != nil {
		t.Fatal(err)
	}
}

func wantRange(t *testing.T, log *raftlog.Log, first, last uint64) {
	t.Helper()
	gotFirst, _ := log.FirstIndex()
	gotLast, _ := log.LastIndex()
	if gotFirst != first || gotLast != last {
		t.Fatalf("log has %d to %d, want %d to %d", gotFirst, gotLast, first, last)
	}
}

func same(a, b raft.Log) bool {
	return a.Index == b.Index && a.Term == b.Term && a.Type == b.Type && a.AppendedAt.Equal(b.AppendedAt) &&
		slices.Equal(a.Data, b.Data) && slices.Equal(a.Extensions, b.Extensions)
}

func TestEntryComesBackAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	all := []*raft.Log{
		{Index: 7, Term: 1, Type: raft.LogConfiguration, Data: []byte{0, 1, 2}},
		{Index: 8, Term: 1 << 60, Type: raft.LogNoop},
		{Index: 9, Term: 2, Type: raft.LogCommand, Data: []byte("x"), Extensions: []byte("chunk"), AppendedAt: time.Unix(12, 34)},
		{Index: 10, Term: 2, Type: raft.LogBarrier, AppendedAt: time.Unix(0, 0)},
		{Index: 11, Term: 2, Type: raft.LogCommand, Data: make([]byte, 300<<10)},
	}
	log := opened(t, path, raftlog.Options{})
	if err := log.StoreLogs(all); err != nil {
		t.Fatal(err)
	}
	check := func(log *raftlog.Log) {
		t.Helper()
		for _, want := range all {
			var got raft.Log
			if err := log.GetLog(want.Index, &got); err != nil || !same(got, *want) {
				t.Errorf("entry %d: %v, %v", want.Index, got, err)
			}
		}
	}
	check(log)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	check(opened(t, path, raftlog.Options{}))
}

func TestHolesAreRefused(t *testing.T) {
	log := opened(t, filepath.Join(t.TempDir(), "raft.db"), raftlog.Options{})
	if err := log.StoreLog(&raft.Log{Index: 0}); !errors.Is(err, raftlog.ErrNotContiguous) {
		t.Errorf("index 0: %v", err)
	}
	appendTo(t, log, 5, 20)
	hole := append(entries(21, 22), entries(24, 24)...)
	for name, err := range map[string]error{
		"gap before":  log.StoreLogs(entries(22, 23)),
		"gap inside":  log.StoreLogs(hole),
		"overwrites":  log.StoreLogs(entries(20, 21)),
		"hole inside": log.DeleteRange(10, 12),
	} {
		if !errors.Is(err, raftlog.ErrNotContiguous) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantRange(t, log, 5, 20)
}

func TestDeleteRange(t *testing.T) {
	for _, c := range []struct {
		name                        string
		from, to, wantFirst, wantTo uint64
	}{
		{"prefix", 1, 9_000, 9_001, 10_000},
		{"prefix from before the log", 0, 99, 100, 10_000},
		{"suffix", 501, 10_000, 1, 500},
		{"suffix beyond the log", 10_000, 99_999, 1, 9_999},
		{"everything", 1, 10_000, 0, 0},
		{"one more than everything", 0, 10_001, 0, 0},
		{"after the log", 10_001, 10_002, 1, 10_000},
		{"backwards", 20, 10, 1, 10_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "raft.db")
			log := opened(t, path, raftlog.Options{})
			appendTo(t, log, 1, 10_000)
			if err := log.DeleteRange(c.from, c.to); err != nil {
				t.Fatal(err)
			}
			wantRange(t, log, c.wantFirst, c.wantTo)
			if err := log.Verify(t.Context()); err != nil {
				t.Error(err)
			}
			for _, gone := range []uint64{c.wantFirst - 1, c.wantTo + 1} {
				if err := log.GetLog(gone, new(raft.Log)); err != raft.ErrLogNotFound {
					t.Errorf("entry %d: %v", gone, err)
				}
			}
			if c.wantTo == 0 { // after a snapshot from the leader the log begins anew, elsewhere
				appendTo(t, log, 70_000, 70_010)
				wantRange(t, log, 70_000, 70_010)
			}
		})
	}
}

func TestTruncatedSuffixIsReplaced(t *testing.T) {
	log := opened(t, filepath.Join(t.TempDir(), "raft.db"), raftlog.Options{})
	appendTo(t, log, 1, 10)
	if err := log.DeleteRange(6, 10); err != nil {
		t.Fatal(err)
	}
	want := &raft.Log{Index: 6, Term: 99, Data: []byte("other")}
	if err := log.StoreLog(want); err != nil {
		t.Fatal(err)
	}
	var got raft.Log
	if err := log.GetLog(6, &got); err != nil || !same(got, *want) {
		t.Errorf("got %v, %v", got, err)
	}
	if err := log.GetLog(7, &got); err != raft.ErrLogNotFound {
		t.Errorf("an entry of the old term is back: %v", err)
	}
}

func TestCommitIndexIsWrittenWithEntriesOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	log := opened(t, path, raftlog.Options{})
	want := func(want uint64) {
		t.Helper()
		if got, err := log.GetCommitIndex(); got != want || err != nil {
			t.Fatalf("commit index %d, %v, want %d", got, err, want)
		}
	}
	want(0)
	appendTo(t, log, 1, 10)
	log.StageCommitIndex(8)
	want(0)
	appendTo(t, log, 11, 12)
	want(8)
	log.StageCommitIndex(99) // never beyond the last entry
	appendTo(t, log, 13, 13)
	want(13)
	log.StageCommitIndex(14)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	log = opened(t, path, raftlog.Options{})
	want(13)
	if err := log.DeleteRange(1, 13); err != nil {
		t.Fatal(err)
	}
	want(0)
}

func TestReplay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	log := opened(t, path, raftlog.Options{OwnReplay: true})
	appendTo(t, log, 11, 40)
	log.StageCommitIndex(30)
	appendTo(t, log, 41, 41)
	if told, _ := log.GetCommitIndex(); told != 0 {
		t.Errorf("raft is told %d", told)
	}
	for _, c := range []struct {
		after, upTo uint64
		err         error
	}{{10, 30, nil}, {20, 30, nil}, {30, 30, nil}, {35, 35, nil}, {9, 9, raftlog.ErrNotContiguous}} {
		next := c.after + 1
		upTo, err := log.Replay(t.Context(), c.after, func(e *raft.Log) error {
			if e.Index != next {
				t.Errorf("after %d: entry %d, want %d", c.after, e.Index, next)
			}
			next++
			return nil
		})
		if upTo != c.upTo || !errors.Is(err, c.err) || next != c.upTo+1 {
			t.Errorf("after %d: up to %d, next %d, %v", c.after, upTo, next, err)
		}
	}
}

func TestStableKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	log := opened(t, path, raftlog.Options{})
	if _, err := log.Get([]byte("LastVoteCand")); err == nil || err.Error() != "not found" {
		t.Errorf("raft compares the text: %v", err)
	}
	if n, err := log.GetUint64([]byte("CurrentTerm")); n != 0 || err != nil {
		t.Errorf("missing number: %d, %v", n, err)
	}
	for range 2 {
		if err := errors.Join(log.Set([]byte("LastVoteCand"), []byte("wessex.1")), log.SetUint64([]byte("CurrentTerm"), 1<<63)); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	log = opened(t, path, raftlog.Options{})
	if v, err := log.Get([]byte("LastVoteCand")); string(v) != "wessex.1" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	if n, err := log.GetUint64([]byte("CurrentTerm")); n != 1<<63 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestOpenTwiceIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	opened(t, path, raftlog.Options{})
	if _, err := raftlog.Open(path, raftlog.Options{}); !errors.Is(err, raftlog.ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

func TestWritesAreReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	var good, failed int
	log, err := raftlog.Open(path, raftlog.Options{OnWrite: func(took time.Duration, err error) {
		if err == nil && took > 0 {
			good++
		} else {
			failed++
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	appendTo(t, log, 1, 3)
	log.SetUint64([]byte("CurrentTerm"), 1)
	if good != 2 || failed != 0 || log.Writing() != 0 {
		t.Errorf("%d good, %d failed, writing %v", good, failed, log.Writing())
	}
	if err := errors.Join(log.Close(), log.Close()); err != nil {
		t.Fatal(err)
	}
	if err := log.StoreLogs(entries(4, 4)); err == nil || failed != 1 {
		t.Errorf("a write after Close: %v, %d reported", err, failed)
	}
}

// TestLikeRaftsOwnStore drives the log and raft's in-memory store with the
// same calls, reopening the file now and then.
func TestLikeRaftsOwnStore(t *testing.T) {
	dir := t.TempDir()
	files := 0
	rapid.Check(t, func(t *rapid.T) {
		files++
		path := filepath.Join(dir, fmt.Sprintf("raft%d.db", files))
		log, err := raftlog.Open(path, raftlog.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { log.Close() }()
		model := raft.NewInmemStore()
		last := func() uint64 { n, _ := model.LastIndex(); return n }
		both := func(err1, err2 error) {
			if err1 != nil || err2 != nil {
				t.Fatalf("%v, model %v", err1, err2)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				from := last() + 1
				if from == 1 {
					from = rapid.Uint64Range(1, 1000).Draw(t, "from")
				}
				batch := entries(from, from+rapid.Uint64Range(0, 100).Draw(t, "count"))
				both(log.StoreLogs(batch), model.StoreLogs(batch))
			},
			"delete": func(t *rapid.T) {
				first, _ := model.FirstIndex()
				if first == 0 {
					return
				}
				from, to := first, last()
				if rapid.Bool().Draw(t, "suffix") {
					from = rapid.Uint64Range(first, to).Draw(t, "at")
				} else {
					to = rapid.Uint64Range(first, to).Draw(t, "at")
				}
				both(log.DeleteRange(from, to), model.DeleteRange(from, to))
			},
			"set": func(t *rapid.T) {
				key := []byte(rapid.SampledFrom([]string{"CurrentTerm", "LastVoteTerm"}).Draw(t, "key"))
				n := rapid.Uint64().Draw(t, "n")
				both(log.SetUint64(key, n), model.SetUint64(key, n))
			},
			"reopen": func(t *rapid.T) {
				if err := log.Close(); err != nil {
					t.Fatal(err)
				}
				if log, err = raftlog.Open(path, raftlog.Options{}); err != nil {
					t.Fatal(err)
				}
			},
			"": func(t *rapid.T) { compare(t, log, model) },
		})
		if err := log.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func compare(t *rapid.T, log *raftlog.Log, model *raft.InmemStore) {
	first, _ := model.FirstIndex()
	last, _ := model.LastIndex()
	gotFirst, _ := log.FirstIndex()
	gotLast, _ := log.LastIndex()
	if gotFirst != first || gotLast != last {
		t.Fatalf("log has %d to %d, model %d to %d", gotFirst, gotLast, first, last)
	}
	for _, index := range []uint64{first - 1, first, (first + last) / 2, last, last + 1} {
		var got, want raft.Log
		err, wantErr := log.GetLog(index, &got), model.GetLog(index, &want)
		if err != wantErr || !same(got, want) {
			t.Fatalf("entry %d: %v, %v; model %v, %v", index, got, err, want, wantErr)
		}
	}
	for _, key := range []string{"CurrentTerm", "LastVoteTerm"} {
		got, err := log.GetUint64([]byte(key))
		if want, _ := model.GetUint64([]byte(key)); err != nil || got != want {
			t.Fatalf("%s is %d, %v; model %d", key, got, err, want)
		}
	}
}
