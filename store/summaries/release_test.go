package summaries_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestReleaseIsKeptWithItsVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summaries.db")
	open := func() *summaries.Summaries {
		t.Helper()
		s, err := summaries.Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	if r, err := s.Released("2022-23"); err != nil || r.State != nil || r.Version.Sequence != 0 {
		t.Fatalf("nothing was released: %+v, %v", r, err)
	}
	first, err := s.Release("2022-23", []byte("one"), nil, true)
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Release("2022-23", []byte("two"), nil, true)
	if err != nil || !first.Less(second) {
		t.Fatalf("%v after %v, %v", second, first, err)
	}
	kept, err := s.KeepRelease("2022-23")
	if err != nil || !second.Less(kept) {
		t.Fatalf("kept as %v after %v, %v", kept, second, err)
	}
	if other, err := s.Reserve("2022-23"); err != nil || !kept.Less(other) {
		t.Fatalf("a version is given out once: %v after %v, %v", other, second, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer s.Close()
	if r, err := s.Released("2022-23"); err != nil || string(r.State) != "two" || r.Version != kept {
		t.Fatalf("after a restart: %+v, %v", r, err)
	}
	if third, err := s.Release("2022-23", []byte("three"), nil, true); err != nil {
		t.Fatal(err)
	} else if r, err := s.Released("2022-23"); err != nil || string(r.State) != "three" || r.Version != third {
		t.Fatalf("after another release: %+v, %v", r, err)
	}
	if _, err := s.KeepRelease("2022"); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("not a cycle: %v", err)
	}
	if _, err := s.Release("2022", nil, nil, true); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("not a cycle: %v", err)
	}
}

// A batch writes the companies in it; the whole replaces all of them.
func TestPartsOfARelease(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summaries.db")
	s, err := summaries.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	kept := func(want string) {
		t.Helper()
		r, err := s.Released("2022-23")
		if err != nil {
			t.Fatal(err)
		}
		got := string(r.State)
		for _, p := range r.Parts {
			got += " " + string(p.Organisation) + "=" + string(p.State)
		}
		if got != want {
			t.Errorf("kept is %q, want %q", got, want)
		}
	}
	release := func(cycle survey.Cycle, state string, whole bool, parts ...summaries.ReleasePart) {
		t.Helper()
		if _, err := s.Release(cycle, []byte(state), parts, whole); err != nil {
			t.Fatal(err)
		}
	}
	release("2022-23", "one", true, summaries.ReleasePart{Organisation: "A", State: []byte("1")}, summaries.ReleasePart{Organisation: "B", State: []byte("2")})
	release("2021-22", "other", true, summaries.ReleasePart{Organisation: "A", State: []byte("9")})
	kept("one A=1 B=2")
	release("2022-23", "two", false, summaries.ReleasePart{Organisation: "B", State: []byte("3")}, summaries.ReleasePart{Organisation: "C", State: []byte("4")})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = summaries.Open(path, nil); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	kept("two A=1 B=3 C=4")
	release("2022-23", "three", true, summaries.ReleasePart{Organisation: "C", State: []byte("5")})
	kept("three C=5")
	if _, err := s.Release("2022-23", nil, []summaries.ReleasePart{{}}, false); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("a part of nobody: %v", err)
	}
	kept("three C=5")
}
