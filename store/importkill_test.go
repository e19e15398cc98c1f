package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

const killedRows = 300

// An import that is killed at any moment is there wholly or not at all, and
// what was acknowledged is there; so is a file that was being compacted.
func TestAnImportSurvivesAKillAsBeforeOrAfter(t *testing.T) {
	if path := os.Getenv(childFile); path != "" {
		importUntilKilled(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "records.db")
	acknowledged := -1
	for round := range 8 {
		child := exec.Command(os.Args[0], "-test.run=^TestAnImportSurvivesAKillAsBeforeOrAfter$")
		child.Env = append(os.Environ(), childFile+"="+path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 1+round%3 && lines.Scan(); n++ {
			if strings.HasPrefix(lines.Text(), "imported") {
				if _, err := fmt.Sscanf(lines.Text(), "imported %d", &acknowledged); err != nil {
					t.Fatalf("child: %s", lines.Text())
				}
			}
		}
		timer := time.NewTimer(time.Duration(round*7) * time.Millisecond) // a moment within the next import or compacting
		<-timer.C
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // it was killed
		s := open(t, path)
		imports, err := s.Imports().Imports()
		if err != nil || len(imports) < acknowledged+1 {
			t.Fatalf("round %d: %d imports, %d were acknowledged, %v", round, len(imports), acknowledged+1, err)
		}
		records := 0
		for after := ""; ; {
			page, next, err := s.Records(store.RecordFilter{Kind: survey.RecordNotes}, after, 0)
			if err != nil {
				t.Fatal(err)
			}
			if records += len(page); next == "" {
				break
			}
			after = next
		}
		if records != len(imports)*killedRows {
			t.Errorf("round %d: %d records of %d imports", round, records, len(imports))
		}
		checkClean(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func importUntilKilled(t *testing.T, path string) {
	s, err := store.Open(store.Options{Path: path, Region: us})
	if err != nil {
		t.Fatal(err)
	}
	before, err := s.Imports().Imports()
	if err != nil {
		t.Fatal(err)
	}
	for n := len(before); n < 1000; n++ {
		im := anImport(fmt.Sprint("import ", n))
		im.Kind = string(survey.RecordNotes)
		rows := make([]store.ImportRow, killedRows)
		for i := range rows {
			rows[i] = store.ImportRow{Row: i, Write: new(write(t, survey.RecordNotes, fmt.Sprintf("%d %d", n, i), fmt.Sprintf(`{"organisation": %q, "note": "n"}`, company(i))))}
		}
		if _, _, err := s.Imports().ImportRows(context.Background(), im, rows, false); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("imported %d\n", n)
		if n%2 == 1 {
			if _, err := s.Privacy().Compact(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	}
}
