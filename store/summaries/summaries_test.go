package summaries_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	us    survey.Region = "otv"
	them  survey.Region = "wessex"
	cycle survey.Cycle  = "2022-23"
)

var epoch = time.Date(2023, 5, 1, 9, 0, 0, 0, time.UTC)

func openSummaries(t testing.TB, path string) *summaries.Summaries {
	t.Helper()
	s, err := summaries.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func v(incarnation, sequence uint64) summaries.Version {
	return summaries.Version{Incarnation: incarnation, Sequence: sequence}
}

// listed returns what All calls with, as text.
func listed(t testing.TB, s *summaries.Summaries) string {
	t.Helper()
	var out []string
	err := s.All(func(region survey.Region, cycle survey.Cycle, signed []byte, at time.Time) {
		text := fmt.Sprintf("%s %s %s", cycle, region, signed)
		if !at.IsZero() {
			text += " " + at.Format(time.TimeOnly)
		}
		out = append(out, text)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, ", ")
}

func TestSummariesNeverGoBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summaries.db")
	s := openSummaries(t, path)
	put := func(version summaries.Version, signed string, want error) {
		t.Helper()
		err := s.Put(them, cycle, version, []byte(signed), summaries.Meta{AsOf: epoch, Received: epoch, From: us})
		if !errors.Is(err, want) {
			t.Errorf("put %v %s: %v, want %v", version, signed, err, want)
		}
	}
	put(v(1, 5), "e", nil)
	put(v(1, 5), "e", nil)
	put(v(1, 4), "d", summaries.ErrStale)
	put(v(1, 5), "E", summaries.ErrEquivocation)
	put(v(1, 5), "E", summaries.ErrEquivocation)
	put(v(1, 9), "i", nil)
	put(v(2, 1), "a2", nil)
	put(v(1, 10), "j", summaries.ErrStale)
	put(v(1, 5), "e", summaries.ErrStale)
	put(v(1, 9), "I", summaries.ErrEquivocation)
	if got := listed(t, s); got != "2022-23 wessex a2" {
		t.Errorf("newest: %s", got)
	}
	history, err := s.History(them, cycle)
	if err != nil || len(history) != 3 || string(history[0].Signed) != "e" || history[2].Version != v(2, 1) {
		t.Errorf("%v %+v", err, history)
	}
	if past, err := s.At(them, cycle, v(1, 9)); err != nil || string(past.Signed) != "i" || !past.Meta.AsOf.Equal(epoch) {
		t.Errorf("%v %+v", err, past)
	}
	if _, err := s.At(them, cycle, v(1, 8)); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("%v", err)
	}
	evidence, err := s.Evidence()
	if err != nil || len(evidence) != 2 || string(evidence[0].First)+string(evidence[0].Second) != "eE" {
		t.Errorf("%v %+v", err, evidence)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(them, cycle, v(3, 1), []byte("x"), summaries.Meta{}); !errors.Is(err, boltfile.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if got := listed(t, openSummaries(t, path)); got != "2022-23 wessex a2" {
		t.Errorf("after a restart: %s", got)
	}
}

func TestSummariesRefuseWrongInput(t *testing.T) {
	s := openSummaries(t, filepath.Join(t.TempDir(), "summaries.db"))
	for _, err := range []error{
		s.Put("hin", cycle, v(1, 1), []byte("x"), summaries.Meta{}),
		s.Put(them, "2022/23", v(1, 1), []byte("x"), summaries.Meta{}),
		s.Put(them, cycle, v(1, 1), nil, summaries.Meta{}),
		s.Put(them, cycle, v(1, 1), make([]byte, 1<<20+1), summaries.Meta{}),
		s.PutEvidence(them, cycle, v(1, 1), nil, make([]byte, 1<<20+1)),
	} {
		if !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("%v", err)
		}
	}
	if _, err := s.Reserve("now"); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	s := openSummaries(t, filepath.Join(t.TempDir(), "summaries.db"))
	for n := range uint64(70) {
		if err := s.Put(them, cycle, v(1, n+1), []byte{byte(n)}, summaries.Meta{}); err != nil {
			t.Fatal(err)
		}
	}
	history, err := s.History(them, cycle)
	if err != nil || len(history) != 64 || history[0].Version != v(1, 7) {
		t.Errorf("%v, %d kept", err, len(history))
	}
}

// Of another region the last of each day is kept, of the own every version.
func TestHistoryKeepsEveryDay(t *testing.T) {
	s := openSummaries(t, filepath.Join(t.TempDir(), "summaries.db"))
	for n := range 300 {
		meta := summaries.Meta{AsOf: epoch.Add(time.Duration(n) * 4 * time.Hour)}
		if err := s.Put(them, cycle, v(1, uint64(n+1)), []byte{byte(n)}, meta); err != nil {
			t.Fatal(err)
		}
		meta.Own = true
		if err := s.Put(us, cycle, v(1, uint64(n+1)), []byte{byte(n)}, meta); err != nil {
			t.Fatal(err)
		}
	}
	history, err := s.History(them, cycle)
	if err != nil || len(history) < 64+38 || len(history) > 64+41 {
		t.Errorf("%v, %d kept of another region", err, len(history))
	}
	if history, err := s.History(us, cycle); err != nil || len(history) != 300 {
		t.Errorf("%v, %d kept of the own", err, len(history))
	}
	for _, at := range []int{0, 40, 123, 299} {
		when := epoch.Add(time.Duration(at)*4*time.Hour + time.Minute)
		if got, err := s.Before(us, cycle, when); err != nil || got.Version != v(1, uint64(at+1)) {
			t.Errorf("%d: %v, %v", at, got.Version, err)
		}
	}
	day := epoch.UTC().Truncate(24*time.Hour).AddDate(0, 0, 10).Add(-time.Nanosecond)
	own, err := s.Before(us, cycle, day)
	other, err2 := s.Before(them, cycle, day)
	if err != nil || err2 != nil || own.Version != other.Version {
		t.Errorf("at the end of a day: %v, %v, %v, %v", own.Version, other.Version, err, err2)
	}
	if _, err := s.Before(us, cycle, epoch.Add(-time.Second)); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("before the first: %v", err)
	}
}

