package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ahsn-network/tracker/store"
)

// childFile names the file that a child process records into until it is
// killed.
const childFile = "STORE_TEST_CHILD_FILE"

func TestEveryAcknowledgedAnswerSurvivesAKill(t *testing.T) {
	if path := os.Getenv(childFile); path != "" {
		recordUntilKilled(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "records.db")
	acknowledged := 0
	for round := range 3 {
		child := exec.Command(os.Args[0], "-test.run=^TestEveryAcknowledgedAnswerSurvivesAKill$")
		child.Env = append(os.Environ(), childFile+"="+path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 20+17*round && lines.Scan(); n++ {
			if _, err := fmt.Sscanf(lines.Text(), "recorded %d", &acknowledged); err != nil {
				t.Fatalf("child: %s", lines.Text())
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // it was killed
		s := open(t, path)
		for n := range acknowledged + 1 {
			if _, err := s.Response(cycle, company(n)); err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		}
		checkClean(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if acknowledged < 50 {
		t.Errorf("only %d answers were acknowledged", acknowledged)
	}
}

func recordUntilKilled(t *testing.T, path string) {
	s, err := store.Open(store.Options{Path: path, Region: us})
	if err != nil {
		t.Fatal(err)
	}
	r := newRegistry()
	for n := range 5000 {
		if _, err := s.Response(cycle, company(n)); err == nil {
			continue
		}
		r.number = max(r.number, s.Cursor())
		_, _ = r.grant(cycle, company(n), us)
		if err := r.feed(s); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RecordResponse(context.Background(), request(company(n), complete(t, "1"))); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("recorded %d\n", n)
	}
}
