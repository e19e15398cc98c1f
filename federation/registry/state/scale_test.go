package state

import (
	"bufio"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// scale is how many organisations and claims TestRestartAtScale restores; it is
// not run otherwise.
var scale = flag.Int("scale", 0, "organisations and claims that TestRestartAtScale restores")

// servesGC is the share of garbage, in per cent, that "tracker serve" allows.
const servesGC = 50

// TestRestartAtScale measures what a start costs: a snapshot of so many
// organisations, each claimed, is read from this disk. At 100,000 it takes 3 s
// at most, at 1 million 15 s and 2 GiB.
func TestRestartAtScale(t *testing.T) {
	if *scale == 0 {
		t.Skip("-scale says how many")
	}
	path := filepath.Join(t.TempDir(), "state.bin")
	size := writeAtScale(t, path, *scale)
	defer debug.SetGCPercent(debug.SetGCPercent(servesGC))
	debug.FreeOSMemory()
	began := time.Now()
	from, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	restored, err := ReadSnapshot(from)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	var taken runtime.MemStats
	runtime.ReadMemStats(&taken)
	runtime.GC()
	var kept runtime.MemStats
	runtime.ReadMemStats(&kept)
	const mega = 1 << 20
	resident := taken.Sys - taken.HeapReleased
	t.Logf("%d organisations and claims: %d MiB on disk, restored in %s; heap %d MiB at its end, %d MiB kept, %d MiB of the system",
		*scale, size/mega, took.Round(time.Millisecond), taken.HeapAlloc/mega, kept.HeapAlloc/mega, resident/mega)
	most := map[bool]time.Duration{true: 3 * time.Second, false: 15 * time.Second}[*scale <= 100_000]
	if took > most || resident > 2<<30 {
		t.Errorf("it took %s, at most %s are allowed, and %d MiB", took, most, resident/mega)
	}
	runtime.KeepAlive(restored)
}

// writeAtScale writes a snapshot of n claimed organisations and returns its
// size. The state that it comes from is gone when it returns.
func writeAtScale(t *testing.T, path string, n int) int64 {
	t.Helper()
	b, ids := ready(t, n, "otv", "wessex", "sw")
	for start := 0; start < n; start += maxRowItems {
		b.do("sw", typeClaim, items("2022-23", ids[start:min(start+maxRowItems, n)]...))
	}
	if counts := b.state.View().recount("2022-23").Counts; counts.Claimed != n {
		t.Fatalf("%d are claimed", counts.Claimed)
	}
	to, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	buffered := bufio.NewWriter(to)
	if err := WriteSnapshot(b.state.View(), buffered); err != nil {
		t.Fatal(err)
	}
	if err := buffered.Flush(); err != nil {
		t.Fatal(err)
	}
	info, err := to.Stat()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the snapshot was written in %s", time.Since(began).Round(time.Millisecond))
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
