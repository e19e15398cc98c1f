package store_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

var (
	crashRounds = flag.Int("crash-rounds", 20, "how often the store is killed, and loses power")
	crashSeed   = flag.Uint64("crash-seed", 0, "of the moments; 0: another one each time")
)

// chance returns the source of a test's moments and says how to have the same
// again.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := *crashSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("again: go test -run %s -crash-rounds %d -crash-seed %d", t.Name(), *crashRounds, seed)
	return rand.New(rand.NewPCG(seed, uint64(len(t.Name()))))
}

const (
	crashFile    = "STORE_TEST_CRASH_FILE" // names the file of a child process
	crashesAFile = 25                      // rounds on one file, so that it stays small
	crashRows    = 20                      // of one import
	pageBytes    = 4096
	sectorBytes  = 512
)

// crashStep does the n-th thing: answers, imports, records, backups and
// compactions in turn. It is acknowledged when it returns; last is called before
// its last commit.
func crashStep(t *testing.T, s *store.Store, r *registry, n int, last func()) {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		if err != nil {
			t.Fatalf("step %d: %v", n, err)
		}
	}
	switch n % 5 {
	case 0:
		r.number = max(r.number, s.Cursor())
		_, _ = r.grant(cycle, company(n), us)
		must(r.feed(s))
		last()
		_, err := s.RecordResponse(ctx, request(company(n), complete(t, "1")))
		must(err)
		return
	case 1:
		im := anImport(fmt.Sprint("import ", n))
		im.Kind = string(survey.RecordNotes)
		rows := make([]store.ImportRow, crashRows)
		for i := range rows {
			rows[i] = store.ImportRow{Row: i, Write: new(write(t, survey.RecordNotes, fmt.Sprintf("%d %d", n, i), fmt.Sprintf(`{"organisation": %q, "note": "n"}`, company(i))))}
		}
		last()
		_, _, err := s.Imports().ImportRows(ctx, im, rows, false)
		must(err)
		return
	case 3:
		_, err := s.Backup(ctx, io.Discard)
		must(err)
	case 4:
		_, err := s.Privacy().Compact(ctx)
		must(err)
	}
	last()
	_, _, err := s.AddRecord(ctx, write(t, survey.RecordInteractions, fmt.Sprint("step ", n), interaction(company(n%7), 45)))
	must(err)
}

// crashLeft fails unless all that was acknowledged is there, and imports are
// whole or not there at all.
func crashLeft(t *testing.T, s *store.Store, acknowledged int) {
	t.Helper()
	for n := range acknowledged + 2 {
		var err error
		switch n % 5 {
		case 0:
			_, err = s.Response(cycle, company(n))
		case 1:
			_, err = s.Imports().Import(survey.RecordID("imports", fmt.Sprint("import ", n)))
			for i := range crashRows {
				_, rowErr := s.Record(survey.RecordNotes, survey.RecordID(survey.RecordNotes, fmt.Sprintf("%d %d", n, i)))
				if (rowErr == nil) != (err == nil) {
					t.Fatalf("import %d is there in part: %v, row %d: %v", n, err, i, rowErr)
				}
			}
		default:
			_, err = s.Record(survey.RecordInteractions, survey.RecordID(survey.RecordInteractions, fmt.Sprint("step ", n)))
		}
		if err != nil && n <= acknowledged {
			t.Fatalf("step %d of %d was acknowledged and is gone: %v", n, acknowledged, err)
		}
	}
	checkClean(t, s)
}

func TestKilledAtAnyMoment(t *testing.T) {
	if path := os.Getenv(crashFile); path != "" {
		stepUntilKilled(t, path)
		return
	}
	random := chance(t)
	var path string
	acknowledged, all := -1, 0
	for round := range *crashRounds {
		if round%crashesAFile == 0 {
			path, acknowledged = filepath.Join(t.TempDir(), "records.db"), -1
		}
		child := exec.Command(os.Args[0], "-test.run=^TestKilledAtAnyMoment$")
		child.Env = append(os.Environ(), crashFile+"="+path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := random.IntN(8); n >= 0 && lines.Scan(); n-- {
			if _, err := fmt.Sscanf(lines.Text(), "done %d", &acknowledged); err != nil {
				t.Fatalf("child: %s", lines.Text())
			}
		}
		spin := time.Now().Add(time.Duration(random.IntN(4000)) * time.Microsecond)
		for time.Now().Before(spin) {
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what was said before it died counts
			_, _ = fmt.Sscanf(lines.Text(), "done %d", &acknowledged)
		}
		_ = child.Wait() // it was killed
		s := open(t, path)
		crashLeft(t, s, acknowledged)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		all++
	}
	t.Logf("killed %d times; the last file had %d acknowledged steps", all, acknowledged+1)
}

func stepUntilKilled(t *testing.T, path string) {
	s, err := store.Open(store.Options{Path: path, Region: us})
	if err != nil {
		t.Fatal(err)
	}
	r := newRegistry()
	first := 0
	for ; crashDone(s, first); first++ {
	}
	for n := first; ; n++ {
		crashStep(t, s, r, n, func() {})
		fmt.Printf("done %d\n", n)
	}
}

func crashDone(s *store.Store, n int) bool {
	var err error
	switch n % 5 {
	case 0:
		_, err = s.Response(cycle, company(n))
	case 1:
		_, err = s.Imports().Import(survey.RecordID("imports", fmt.Sprint("import ", n)))
	default:
		_, err = s.Record(survey.RecordInteractions, survey.RecordID(survey.RecordInteractions, fmt.Sprint("step ", n)))
	}
	return err == nil
}

// TestPowerLossAtAnyMoment makes what a disk may have when the power goes
// during a commit. The file writes its pages, waits for the disk, writes one
// of its two first pages, and waits again. So before the first wait any of the
// pages and sectors may have arrived, but not that page; before the second,
// all pages and any sectors of that one.
func TestPowerLossAtAnyMoment(t *testing.T) {
	random := chance(t)
	var s *store.Store
	var r *registry
	var path string
	n := 0
	for round := range *crashRounds {
		if round%crashesAFile == 0 {
			if s != nil {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			path, r, n = filepath.Join(t.TempDir(), "records.db"), newRegistry(), 0
			s = open(t, path)
		}
		var before []byte
		crashStep(t, s, r, n, func() { before = readFile(t, path) })
		after := readFile(t, path)
		first := bytes.Clone(after)
		copy(first, torn(random, before[:2*pageBytes], after[:2*pageBytes], 0, 2))
		images := map[string][]byte{"before the pages were on the disk": torn(random, before, after, 2, len(after)), "before the first page was": first}
		for when, image := range images {
			lost := filepath.Join(t.TempDir(), "lost.db")
			if err := os.WriteFile(lost, image, 0o600); err != nil {
				t.Fatal(err)
			}
			left, err := store.Open(store.Options{Path: lost, Region: us})
			if err != nil {
				t.Fatalf("step %d, %s: %v", n, when, err)
			}
			crashLeft(t, left, n-1)
			if err := left.Close(); err != nil {
				t.Fatal(err)
			}
		}
		n++
	}
	crashLeft(t, s, n-1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// torn returns before with any of the sectors in which after differs, of the
// pages from one to another.
func torn(random *rand.Rand, before, after []byte, from, to int) []byte {
	image := make([]byte, max(len(before), len(after)))
	copy(image, before)
	for at := from * pageBytes; at < min(len(after), to*pageBytes); at += sectorBytes {
		end := min(at+sectorBytes, len(after))
		if random.IntN(2) == 0 {
			copy(image[at:end], after[at:end])
		}
	}
	return image
}
