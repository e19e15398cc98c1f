//go:build unix

package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// cpuSeconds is what this process has used of the processors: on a busy
// machine it says more than the clock.
func cpuSeconds(b *testing.B) float64 {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}

// BenchmarkImportRows takes 100,000 interactions with 20,000 companies into the
// store, as they come from a list, to the disk.
func BenchmarkImportRows(b *testing.B) {
	const rows, companies = 100_000, 20_000
	var cpu float64
	var clock time.Duration
	for n := range b.N {
		b.StopTimer()
		s, err := store.Open(store.Options{Path: filepath.Join(b.TempDir(), "records.db"), Region: us})
		if err != nil {
			b.Fatal(err)
		}
		list := make([]store.ImportRow, rows)
		for i := range list {
			values := fmt.Sprintf(`{"organisation": %q, "date": "2022-06-01", "channel": "call", "two_way": true, "minutes": %d, "innovation": "Pump %d", "note": "asked about it, twice"}`,
				company(i%companies), i%90, i)
			list[i] = store.ImportRow{Row: i + 2, Write: new(write(b, survey.RecordInteractions, fmt.Sprint(i), values)), Keep: true}
		}
		im := anImport(fmt.Sprint("bench ", n))
		im.Kind = string(survey.RecordInteractions)
		runtime.GC() // what making the list left behind is not the import's
		before := cpuSeconds(b)
		b.StartTimer()
		begun := time.Now()
		done, _, err := s.Imports().ImportRows(context.Background(), im, list, false)
		clock += time.Since(begun)
		b.StopTimer()
		cpu += cpuSeconds(b) - before
		if err != nil || done.Added != rows {
			b.Fatal(done, err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/clock.Seconds(), "rows/s")
	b.ReportMetric(float64(rows*b.N)/cpu, "rows/cpu-s")
}
