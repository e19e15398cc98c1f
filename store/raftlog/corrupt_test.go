package raftlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/store/raftlog"
)

// written returns the bytes of a log with entries 101 to 300, a commit index
// and two stable keys, which has been written and cut often enough to have
// free pages and branches.
func written(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "raft.db")
	log, err := raftlog.Open(path, raftlog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for from := uint64(1); from <= 300; from += 10 {
		log.StageCommitIndex(from)
		appendTo(t, log, from, from+9)
	}
	err = errors.Join(log.SetUint64([]byte("CurrentTerm"), 31), log.Set([]byte("LastVoteCand"), []byte("wessex.1")),
		log.DeleteRange(1, 100), log.Close())
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// content opens the file and returns all that raft would read from it.
func content(path string) (string, error) {
	log, err := raftlog.Open(path, raftlog.Options{})
	if err != nil {
		return "", err
	}
	defer log.Close()
	first, _ := log.FirstIndex()
	last, _ := log.LastIndex()
	out := new(strings.Builder)
	fmt.Fprintln(out, first, last, log.Committed())
	for index := first; index <= last; index++ {
		var e raft.Log
		if err := log.GetLog(index, &e); err != nil {
			return "", err
		}
		fmt.Fprintln(out, e)
	}
	for _, key := range []string{"CurrentTerm", "LastVoteCand"} {
		value, err := log.Get([]byte(key))
		if err != nil {
			return "", err
		}
		fmt.Fprintln(out, key, value)
	}
	return out.String(), nil
}

func TestDamagedEntryIsNamed(t *testing.T) {
	file := written(t)
	at := bytes.LastIndex(file, []byte("claim 207"))
	if at < 0 {
		t.Fatal("entry not in the file")
	}
	file[at+1] ^= 0x20
	path := filepath.Join(t.TempDir(), "raft.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := raftlog.Open(path, raftlog.Options{})
	if !errors.Is(err, raftlog.ErrCorrupt) {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{path, "entry 207", "`tracker rejoin`"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

// TestAnyFlippedByte flips bytes everywhere in the file: either Open refuses
// it, or raft reads exactly what was written.
func TestAnyFlippedByte(t *testing.T) {
	file := written(t)
	path := filepath.Join(t.TempDir(), "raft.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	want, err := content(path)
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var places []int
	used := bytes.TrimRight(file, "\x00")
	for page := 0; page < len(used); page += 4096 { // every header and first elements, and some of the rest
		for at := range 48 {
			places = append(places, page+at)
		}
		for range 20 {
			places = append(places, page+random.IntN(4096))
		}
	}
	disk, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	found := 0
	for _, at := range places {
		damaged := file[at] ^ byte(1+random.IntN(255))
		if _, err := disk.WriteAt([]byte{damaged}, int64(at)); err != nil {
			t.Fatal(err)
		}
		got, err := content(path)
		if _, err := disk.WriteAt(file[at:at+1], int64(at)); err != nil {
			t.Fatal(err)
		}
		switch {
		case err != nil && !errors.Is(err, raftlog.ErrCorrupt):
			t.Fatalf("byte %d: %v", at, err)
		case err != nil:
			found++
		case got != want:
			t.Fatalf("byte %d of page %d: read something else without an error", at%4096, at/4096)
		}
	}
	t.Logf("%d of %d flipped bytes mattered and were found", found, len(places))
	if found < len(places)/20 {
		t.Error("too few found")
	}
}

// TestEveryByteOfTheSmallRecords flips each byte of the page on which the
// bounds and the stable records are. A vote that is not found is as bad
// as a wrong one, and so is a tail that is forgotten.
func TestEveryByteOfTheSmallRecords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	log := opened(t, path, raftlog.Options{})
	appendTo(t, log, 1, 10)
	if err := errors.Join(log.SetUint64([]byte("CurrentTerm"), 31), log.Set([]byte("LastVoteCand"), []byte("wessex.1"))); err != nil {
		t.Fatal(err)
	}
	appendTo(t, log, 11, 20)
	crash, err := os.ReadFile(crashed(t, path))
	if err != nil {
		t.Fatal(err)
	}
	tail, err := os.ReadFile(crashed(t, path) + ".tail")
	if err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string][2][]byte{"closed": {written(t)}, "crashed": {crash, tail}} {
		t.Run(name, func(t *testing.T) { flipSmallRecords(t, files[0], files[1]) })
	}
}

func flipSmallRecords(t *testing.T, file, tail []byte) {
	path := filepath.Join(t.TempDir(), "raft.db")
	if tail != nil { // reading it does not change it
		if err := os.WriteFile(path+".tail", tail, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(file []byte) (string, error) {
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		return content(path)
	}
	want, err := read(file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := func(at int, by byte) error {
		t.Helper()
		damaged := bytes.Clone(file)
		damaged[at] ^= by
		got, err := read(damaged)
		if err != nil && !errors.Is(err, raftlog.ErrCorrupt) || err == nil && got != want {
			t.Fatalf("byte %d, flipped by %#x: read something else: %v", at%4096, by, err)
		}
		return err
	}
	for page := 0; page < len(file); page += 4096 {
		used := bytes.TrimRight(file[page:page+4096], "\x00")
		vote := bytes.Index(used, []byte("LastVoteCand"))
		if vote < 0 || flipped(page+vote, 1) == nil {
			continue // it was there before
		}
		for at := page; at < page+len(used); at++ {
			_ = flipped(at, [2]byte{1, 0xff}[at%2])
		}
		return
	}
	t.Error("in no page the vote matters: where is it?")
}

func TestShortFiles(t *testing.T) {
	file := written(t)
	path := filepath.Join(t.TempDir(), "raft.db")
	for _, size := range []int{0, 1, 4095, 4096, 8192, len(bytes.TrimRight(file, "\x00")) - 4096} {
		if err := os.WriteFile(path, file[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		if log, err := raftlog.Open(path, raftlog.Options{}); err == nil {
			log.Close()
			t.Errorf("a file of %d bytes was opened", size)
		}
	}
}

// TestVerifyFindsWhatRotsLater damages the file below an open log.
func TestVerifyFindsWhatRotsLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	if err := os.WriteFile(path, written(t), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := raftlog.Open(path, raftlog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if err := log.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	disk, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	if _, err := disk.WriteAt([]byte("X"), int64(bytes.LastIndex(file, []byte("claim 150")))); err != nil {
		t.Fatal(err)
	}
	if err := log.Verify(t.Context()); !errors.Is(err, raftlog.ErrCorrupt) || !strings.Contains(err.Error(), "entry 150") {
		t.Errorf("Verify: %v", err)
	}
	if err := log.GetLog(150, new(raft.Log)); !errors.Is(err, raftlog.ErrCorrupt) {
		t.Errorf("GetLog: %v", err)
	}
	if err := log.GetLog(151, new(raft.Log)); err != nil {
		t.Errorf("the entry beside it: %v", err)
	}
}
