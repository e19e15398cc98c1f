//go:build unix

package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/intake"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// many is a registry of twenty thousand companies.
type many struct{ registry }

func (many) Organisation(id survey.Identifier) (survey.Organisation, error) {
	return survey.Organisation{ID: id, Name: "Company " + id.ID() + " Ltd", Sector: survey.SectorDigital, SizeBand: survey.SizeSmall}, nil
}

// cpuSeconds returns the processor time of this process: on a busy machine it says more than the
// clock.
func cpuSeconds(b *testing.B) float64 {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}

// benchmarkImport imports one list, from the upload to the disk. Run alone, with one round, its
// peak of memory is the process's.
func benchmarkImport(b *testing.B, name string, data []byte, rows int) {
	b.SetBytes(int64(len(data)))
	before := cpuSeconds(b)
	for b.Loop() {
		dir := b.TempDir()
		s, err := store.Open(store.Options{Path: filepath.Join(dir, "records.db"), Region: us})
		if err != nil {
			b.Fatal(err)
		}
		d, err := intake.Open(intake.Options{Dir: filepath.Join(dir, "imports"), Region: us, Records: s.Imports(), Registry: many{}})
		if err != nil {
			b.Fatal(err)
		}
		im, err := d.Plan(context.Background(), list("interactions", name), bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		if im, err = d.Commit(context.Background(), im.ID, 7, now); err != nil || im.Added != rows {
			b.Fatal(im, err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(rows*b.N)/(cpuSeconds(b)-before), "rows/cpu-s")
}

// BenchmarkImportList imports a text list of 100,000 rows.
func BenchmarkImportList(b *testing.B) {
	const rows = 100_000
	var text strings.Builder
	text.WriteString("CRN,Date,Channel,Two-way,Minutes,Innovation,Notes\n")
	for i := range rows {
		fmt.Fprintf(&text, "%08d,2022-06-01,call,yes,%d,Pump %d,\"asked about it, twice\"\n", 99000000+i%20_000, i%90, i)
	}
	benchmarkImport(b, "a.csv", []byte(text.String()), rows)
}

// BenchmarkImportWorkbook imports a workbook of 20,000 rows.
func BenchmarkImportWorkbook(b *testing.B) {
	const rows = 20_000
	book, err := sheet.NewBook([]sheet.Column{{Name: "CRN"}, {Name: "Date"}, {Name: "Channel"}, {Name: "Two-way"}, {Name: "Minutes", Number: true}, {Name: "Innovation"}, {Name: "Notes"}})
	if err != nil {
		b.Fatal(err)
	}
	for i := range rows {
		book.Row(fmt.Sprintf("%08d", 99000000+i), "2022-06-01", "call", "yes", fmt.Sprint(i%90), fmt.Sprintf("Pump %d", i), "asked about it, twice")
	}
	var data bytes.Buffer
	if _, err := book.WriteTo(&data); err != nil {
		b.Fatal(err)
	}
	benchmarkImport(b, "a.xlsx", data.Bytes(), rows)
}
