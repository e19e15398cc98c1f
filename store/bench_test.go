package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// benchStore returns a store that holds the claims of many companies.
func benchStore(b *testing.B, companies int) *store.Store {
	b.Helper()
	s, err := store.Open(store.Options{Path: filepath.Join(b.TempDir(), "records.db"), Region: us})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { checkClean(b, s); _ = s.Close() })
	changes := make([]survey.Change, companies)
	for n := range changes {
		changes[n] = survey.Change{Number: uint64(n + 1), At: epoch, Claim: &survey.Claim{Organisation: company(n), Cycle: cycle, Region: us,
			State: survey.Claimed, Token: uint64(n + 1), ClaimedAt: epoch}}
	}
	if err := s.ApplyChanges(uint64(companies), changes); err != nil {
		b.Fatal(err)
	}
	return s
}

func benchmarkRecord(b *testing.B, writers int) {
	const companies = 2000
	s := benchStore(b, companies)
	versions := make([]survey.Answers, 8)
	for i := range versions {
		versions[i] = complete(b, fmt.Sprint(i+1))
	}
	var next atomic.Int64
	b.SetParallelism(max(1, writers/2)) // times GOMAXPROCS
	b.ResetTimer()
	if writers == 1 {
		for i := range b.N {
			if _, err := s.RecordResponse(context.Background(), request(company(i%companies), versions[i/companies%8])); err != nil {
				b.Fatal(err)
			}
		}
	} else {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				i := int(next.Add(1))
				if _, err := s.RecordResponse(context.Background(), request(company(i%companies), versions[i/companies%8])); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
}

func BenchmarkRecordResponse(b *testing.B) {
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) { benchmarkRecord(b, writers) })
	}
}

func BenchmarkCells(b *testing.B) {
	s := benchStore(b, 200)
	for n := range 200 {
		record(b, s, company(n), complete(b, fmt.Sprint(n)))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Cells(cycle); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	s := benchStore(b, 1)
	_, secret, err := s.People().CreateToken(context.Background(), store.NewToken{Name: "x", Role: store.PermissionViewer})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.People().Authenticate(secret); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSharedOf is what one company's page reads of 2,000 copies that other
// regions shared, beside reading all of them.
func BenchmarkSharedOf(b *testing.B) {
	s, _ := opened(b)
	sealed := make([]byte, 2048)
	for i := range 2000 {
		id := survey.Identifier(fmt.Sprintf("GB-COH:98%06d", i))
		if err := s.KeepShared(context.Background(), store.SharedCopy{Cycle: cycle, Organisation: id, From: them, Version: 1, Number: 1, Sealed: sealed, ReceivedAt: epoch}); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			if copies, err := s.SharedOf(cycle, "GB-COH:98000777"); err != nil || len(copies) != 1 {
				b.Fatalf("%d copies, %v", len(copies), err)
			}
		}
	})
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			if copies, err := s.SharedWithUs(cycle); err != nil || len(copies) != 2000 {
				b.Fatalf("%d copies, %v", len(copies), err)
			}
		}
	})
}