func TestReserveNeverRepeats(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summaries.db")
	last := v(0, 0)
	for range 3 {
		s := openSummaries(t, path)
		for range 3 {
			version, err := s.Reserve(cycle)
			if err != nil || !last.Less(version) {
				t.Fatalf("%v: %v after %v", err, version, last)
			}
			last = version
		}
		if err := s.RaiseIncarnation(last.Incarnation + 1); err != nil {
			t.Fatal(err)
		}
		if err := s.RaiseIncarnation(last.Incarnation + 1); err != nil {
			t.Error(err)
		}
		if err := s.RaiseIncarnation(last.Incarnation); !errors.Is(err, summaries.ErrStale) {
			t.Errorf("lowered: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := openSummaries(t, path)
	if other, err := s.Reserve("2019-20"); err != nil || other != v(4, 1) {
		t.Errorf("%v %v", err, other)
	}
	if now, err := s.Incarnation(); err != nil || now != 4 {
		t.Errorf("%v %d", err, now)
	}
}

func TestConfirmationsAreSavedByAndBy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summaries.db")
	synctest.Test(t, func(t *testing.T) {
		s := openSummaries(t, path)
		if err := s.Put(them, cycle, v(1, 1), []byte("a"), summaries.Meta{}); err != nil {
			t.Fatal(err)
		}
		s.Confirm(them, cycle, epoch)
		s.Confirm(them, cycle, epoch.Add(-time.Hour))
		s.Confirm("sw", cycle, epoch) // nothing is held of it
		s.Confirm("hin", cycle, epoch)
		if got := listed(t, s); got != "2022-23 wessex a 09:00:00" {
			t.Errorf("at once: %s", got)
		}
		time.Sleep(2 * time.Minute)
		s.Confirm(them, cycle, epoch.Add(time.Hour))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if got := listed(t, openSummaries(t, path)); got != "2022-23 wessex a 10:00:00" {
			t.Errorf("after a restart: %s", got)
		}
	})
}

// Whatever order summaries arrive in, the newest version is kept.
func TestSummariesConverge(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		s, err := summaries.Open(filepath.Join(dir, fmt.Sprintf("%d.db", runs)), nil)
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		s.NoSync()
		newest := summaries.Version{}
		for range rapid.IntRange(1, 10).Draw(rt, "count") {
			version := v(rapid.Uint64Range(1, 3).Draw(rt, "incarnation"), rapid.Uint64Range(1, 5).Draw(rt, "sequence"))
			err := s.Put(them, cycle, version, []byte(fmt.Sprint(version)), summaries.Meta{})
			if stale := version.Less(newest); stale != errors.Is(err, summaries.ErrStale) {
				rt.Fatalf("%v after %v: %v", version, newest, err)
			}
			if newest.Less(version) {
				newest = version
			}
		}
		if got, want := listed(t, s), fmt.Sprintf("2022-23 wessex %v", newest); got != want {
			rt.Fatalf("%s, want %s", got, want)
		}
	})
}
