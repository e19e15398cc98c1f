//go:build linux

package intake_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/intake"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	exportFile      = "INTAKE_TEST_EXPORT_FILE" // names the records of a child process
	exportFormat    = "INTAKE_TEST_EXPORT_FORMAT"
	exportRows      = 100_000
	maxExportMemory = 160 << 10 // kibibytes that the process may ever have had
)

// noNation is never asked: records are the region's own.
type noNation struct{ intake.ExportRegistry }

// TestExportsStream exports 100,000 rows in a process of its own.
func TestExportsStream(t *testing.T) {
	if path := os.Getenv(exportFile); path != "" {
		exportAlone(t, path, sheet.Format(os.Getenv(exportFormat)))
		return
	}
	if testing.Short() {
		t.Skip("the list is large")
	}
	path := filepath.Join(t.TempDir(), "records.db")
	s, err := store.Open(store.Options{Path: path, Region: us})
	if err != nil {
		t.Fatal(err)
	}
	kind, err := survey.RecordTypeOf(survey.RecordNotes)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]store.ImportRow, exportRows)
	for i := range rows {
		r, faults := survey.ParseRecordCells(kind, us, []survey.RecordCell{{Field: "organisation", Text: fmt.Sprintf("GB-COH:%08d", 99000000+i%20_000)}, {Field: "note", Text: fmt.Sprintf("=note %d", i)}})
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		r.ID = survey.RecordID(survey.RecordNotes, fmt.Sprint(i))
		rows[i] = store.ImportRow{Row: i + 2, Write: &store.RecordWrite{Record: r, Actor: 7, At: now}}
	}
	im := survey.Import{ID: survey.RecordID("imports", "export"), Kind: string(survey.RecordNotes), File: "a", At: now}
	if _, _, err := s.Imports().ImportRows(context.Background(), im, rows, false); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, format := range []sheet.Format{sheet.CSV, sheet.XLSX} {
		child := exec.Command(os.Args[0], "-test.run=^TestExportsStream$")
		child.Env = append(os.Environ(), exportFile+"="+path, exportFormat+"="+string(format))
		out, err := child.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var bytes, kibibytes int
		if _, err := fmt.Sscanf(string(out), "%d bytes\nmost %d kB", &bytes, &kibibytes); err != nil || kibibytes > maxExportMemory || bytes < exportRows*20 {
			t.Errorf("%s: %s", format, out)
		}
		t.Logf("%s: %d bytes, %d MiB", format, bytes, kibibytes>>10)
	}
}

// exportAlone opens the records, exports them and prints its peak of memory. Opening reads the
// whole file, whose pages count as memory too.
func exportAlone(t *testing.T, path string, format sheet.Format) {
	debug.SetGCPercent(serverGC)
	s, err := store.Open(store.Options{Path: path, Region: us})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out := &counted{}
	e := intake.Exporter{Region: us, Records: s, Registry: noNation{}}
	if err := e.Export(context.Background(), string(survey.RecordNotes), "", format, out); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%d bytes\n", out.n)
	printPeak(t)
}

// counted counts the bytes written to it.
type counted struct{ n int }

func (c *counted) Write(p []byte) (int, error) { c.n += len(p); return len(p), nil }

// printPeak prints the peak of memory of the process.
func printPeak(t *testing.T) {
	t.Helper()
	status, err := os.Open("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	defer status.Close()
	text, err := io.ReadAll(status)
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	most, _, _ := strings.Cut(after, "\n")
	fmt.Println("most", strings.TrimSpace(most))
}
