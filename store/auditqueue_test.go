package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxQueued is how many entries may wait.
const maxQueued = 1024

// queueAudit queues the entries of so many commands.
func queueAudit(t testing.TB, s *store.Store, first, n int) {
	t.Helper()
	for i := first; i < first+n; i++ {
		if err := s.QueueAudit(context.Background(), store.AuditEntry{Action: "claim.claim", Object: fmt.Sprint(i)}); err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
	}
}

// objects returns the objects of the whole audit log.
func objects(t testing.TB, s *store.Store) []string {
	t.Helper()
	var all []string
	for after, first := uint64(0), true; first || after != 0; first = false {
		entries, next, err := s.Audit(after, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			all = append(all, e.Object)
		}
		after = next
	}
	return all
}

// wantObjects fails unless the log names 0 to n-1 in this order.
func wantObjects(t testing.TB, s *store.Store, n int) {
	t.Helper()
	got := objects(t, s)
	want := make([]string, n)
	for i := range want {
		want[i] = fmt.Sprint(i)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d entries, want %d in order: %.200v", len(got), n, got)
	}
}

// openIn opens records inside a bubble, with their log and what the disk has
// free.
func openIn(t *testing.T, path string, free func() int64) (*store.Store, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	s, err := store.Open(store.Options{Path: path, Region: us, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s.NoSync()
	s.Free(free)
	return s, &log
}

func roomy() int64 { return 1 << 40 }

// queued returns how many entries wait.
func queued(s *store.Store) int {
	n, _ := s.AuditQueued()
	return n
}

func TestQueuedEntriesAreWrittenSoon(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	synctest.Test(t, func(t *testing.T) {
		s, _ := openIn(t, path, roomy)
		queueAudit(t, s, 0, 3)
		if queued(s) != 3 {
			t.Errorf("%d entries wait at first", queued(s))
		}
		time.Sleep(101 * time.Millisecond)
		synctest.Wait()
		if queued(s) != 0 {
			t.Errorf("%d entries wait after 100 ms", queued(s))
		}
		wantObjects(t, s, 3)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A write of the records takes along what is queued, before its own entry; a
// read of the log, a copy and what is known about a company wait for the rest.
func TestQueuedEntriesKeepTheirOrder(t *testing.T) {
	s, _ := opened(t)
	ctx := context.Background()
	queueAudit(t, s, 0, 2)
	if err := s.AppendAudit(ctx, store.AuditEntry{Action: "sign-in", Object: "2"}); err != nil || queued(s) != 0 {
		t.Errorf("%d entries wait after a write: %v", queued(s), err)
	}
	queueAudit(t, s, 3, 1)
	if err := s.QueueAudit(ctx, store.AuditEntry{Action: "claim.claim", Object: string(make([]byte, 2000))}); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("a text that is too long: %v", err)
	}
	wantObjects(t, s, 4)

	object := "2022-23/" + string(company(1))
	for range 2 {
		if err := s.QueueAudit(ctx, store.AuditEntry{Action: "claim.claim", Object: object}); err != nil {
			t.Fatal(err)
		}
	}
	record(t, s, company(1), complete(t, "1"))
	if err := s.QueueAudit(ctx, store.AuditEntry{Action: "claim.release", Object: object}); err != nil {
		t.Fatal(err)
	}
	if subject, err := s.Privacy().Subject(ctx, company(1), ""); err != nil || len(subject.Audit) != 4 || subject.Audit[3].Action != "claim.release" {
		t.Errorf("%+v %v", subject.Audit, err)
	}

	queueAudit(t, s, 8, 1)
	var file bytes.Buffer
	if _, err := s.Backup(ctx, &file); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "records.db")
	if err := os.WriteFile(copied, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := objects(t, open(t, copied)); len(got) != 9 || got[8] != "8" {
		t.Errorf("the copy has %v", got)
	}
}

// Many callers queue entries while others write: none is lost, none is twice,
// and each caller's are in its order.
func TestQueuedEntriesOfManyCallers(t *testing.T) {
	s, _ := opened(t)
	s.NoSync()
	const callers, each = 16, 200
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for i := range each {
				e := store.AuditEntry{Actor: uint64(caller), Action: "claim.claim", Object: fmt.Sprint(i)}
				err := s.QueueAudit(context.Background(), e)
				if i%50 == 49 {
					err = errors.Join(err, s.AppendAudit(context.Background(), store.AuditEntry{Action: "sign-in"}))
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	next := map[uint64]int{}
	for after, first := uint64(0), true; first || after != 0; first = false {
		entries, last, err := s.Audit(after, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Action != "claim.claim" {
				continue
			}
			if e.Object != fmt.Sprint(next[e.Actor]) {
				t.Fatalf("caller %d: %s, want %d", e.Actor, e.Object, next[e.Actor])
			}
			next[e.Actor]++
		}
		after = last
	}
	for caller := range callers {
		if next[uint64(caller)] != each {
			t.Errorf("caller %d: %d entries", caller, next[uint64(caller)])
		}
	}
}

// While the disk does not answer, the queue fills, and then callers wait.
func TestAFullQueueMakesCallersWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		s, _ := openIn(t, path, func() int64 { <-hold; return roomy() })
		queueAudit(t, s, 0, maxQueued)
		begun := time.Now()
		err := s.QueueAudit(context.Background(), store.AuditEntry{Action: "claim.claim", Object: "late"})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 10*time.Second {
			t.Errorf("after %s: %v", time.Since(begun), err)
		}
		cancelled, cancel := context.WithCancel(context.Background())
		cancel()
		if err := s.QueueAudit(cancelled, store.AuditEntry{Action: "claim.claim"}); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller that has gone: %v", err)
		}

		var waiting sync.WaitGroup
		waiting.Go(func() { queueAudit(t, s, maxQueued, 1) })
		synctest.Wait()
		close(hold)
		waiting.Wait()
		wantObjects(t, s, maxQueued+1)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A full queue is written at once: its callers don't wait for the delay.
func TestAFullQueueIsWrittenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	synctest.Test(t, func(t *testing.T) {
		s, _ := openIn(t, path, roomy)
		begun := time.Now()
		queueAudit(t, s, 0, 3*maxQueued)
		if took := time.Since(begun); took != 0 {
			t.Errorf("the callers waited %s", took)
		}
		wantObjects(t, s, 3*maxQueued)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A disk that is full for a while delays the entries and loses none; the log and
// AuditQueued tell of it.
func TestEntriesThatCannotBeWrittenAreTriedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	synctest.Test(t, func(t *testing.T) {
		var full atomic.Bool
		s, log := openIn(t, path, func() int64 {
			if full.Load() {
				return 0
			}
			return roomy()
		})
		full.Store(true)
		queueAudit(t, s, 0, 2)
		time.Sleep(time.Minute)
		if n, err := s.AuditQueued(); n != 2 || !errors.Is(err, survey.ErrStorageFull) {
			t.Errorf("%d entries wait: %v", n, err)
		}
		if !bytes.Contains(log.Bytes(), []byte("level=ERROR")) || !bytes.Contains(log.Bytes(), []byte("the audit log cannot be written")) {
			t.Errorf("no alarm: %s", log)
		}
		if entries, _, err := s.Audit(0, 0); err != nil || len(entries) != 0 {
			t.Errorf("the log is read as it is: %v %v", entries, err)
		}
		alarms := bytes.Count(log.Bytes(), []byte("level=ERROR"))
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := s.Privacy().Subject(gone, company(1), ""); !errors.Is(err, context.Canceled) && err != nil {
			t.Errorf("a reader that has gone: %v", err)
		}
		if n := bytes.Count(log.Bytes(), []byte("level=ERROR")); n != alarms {
			t.Errorf("a reader that has gone raises %d alarms", n-alarms)
		}
		queueAudit(t, s, 2, maxQueued-2)
		begun := time.Now()
		if err := s.QueueAudit(context.Background(), store.AuditEntry{Action: "late"}); !errors.Is(err, survey.ErrStorageFull) || time.Since(begun) != 0 {
			t.Errorf("a full queue on a full disk, after %s: %v", time.Since(begun), err)
		}

		full.Store(false)
		time.Sleep(2 * time.Minute)
		if n, err := s.AuditQueued(); n != 0 || err != nil {
			t.Errorf("%d entries wait: %v", n, err)
		}
		if !bytes.Contains(log.Bytes(), []byte("the audit log is written again")) {
			t.Errorf("the alarm is not called off: %s", log)
		}
		wantObjects(t, s, maxQueued)
		checkClean(t, s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestCloseWritesTheQueue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	s := open(t, path)
	queueAudit(t, s, 0, 5)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.QueueAudit(context.Background(), store.AuditEntry{Action: "late"}); !errors.Is(err, boltfile.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	wantObjects(t, open(t, path), 5)
}

// Entries that Close cannot write are named in the log and in its error.
func TestCloseOnAFullDiskNamesTheEntries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	synctest.Test(t, func(t *testing.T) {
		s, log := openIn(t, path, func() int64 { return 0 })
		queueAudit(t, s, 0, 2)
		if err := s.Close(); !errors.Is(err, survey.ErrStorageFull) {
			t.Errorf("%v", err)
		}
		if n := bytes.Count(log.Bytes(), []byte("the audit log lacks an entry")); n != 2 {
			t.Errorf("%d entries are named: %s", n, log)
		}
	})
}

// A process that is killed leaves a whole chain without its last entries.
func TestAKilledProcessLosesOnlyWhatWasQueued(t *testing.T) {
	path, left := filepath.Join(t.TempDir(), "records.db"), filepath.Join(t.TempDir(), "records.db")
	synctest.Test(t, func(t *testing.T) {
		s, _ := openIn(t, path, roomy)
		queueAudit(t, s, 0, 3)
		wantObjects(t, s, 3)
		queueAudit(t, s, 3, 2)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(left, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	wantObjects(t, open(t, left), 3)
}

// BenchmarkAudit compares an entry that is on the disk with one that is queued.
func BenchmarkAudit(b *testing.B) {
	for name, add := range map[string]func(*store.Store, context.Context, store.AuditEntry) error{
		"appended": (*store.Store).AppendAudit, "queued": (*store.Store).QueueAudit,
	} {
		for _, callers := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/parallelism=%d", name, callers), func(b *testing.B) {
				s, _ := opened(b)
				b.SetParallelism(callers) // times GOMAXPROCS
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						e := store.AuditEntry{Action: "claim.claim", Object: "2022-23/GB-COH:99000001", Outcome: "created, number 12"}
						if err := add(s, context.Background(), e); err != nil {
							b.Error(err)
						}
					}
				})
				b.StopTimer()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
			})
		}
	}
}
