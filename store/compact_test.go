package store_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestErasedMeansGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	s := open(t, path)
	ctx := context.Background()
	const secret = "Zebediah Marker"
	contact := func(id, name string) store.RecordWrite {
		return write(t, survey.RecordContacts, id, fmt.Sprintf(`{"organisation": %q, "name": %q}`, company(1), name))
	}
	kept := add(t, s, contact("1", "Somebody Else"))
	gone := add(t, s, contact("2", secret))
	if _, err := s.ChangeRecord(ctx, contact("2", secret+" Junior")); err != nil {
		t.Fatal(err)
	}
	subject, err := s.Privacy().Subject(ctx, company(1), "")
	if err != nil || len(subject.Records) != 3 || len(subject.Audit) != 3 {
		t.Fatalf("%+v %v", subject, err)
	}
	if subject, err = s.Privacy().Subject(ctx, "", gone.ID); err != nil || len(subject.Records) != 2 || len(subject.Audit) != 2 {
		t.Fatalf("%+v %v", subject, err)
	}
	if err := s.Privacy().Erase(ctx, survey.RecordContacts, gone.ID, 9, epoch); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil || bytes.Contains(raw, []byte(secret)) {
		t.Errorf("the erased name is still in the file (%v)", err)
	}
	if !bytes.Contains(raw, []byte("Somebody Else")) {
		t.Error("what was not erased is gone")
	}
	if _, err := s.Record(survey.RecordContacts, gone.ID); err == nil {
		t.Error("an erased record is found")
	}
	if _, err := s.Record(survey.RecordContacts, kept.ID); err != nil {
		t.Error(err)
	}
	entries, _, _ := s.Audit(0, 100)
	if last := entries[len(entries)-1]; last.Action != "contacts.erase" || last.Actor != 9 {
		t.Errorf("%+v", last)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// Reads and writes go on around compacting, and nothing is lost.
func TestCompactingWhileTheStoreIsUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	s := open(t, path)
	s.NoSync()
	ctx := context.Background()
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 50 {
				add(t, s, write(t, survey.RecordNotes, fmt.Sprintf("%d-%d", worker, i), fmt.Sprintf(`{"organisation": %q, "note": "n"}`, company(i))))
				if _, _, err := s.Records(store.RecordFilter{Kind: survey.RecordNotes}, "", 10); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		if sizes, err := s.Privacy().Compact(ctx); err != nil || sizes.After == 0 {
			t.Errorf("%+v %v", sizes, err)
		}
	}
	wg.Wait()
	records, _, err := s.Records(store.RecordFilter{Kind: survey.RecordNotes}, "", 1000)
	if err != nil || len(records) != 200 {
		t.Errorf("%d records, %v", len(records), err)
	}
	if _, err := s.Privacy().Compact(ctx); err != nil {
		t.Fatal(err)
	}
}
