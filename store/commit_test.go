package store_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestWritersTogetherEachGetTheirOwnOutcome(t *testing.T) {
	s, r := opened(t)
	const writers, each = 16, 10
	for n := range writers * each {
		if n%7 != 0 {
			r.grant(cycle, company(n), us)
		}
	}
	for n := 0; n < writers*each; n += 14 { // refused for good: answered here, held there
		record(t, s, company(n), complete(t, "1"))
		r.grant(cycle, company(n), them)
	}
	feed(t, s, r)
	var group sync.WaitGroup
	errs := make([]error, writers*each)
	for w := range writers {
		group.Go(func() {
			for i := range each {
				n := w*each + i
				_, errs[n] = s.RecordResponse(context.Background(), request(company(n), complete(t, "2")))
			}
		})
	}
	group.Wait()
	counted := int64(0)
	for n, err := range errs {
		var refusal *survey.Refusal
		if refused := n%14 == 0; refused != errors.As(err, &refusal) || !refused && err != nil {
			t.Errorf("company %d: %v", n, err)
		}
		if n%7 != 0 {
			counted++
		}
	}
	wantTotal(t, s, "investment_leveraged", counted*200, counted)
}

func TestAListThatFailsHalfwayLeavesOthersAlone(t *testing.T) {
	s, r := opened(t)
	record(t, s, company(0), complete(t, "1"))
	r.grant(cycle, company(0), them)
	feed(t, s, r)
	var group sync.WaitGroup
	for n := range 20 {
		group.Go(func() {
			if n%2 == 0 {
				list := []survey.RecordRequest{request(company(100+n), complete(t, "1")), request(company(0), complete(t, "2"))}
				if _, err := s.RecordResponses(context.Background(), list); err == nil {
					t.Error("the list was recorded")
				}
				return
			}
			if _, err := s.RecordResponse(context.Background(), request(company(100+n), complete(t, "1"))); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	responses, _, err := s.Responses(cycle, "", 100)
	if err != nil || len(responses) != 11 {
		t.Errorf("%v, %d answers, want 11", err, len(responses))
	}
}

func TestACallerThatGaveUpRecordedNothing(t *testing.T) {
	s, _ := opened(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for n := range 20 {
		_, err := s.RecordResponse(ctx, request(company(n), complete(t, "1")))
		_, missing := s.Response(cycle, company(n))
		if recorded := missing == nil; recorded != (err == nil) || err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("recorded %v, error %v", recorded, err)
		}
	}
}

func TestClosedStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	s, err := store.Open(store.Options{Path: path, Region: us})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ApplyChanges(41, nil); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			_, err := s.RecordResponse(context.Background(), request(company(n), complete(t, "1")))
			if err != nil && !errors.Is(err, boltfile.ErrClosed) {
				t.Error(err)
			}
		})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.RecordResponse(context.Background(), request(company(1), complete(t, "1"))); !errors.Is(err, boltfile.ErrClosed) {
		t.Errorf("%v", err)
	}
	if _, _, err := s.Cells(cycle); !errors.Is(err, boltfile.ErrClosed) {
		t.Errorf("%v", err)
	}
	if again := open(t, path); again.Cursor() != 41 {
		t.Errorf("cursor %d", again.Cursor())
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "records.db")
	if _, err := store.Open(store.Options{Path: path, Region: "hin"}); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("unknown region: %v", err)
	}
	if _, err := store.Open(store.Options{Region: us}); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("no path: %v", err)
	}
	s := open(t, path)
	begun := time.Now()
	_, err := store.Open(store.Options{Path: path, Region: us})
	if took := time.Since(begun); !errors.Is(err, boltfile.ErrLocked) || !strings.Contains(err.Error(), path) || took > 20*time.Second {
		t.Errorf("locked: %v after %v", err, took)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(store.Options{Path: path, Region: them}); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("another region's file: %v", err)
	}
	if _, err := summaries.Open(path, nil); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("records as summaries: %v", err)
	}
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(store.Options{Path: garbage, Region: us}); !errors.Is(err, boltfile.ErrDamaged) {
		t.Errorf("garbage: %v", err)
	}
}

