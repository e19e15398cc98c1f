package state

import (
	"fmt"
	"testing"
)

// BenchmarkApply applies one claim per row, the signature's verification
// included: what every replica does for every claim.
func BenchmarkApply(b *testing.B) {
	for _, rows := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			bench, ids := ready(b, 20_000, "otv", "wessex", "sw")
			var entries []entry
			for n := 0; n < b.N; n += rows {
				batch := make([]Row, rows)
				for i := range batch {
					batch[i] = bench.sign(bench.body("sw", typeClaim, items("2022-23", ids[(n+i)%len(ids)])))
				}
				entries = append(entries, bench.entry(batch...))
			}
			b.ResetTimer()
			for _, e := range entries {
				bench.state.apply(e)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "claims/s")
		})
	}
}

// BenchmarkApplyList applies lists of 512 claims in one signed row.
func BenchmarkApplyList(b *testing.B) {
	bench, ids := ready(b, 20_000, "otv", "wessex", "sw")
	var entries []entry
	for n := 0; n+maxRowItems <= len(ids); n += maxRowItems {
		entries = append(entries, bench.entry(bench.sign(bench.body("sw", typeClaim, items("2022-23", ids[n:n+maxRowItems]...)))))
	}
	founding := bench.state
	b.ResetTimer()
	for n := 0; n < b.N; n += maxRowItems {
		at := n / maxRowItems % len(entries)
		if at == 0 && n > 0 {
			b.StopTimer()
			bench, _ = ready(b, 20_000, "otv", "wessex", "sw")
			founding = bench.state
			b.StartTimer()
		}
		founding.apply(entries[at])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "claims/s")
}

// BenchmarkSnapshot writes and reads a registry of 20,000 organisations.
func BenchmarkSnapshot(b *testing.B) {
	bench, _ := ready(b, 20_000, "otv")
	size := 0
	for range b.N {
		size = len(snapshotOf(b, bench.state))
	}
	b.ReportMetric(float64(size), "bytes")
}
