package store_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestWhatIsPastItsRetentionIsListedAndErased(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	s, ctx := open(t, path), context.Background()
	now := time.Date(2030, 6, 1, 0, 0, 0, 0, time.UTC)
	keep := func(kind survey.RecordKind, name string, age int, text string) string {
		w := write(t, kind, name, text)
		w.At = now.AddDate(-age, 0, 0)
		add(t, s, w)
		return w.Record.ID
	}
	about := func(n int, more string) string { return fmt.Sprintf(`{"organisation": %q%s}`, company(n), more) }
	overdue := map[string]bool{
		keep(survey.RecordContacts, "old", 4, about(1, `, "name": "MARKER of old"`)):                                                     true,
		keep(survey.RecordContacts, "met since", 4, about(2, `, "name": "x"`)):                                                           false,
		keep(survey.RecordContacts, "new", 2, about(3, `, "name": "x"`)):                                                                 false,
		keep(survey.RecordChases, "old", 7, about(3, `, "cycle": "2022-23", "date": "2022-05-01", "channel": "call", "note": "MARKER"`)): true,
		keep(survey.RecordChases, "new", 7, about(3, `, "cycle": "2024-25", "date": "2024-05-01", "channel": "call"`)):                   false,
		keep(survey.RecordNotes, "old", 7, about(4, `, "note": "MARKER of a note"`)):                                                     true,
		keep(survey.RecordInteractions, "figures", 20, about(2, `, "date": "2013-05-01", "channel": "call"`)):                            false,
		keep(survey.RecordInteractions, "lately", 1, about(2, `, "date": "2029-05-01", "channel": "call"`)):                              false,
	}
	// 2022-23 ends with March 2023; six years later it is April 2029.
	list, err := s.Privacy().Overdue(ctx, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		if !overdue[o.ID] || !o.Until.Before(now) {
			t.Errorf("it may be kept: %+v", o)
		}
		delete(overdue, o.ID)
	}
	if len(list) != 3 {
		t.Errorf("%d are past their retention: %+v", len(list), list)
	}
	erased, err := s.Privacy().EraseOverdue(ctx, now, 7)
	if err != nil || len(erased) != 3 {
		t.Fatalf("%+v %v", erased, err)
	}
	if again, err := s.Privacy().EraseOverdue(ctx, now, 7); err != nil || len(again) != 0 {
		t.Errorf("again: %+v %v", again, err)
	}
	entries, _, err := s.Audit(0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, e := range entries {
		if e.Actor == 7 && bytes.Contains([]byte(e.Outcome), []byte("past its retention")) {
			said++
		}
	}
	if said != 3 {
		t.Errorf("the audit log has %d lines of it", said)
	}
	if text, err := os.ReadFile(path); err != nil || bytes.Contains(text, []byte("MARKER")) {
		t.Errorf("their words are in the file (%v)", err)
	}
}
