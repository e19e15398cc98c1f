package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestNothingIsLeftOfAnErasedOrganisation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	s, r, ctx := open(t, path), newRegistry(), context.Background()
	r.grant(cycle, company(1), us)
	r.grant(cycle, company(2), us)
	feed(t, s, r)
	for n := range 3 {
		record(t, s, company(1), answers(t, strings.TrimSuffix(fmt.Sprintf(whole, "1"), "}")+fmt.Sprintf(`,"q15":"MARKER %d"}`, n)))
	}
	record(t, s, company(2), complete(t, "5"))
	add(t, s, write(t, survey.RecordNotes, "1", `{"organisation": "GB-COH:99000001", "note": "MARKER of a note"}`))
	if err := s.KeepShared(ctx, store.SharedCopy{Cycle: cycle, Organisation: company(1), From: them, Version: 1, Number: 1, Sealed: []byte("MARKER"), ReceivedAt: epoch}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		link, _, err := s.Links().CreateSurveyLink(ctx, store.NewSurveyLink{Cycle: cycle, Organisation: company(1), Email: "MARKER@example.org", Contact: "MARKER", Expires: time.Now().AddDate(0, 1, 0)})
		if err == nil {
			err = s.Links().SaveSurveyDraft(ctx, link.ID, "q15", map[string][]string{"q15": {"MARKER typed"}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Links().KeepHandedDraft(ctx, cycle.Previous(), company(1), map[string]map[string][]string{"q15": {"q15": {"MARKER handed over"}}}, 7); err != nil {
		t.Fatal(err)
	}
	if subject, err := s.Privacy().Subject(ctx, company(1), ""); err != nil || len(subject.Letters) != 2 || len(subject.Shared) != 1 || subject.Letters[0].Draft["q15"] == nil || subject.Shared[0].From != them {
		t.Errorf("%+v %v", subject, err)
	}
	erased, err := s.Privacy().EraseOrganisation(ctx, company(1), 7, epoch)
	if err != nil || erased < 3 {
		t.Fatalf("%d %v", erased, err)
	}
	wantTotal(t, s, "investment_leveraged", 500, 1)
	if subject, err := s.Privacy().Subject(ctx, company(1), ""); err != nil || len(subject.Records)+len(subject.Responses)+len(subject.Letters)+len(subject.Shared) > 0 {
		t.Errorf("%+v %v", subject, err)
	}
	if _, err := s.Privacy().EraseOrganisation(ctx, company(1), 7, epoch); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || bytes.Contains(text, []byte("MARKER")) {
		t.Errorf("its words are in the file (%v)", err)
	}
	checkClean(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
