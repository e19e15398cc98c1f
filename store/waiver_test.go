package store_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestWaivers(t *testing.T) {
	s, err := store.Open(store.Options{Path: filepath.Join(t.TempDir(), "records.db"), Region: "otv"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := store.Waiver{Organisation: "GB-COH:00000006", Reason: "consent", Actor: 3}
	if err := s.Waive(t.Context(), "2022-23", w); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Waivers("2022-23"); err != nil || len(got) != 1 || got[0].Reason != "consent" || got[0].At.IsZero() {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, err := s.Waivers("2021-22"); err != nil || len(got) != 0 {
		t.Fatalf("of another cycle: %+v, %v", got, err)
	}
	w.Reason = "because"
	if err := s.Waive(t.Context(), "2022-23", w); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("no such reason: %v", err)
	}
	w.Reason = ""
	if err := s.Waive(t.Context(), "2022-23", w); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Waivers("2022-23"); err != nil || len(got) != 0 {
		t.Fatalf("taken back: %+v, %v", got, err)
	}
	if report, err := s.Check(t.Context()); err != nil || !report.Clean() {
		t.Errorf("%+v, %v", report, err)
	}
	if log, _, err := s.Audit(0, 10); err != nil || len(log) != 2 {
		t.Errorf("%+v, %v", log, err)
	}
}
