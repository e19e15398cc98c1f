package raftlog_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/store/raftlog"
)

// An entry with one signed claim is about 400 bytes.
func claims(from uint64, count int) []*raft.Log {
	out := entries(from, from+uint64(count)-1)
	for _, e := range out {
		e.Data = make([]byte, 400)
	}
	return out
}

func BenchmarkStoreLogs(b *testing.B) {
	for _, count := range []int{1, 64} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			log, err := raftlog.Open(filepath.Join(b.TempDir(), "raft.db"), raftlog.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer log.Close()
			next := uint64(1)
			for b.Loop() {
				log.StageCommitIndex(next)
				if err := log.StoreLogs(claims(next, count)); err != nil {
					b.Fatal(err)
				}
				next += uint64(count)
			}
			b.ReportMetric(float64(b.N*count)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

// filled returns the path of a log with 50,000 entries, as many as raft is
// asked to keep behind a snapshot.
func filled(b *testing.B) string {
	path := filepath.Join(b.TempDir(), "raft.db")
	log, err := raftlog.Open(path, raftlog.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	for from := uint64(1); from <= 50_000; from += 500 {
		if err := log.StoreLogs(claims(from, 500)); err != nil {
			b.Fatal(err)
		}
	}
	return path
}

func BenchmarkOpen50000(b *testing.B) {
	path := filled(b)
	for b.Loop() {
		log, err := raftlog.Open(path, raftlog.Options{})
		if err != nil {
			b.Fatal(err)
		}
		log.Close()
	}
}

func BenchmarkGetLogOnDisk(b *testing.B) {
	log, err := raftlog.Open(filled(b), raftlog.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	var e raft.Log
	for n := uint64(0); b.Loop(); n++ {
		if err := log.GetLog(1+n*7919%49_000, &e); err != nil {
			b.Fatal(err)
		}
	}
}