// filled returns a closed file with answers in it.
func filled(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "records.db")
	s, r := open(t, path), newRegistry()
	for n := range 50 {
		r.grant(cycle, company(n), us)
	}
	feed(t, s, r)
	for n := range 50 {
		record(t, s, company(n), complete(t, "1"))
	}
	checkClean(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// spoil changes one value behind the store's back.
func spoil(t *testing.T, path, bucket string, change func(b *bbolt.Bucket, key, value []byte) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		key, value := b.Cursor().First()
		return change(b, key, append([]byte(nil), value...))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func flip(b *bbolt.Bucket, key, value []byte) error {
	value[len(value)-1] ^= 1
	return b.Put(key, value)
}

func TestDamageIsNoticedAtOpen(t *testing.T) {
	for _, bucket := range []string{"responses", "claims", "aggregates", "outbox", "audit", "meta", "cycles"} {
		path := filled(t)
		spoil(t, path, bucket, flip)
		_, err := store.Open(store.Options{Path: path, Region: us})
		if !errors.Is(err, boltfile.ErrDamaged) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "tracker restore") {
			t.Errorf("%s: %v", bucket, err)
		}
	}
}

func TestATruncatedOrScribbledFileIsNoticed(t *testing.T) {
	for _, cut := range []int64{0x1000, 0x4000, 0x9000} {
		path := filled(t)
		if err := os.Truncate(path, cut); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(store.Options{Path: path, Region: us})
		if !errors.Is(err, boltfile.ErrDamaged) {
			t.Errorf("cut at %d: %v", cut, err)
		}
		if err == nil {
			_ = s.Close()
		}
	}
	noticed := 0
	path := filled(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for page := 2; page*4096 < len(whole); page += 7 {
		scribbled := append([]byte(nil), whole...)
		for i := page*4096 + 40; i < page*4096+200; i++ {
			scribbled[i] ^= 0xa5
		}
		if err := os.WriteFile(path, scribbled, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(store.Options{Path: path, Region: us})
		if err != nil {
			if noticed++; !errors.Is(err, boltfile.ErrDamaged) {
				t.Errorf("page %d: %v", page, err)
			}
			continue
		}
		_ = s.Close() // a free page
	}
	if noticed == 0 {
		t.Error("no scribbled page was noticed")
	}
}

func TestCheckNamesWhatIsWrongAndRepairRebuilds(t *testing.T) {
	path := filled(t)
	spoil(t, path, "aggregates", func(b *bbolt.Bucket, key, _ []byte) error { return b.Delete(key) })
	s, err := store.Open(store.Options{Path: path, Region: us})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { checkClean(t, s); _ = s.Close() })
	report, err := s.Check(context.Background())
	if err != nil || report.Clean() || !report.Repairable || !strings.Contains(report.Findings[0].Where, "aggregates "+string(cycle)) {
		t.Errorf("%v %+v", err, report)
	}
	if err := s.Repair(context.Background()); err != nil {
		t.Fatal(err)
	}
	wantTotal(t, s, "investment_leveraged", 50*100, 50)
}

func TestRebuildOpensDamagedAggregates(t *testing.T) {
	path := filled(t)
	spoil(t, path, "aggregates", flip)
	spoil(t, path, "cycles", flip)
	s, err := store.Open(store.Options{Path: path, Region: us, Rebuild: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { checkClean(t, s); _ = s.Close() })
	wantTotal(t, s, "investment_leveraged", 50*100, 50)
}

func TestCheckFindsWhatChecksumsCannot(t *testing.T) {
	tests := []struct {
		bucket, where string
		change        func(b *bbolt.Bucket, key, value []byte) error
	}{
		{"claims", "responses", func(b *bbolt.Bucket, key, _ []byte) error { return b.Delete(key) }},
		{"outbox", "outbox", func(b *bbolt.Bucket, key, _ []byte) error { return b.Delete(key) }},
		{"responses", "claims", func(b *bbolt.Bucket, key, _ []byte) error { return b.Delete(key) }},
		{"audit", "audit", func(b *bbolt.Bucket, _, _ []byte) error {
			last, _ := b.Cursor().Last()
			if binary.BigEndian.Uint64(last) < 50 {
				return fmt.Errorf("only %d audit entries", binary.BigEndian.Uint64(last))
			}
			return b.Delete(last)
		}},
	}
	for _, test := range tests {
		path := filled(t)
		spoil(t, path, test.bucket, test.change)
		s, err := store.Open(store.Options{Path: path, Region: us})
		if err != nil {
			t.Fatal(err)
		}
		report, err := s.Check(context.Background())
		if err != nil || report.Clean() || report.Repairable {
			t.Errorf("%s: %v %+v", test.bucket, err, report)
		}
		if !strings.Contains(fmt.Sprint(report.Findings), test.where) && test.bucket != "responses" {
			t.Errorf("%s: %+v", test.bucket, report.Findings)
		}
		_ = s.Close()
	}
}

func TestStorageFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	s, err := store.Open(store.Options{Path: path, Region: us, MaxBytes: 256 << 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { checkClean(t, s); _ = s.Close() })
	n := 0
	for err == nil && n < 2000 {
		_, err = s.RecordResponse(context.Background(), request(company(n), complete(t, "1")))
		n++
	}
	if !errors.Is(err, survey.ErrStorageFull) {
		t.Fatalf("after %d answers: %v", n, err)
	}
	if _, err := s.Response(cycle, company(0)); err != nil {
		t.Errorf("reading while full: %v", err)
	}
	if _, err := s.Response(cycle, company(n-1)); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("the last answer is there: %v", err)
	}
}
