package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// follower is somebody who reads only what changed of what counts in a cycle.
type follower struct {
	mark      store.Mark
	companies map[survey.Identifier]store.CountedCompany
}

// read takes in what changed and compares with everything.
func (f *follower) read(t *rapid.T, s *store.Store, cycle survey.Cycle) {
	changes, err := s.CountedSince(cycle, f.mark)
	if err != nil {
		t.Fatal(err)
	}
	if changes.Whole {
		clear(f.companies)
	} else if f.mark == (store.Mark{}) {
		t.Fatal("a first reader is told of changes alone")
	}
	f.mark = changes.Mark
	for _, c := range changes.Companies {
		f.companies[c.Organisation] = c
		if c.Answer == nil && c.Activity == nil && c.Adoptions == nil && !c.Waived {
			delete(f.companies, c.Organisation)
		}
	}
	all, err := s.CountedSince(cycle, store.Mark{})
	if err != nil || !all.Whole || all.Mark != f.mark {
		t.Fatalf("%v, whole %v, %v after %v", err, all.Whole, all.Mark, f.mark)
	}
	want := map[survey.Identifier]store.CountedCompany{}
	for _, c := range all.Companies {
		want[c.Organisation] = c
	}
	if !reflect.DeepEqual(f.companies, want) {
		t.Fatalf("%s: %+v, want %+v", cycle, f.companies, want)
	}
}

// Who reads only what changed knows what who reads everything does, whatever
// happens to answers, records, claims and waivers.
func TestChangesOfWhatCountsAreTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "records")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		w := &world{r: newRegistry(), dir: dir, file: filepath.Join(dir, "records.db")}
		w.open(t)
		defer func() { _ = w.s.Close() }()
		followers := map[survey.Cycle]*follower{}
		for _, cycle := range worldCycles {
			followers[cycle] = &follower{companies: map[survey.Identifier]store.CountedCompany{}}
		}
		var work []store.RecordWrite
		t.Repeat(map[string]func(*rapid.T){
			"record":   w.record,
			"grant":    func(t *rapid.T) { _, _ = w.r.grant(someCycle(t), someCompany(t), someRegion(t)) },
			"transfer": func(t *rapid.T) { w.r.transfer(someCycle(t), someCompany(t), someRegion(t)) },
			"merge":    func(t *rapid.T) { w.r.merge(someCompany(t), someCompany(t), worldCycles) },
			"split":    func(t *rapid.T) { w.r.split(someCompany(t)) },
			"feed":     w.feedSome,
			"lose":     w.lose,
			"works": func(t *rapid.T) {
				if _, err := w.r.carryOut(w.s, rapid.IntRange(1, 5).Draw(t, "limit")); err != nil {
					t.Fatal(err)
				}
			},
			"support": func(t *rapid.T) { work = append(work, w.support(t, len(work))) },
			"forget": func(t *rapid.T) {
				if len(work) == 0 {
					t.Skip("nothing to delete")
				}
				// It may be gone or erased already.
				_, _ = w.s.DeleteRecord(context.Background(), rapid.SampledFrom(work).Draw(t, "of"), rapid.Bool().Draw(t, "restore"))
			},
			"erase": func(t *rapid.T) {
				_, _ = w.s.Privacy().EraseOrganisation(context.Background(), someCompany(t), 7, epoch)
			},
			"waive": func(t *rapid.T) {
				waiver := store.Waiver{Organisation: someCompany(t), Reason: rapid.SampledFrom([]string{"", "consent"}).Draw(t, "reason")}
				if err := w.s.Waive(context.Background(), someCycle(t), waiver); err != nil {
					t.Fatal(err)
				}
			},
			"read": func(t *rapid.T) {
				cycle := someCycle(t)
				followers[cycle].read(t, w.s, cycle)
			},
		})
		for cycle, f := range followers {
			f.read(t, w.s, cycle)
		}
		w.check(t)
	})
}

// support records some work with a company.
func (w *world) support(t *rapid.T, n int) store.RecordWrite {
	id, kind := someCompany(t), survey.RecordAdoptions
	text := `{"organisation": %q, "adopter": "A trust", "date": "2022-06-01", "sites": 3, "patients": 100}`
	switch rapid.IntRange(0, 2).Draw(t, "work") {
	case 1:
		text = `{"organisation": %q, "adopter": "Another", "date": "2021-07-01", "sites": 2, "patients": 5, "patients_basis": "modelled"}`
	case 2:
		kind, text = survey.RecordEngagements, `{"organisation": %q, "date": "2022-05-30", "category": "pricing"}`
	}
	done := write(t, kind, fmt.Sprint("work", n), fmt.Sprintf(text, id))
	if _, _, err := w.s.AddRecord(context.Background(), done); err != nil {
		t.Fatal(err)
	}
	return done
}

// What is too much to remember is read again whole, and so is everything after
// a restart.
func TestChangesOfWhatCountsAreBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	s := open(t, path)
	first, err := s.CountedSince(cycle, store.Mark{})
	if err != nil || !first.Whole || len(first.Companies) != 0 {
		t.Fatalf("%+v, %v", first, err)
	}
	waive := func(from, to int) {
		t.Helper()
		for i := from; i < to; i++ {
			if err := s.Waive(t.Context(), cycle, store.Waiver{Organisation: company(i), Reason: "consent"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	waive(0, 3)
	second, err := s.CountedSince(cycle, first.Mark)
	if err != nil || second.Whole || len(second.Companies) != 3 || !second.Companies[0].Waived {
		t.Fatalf("%+v, %v", second, err)
	}
	s.NoSync()
	waive(3, 10_100)
	for _, since := range []store.Mark{first.Mark, second.Mark} {
		got, err := s.CountedSince(cycle, since)
		if err != nil || !got.Whole || len(got.Companies) != 10_100 {
			t.Fatalf("%d companies, whole %v, %v", len(got.Companies), got.Whole, err)
		}
		second.Mark = got.Mark
	}
	waive(0, 1)
	if got, err := s.CountedSince(cycle, second.Mark); err != nil || got.Whole || len(got.Companies) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	if got, err := s.CountedSince(cycle, store.Mark{}); err != nil || !got.Whole || len(got.Companies) != 10_100 {
		t.Fatalf("%d companies, whole %v, %v", len(got.Companies), got.Whole, err)
	}
}

// A changed adoption counts nothing else: who waits for changed figures is told
// all the same.
func TestAChangedAdoptionIsNews(t *testing.T) {
	s, _ := opened(t)
	text := `{"organisation": %q, "adopter": "A trust", "date": "2022-06-01", "sites": 3, "patients": %d}`
	kept := add(t, s, write(t, survey.RecordAdoptions, "1", fmt.Sprintf(text, company(1), 100)))
	before, err := s.CountedSince(cycle, store.Mark{})
	if err != nil {
		t.Fatal(err)
	}
	again := write(t, survey.RecordAdoptions, "1", fmt.Sprintf(text, company(1), 200))
	again.Record.ID = kept.ID
	watch := s.Watch()
	if _, err := s.ChangeRecord(context.Background(), again); err != nil {
		t.Fatal(err)
	}
	select {
	case <-watch:
	default:
		t.Error("nobody is told")
	}
	got, err := s.CountedSince(cycle, before.Mark)
	if err != nil || got.Whole || len(got.Companies) != 1 || got.Companies[0].Adoptions == nil {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, v := range got.Companies[0].Adoptions.Values {
		if v.Metric == "adoption_patients" && v.Value != 200 {
			t.Errorf("%+v", v)
		}
	}
}
