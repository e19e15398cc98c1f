package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestAFullDiskRefusesWritesAndRecovers(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(store.Options{Path: filepath.Join(dir, "records.db"), Region: us, Watermarks: store.Watermarks{Warn: 200 << 20, Refuse: 100 << 20}})
		if err != nil {
			t.Fatal(err)
		}
		var free atomic.Int64
		free.Store(150 << 20)
		s.Free(free.Load)
		note := func(id string) error {
			_, _, err := s.AddRecord(context.Background(), write(t, survey.RecordNotes, id, fmt.Sprintf(`{"organisation": %q}`, company(1))))
			return err
		}
		if err := note("1"); err != nil {
			t.Fatal(err)
		}
		free.Store(99 << 20)
		time.Sleep(2 * time.Second)
		if err := note("2"); !errors.Is(err, survey.ErrStorageFull) {
			t.Errorf("on a full disk: %v", err)
		}
		if records, _, err := s.Records(store.RecordFilter{Kind: survey.RecordNotes}, "", 0); err != nil || len(records) != 1 {
			t.Errorf("reading on a full disk: %+v %v", records, err)
		}
		free.Store(300 << 20)
		time.Sleep(2 * time.Second)
		if err := note("2"); err != nil {
			t.Errorf("after space was made: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
