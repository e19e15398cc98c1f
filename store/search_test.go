package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// finds returns the ids that a search finds, in order, by kind and number as
// write was told them.
func finds(t testing.TB, s *store.Store, search store.RecordSearch) string {
	t.Helper()
	found, _, err := s.SearchRecords(context.Background(), search)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range found {
		names = append(names, f.Record.Text("note")+"/"+strings.Join(f.Matched, ","))
	}
	return strings.Join(names, " ")
}

func at(w store.RecordWrite, minutes int) store.RecordWrite {
	w.At = epoch.Add(time.Duration(minutes) * time.Minute)
	return w
}

func contactOf(t *testing.T, n int, text string) store.RecordWrite {
	t.Helper()
	return at(write(t, survey.RecordContacts, fmt.Sprint(n), fmt.Sprintf(`{"organisation": %q, "note": "c%d", %s}`, company(n), n, text)), n)
}

func TestRecordsAreFoundByTheirWords(t *testing.T) {
	s, _ := opened(t)
	ctx := context.Background()
	contact := func(n int, text string) store.RecordWrite { return contactOf(t, n, text) }
	add(t, s, contact(1, `"name": "Zoë O'Brien", "email": "zoe@example.org", "tags": ["Spin-out"]`))
	if got := finds(t, s, store.RecordSearch{Text: "zoe"}); got != "c1/name,email" {
		t.Errorf("%q", got)
	}
	// Everything after the first search follows.
	add(t, s, contact(2, `"name": "Zoe Bright", "otv.lep": "Oxon, near the OBRIEN estate"`))
	minted := survey.Identifier("AHSN:00G22WJ18J2F4TYY9AV623KTN0")
	add(t, s, at(write(t, survey.RecordNotes, "3", fmt.Sprintf(`{"organisation": %q, "note": "Zoe asks for more"}`, minted)), 3))
	for text, want := range map[string]string{
		"obrien": "c2/otv.lep c1/name", "ZOË": "Zoe asks for more/note c2/name c1/name,email", "zoe o'bri": "c2/name,otv.lep c1/name,email", "example.org": "c1/email",
		"spin out": "c1/tags", "99000002": "c2/organisation", "00G22WJ18": "Zoe asks for more/organisation", "nobody": "",
	} {
		if got := finds(t, s, store.RecordSearch{Text: text}); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if got := finds(t, s, store.RecordSearch{Text: "zoe", Kind: survey.RecordNotes}); got != "Zoe asks for more/note" {
		t.Errorf("%q", got)
	}
	if got := finds(t, s, store.RecordSearch{Text: "zoe", Organisation: company(1)}); got != "c1/name,email" {
		t.Errorf("%q", got)
	}
	found, more, err := s.SearchRecords(ctx, store.RecordSearch{Text: "zoe", Limit: 2})
	if err != nil || len(found) != 2 || !more {
		t.Errorf("%d %v %v", len(found), more, err)
	}
	for _, text := range []string{"", " .", strings.Repeat("a ", 11), strings.Repeat("a", 201)} {
		if _, _, err := s.SearchRecords(ctx, store.RecordSearch{Text: text}); !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

// TestASearchFollowsWhatIsRecorded: what is changed, deleted, taken back, merged
// and erased after the first search.
func TestASearchFollowsWhatIsRecorded(t *testing.T) {
	s, r := opened(t)
	ctx := context.Background()
	contact := func(n int, text string) store.RecordWrite { return contactOf(t, n, text) }
	add(t, s, contact(1, `"name": "Zoë O'Brien"`))
	add(t, s, contact(2, `"name": "x", "otv.lep": "Oxon, near the OBRIEN estate"`))
	if got := finds(t, s, store.RecordSearch{Text: "brien"}); got != "c2/otv.lep c1/name" {
		t.Errorf("%q", got)
	}
	if _, err := s.ChangeRecord(ctx, at(contact(1, `"name": "Yolanda"`), 9)); err != nil {
		t.Fatal(err)
	}
	if got := finds(t, s, store.RecordSearch{Text: "brien"}); got != "c2/otv.lep" {
		t.Errorf("after a change: %q", got)
	}
	for i, want := range []string{"", "c2/otv.lep"} {
		if _, err := s.DeleteRecord(ctx, at(contact(2, `"name": "x"`), 10+i), i == 1); err != nil {
			t.Fatal(err)
		}
		if got := finds(t, s, store.RecordSearch{Text: "brien"}); got != want {
			t.Errorf("deleted, then taken back: %q", got)
		}
	}
	if err := s.Privacy().Erase(ctx, survey.RecordContacts, survey.RecordID(survey.RecordContacts, "2"), 7, epoch); err != nil {
		t.Fatal(err)
	}
	if got := finds(t, s, store.RecordSearch{Text: "brien"}); got != "" {
		t.Errorf("after it was erased: %q", got)
	}
	// A merge moves what is found.
	r.merge(company(1), company(5), nil)
	feed(t, s, r)
	found, _, err := s.SearchRecords(ctx, store.RecordSearch{Text: "yolanda", Organisation: company(5)})
	if err != nil || len(found) != 1 || found[0].Record.Organisation() != company(5) {
		t.Errorf("after a merge: %+v %v", found, err)
	}
}

func TestAListIsFoundAndTakenBack(t *testing.T) {
	s, _ := opened(t)
	if got := finds(t, s, store.RecordSearch{Text: "pump"}); got != "" {
		t.Errorf("%q", got)
	}
	im, _ := commit(t, s, "a", interactionRows(t, 1500, 45))
	found, more, err := s.SearchRecords(context.Background(), store.RecordSearch{Text: "pump"})
	if err != nil || len(found) != 200 || !more {
		t.Errorf("%d %v %v", len(found), more, err)
	}
	if _, err := s.Imports().UndoImport(context.Background(), im.ID, 9, epoch); err != nil {
		t.Fatal(err)
	}
	if got := finds(t, s, store.RecordSearch{Text: "pump"}); got != "" {
		t.Errorf("%q", got)
	}
}

func TestSearchesWhileRecordsAreWritten(t *testing.T) {
	s, _ := opened(t)
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for i := range 50 {
				w := write(t, survey.RecordNotes, fmt.Sprint(worker, i), fmt.Sprintf(`{"organisation": %q, "note": "word%dx%dx"}`, company(i), worker, i))
				if _, _, err := s.AddRecord(context.Background(), w); err != nil {
					t.Error(err)
				}
				search := store.RecordSearch{Text: fmt.Sprintf("word%dx%dx", worker, i)}
				if found, _, err := s.SearchRecords(context.Background(), search); err != nil || len(found) != 1 {
					t.Errorf("%s: %d %v", search.Text, len(found), err)
				}
			}
		})
	}
	wait.Wait()
}

func TestRecordsOfAnArea(t *testing.T) {
	s, r := opened(t)
	area := func(n int, fields string) {
		w := write(t, survey.RecordAreas, fmt.Sprint(n), fmt.Sprintf(`{"organisation": %q, %s}`, company(n), fields))
		w.Record.ID = ""
		add(t, s, w)
	}
	area(1, `"icb": "QU9", "lep": "E37000025"`)
	area(2, `"icb": "QU9"`)
	area(3, `"icb": "QNX", "area": "otv.west"`)
	for i := range 4 {
		add(t, s, write(t, survey.RecordNotes, fmt.Sprint("n", i), fmt.Sprintf(`{"organisation": %q, "note": "pump %d"}`, company(i), i)))
	}
	r.merge(company(0), company(2), nil) // its records lie where the other one does
	feed(t, s, r)
	for code, want := range map[string]int{"QU9": 3, "E37000025": 1, "otv.west": 1, "QZZ": 0} {
		var names []string
		records, _, err := s.Records(store.RecordFilter{Kind: survey.RecordNotes, Area: code}, "", 0)
		for _, r := range records {
			names = append(names, r.Text("note"))
		}
		slices.Sort(names)
		found, _, searchErr := s.SearchRecords(context.Background(), store.RecordSearch{Text: "pump", Area: code})
		if err != nil || searchErr != nil || len(names) != want || len(found) != want {
			t.Errorf("%s: %v, %d found, %v %v", code, names, len(found), err, searchErr)
		}
	}
	if ids, err := s.OrganisationsIn("QU9"); err != nil || !slices.Equal(ids, []survey.Identifier{company(1), company(2)}) {
		t.Errorf("%v %v", ids, err)
	}
}

// BenchmarkSearch searches 100,000 records of 20,000 organisations, as a region
// has after years, and reports the slowest of a hundred.
func BenchmarkSearch(b *testing.B) {
	s, err := store.Open(store.Options{Path: filepath.Join(b.TempDir(), "records.db"), Region: us})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var rows []store.ImportRow
	for i := range 100_000 {
		text := fmt.Sprintf(`{"organisation": %q, "date": "2022-06-%02d", "channel": "call", "two_way": true, "minutes": 45, "innovation": "Pump %d",
		 "note": "Spoke with person%d of the wound care company in Oxford about a trial at site%d; they will send the protocol after the summer"}`, company(i%20_000), 1+i%28, i, i, i%500)
		w := write(b, survey.RecordInteractions, fmt.Sprint(i), text)
		w.At = epoch.Add(time.Duration(i) * time.Second)
		rows = append(rows, store.ImportRow{Row: i + 2, Write: &w})
	}
	if _, _, err := s.Imports().ImportRows(context.Background(), anImport("a"), rows, false); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if _, _, err := s.SearchRecords(context.Background(), store.RecordSearch{Text: "first"}); err != nil {
		b.Fatal(err)
	}
	first := time.Since(began)
	for name, text := range map[string]func(int) string{
		"one":    func(i int) string { return fmt.Sprintf("person%d", i*37%100_000) },
		"some":   func(i int) string { return fmt.Sprintf("trial site%d", i%500) },
		"all":    func(int) string { return "wound care oxford" },
		"nobody": func(i int) string { return fmt.Sprintf("nobody %d", i) },
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				began := time.Now()
				if _, _, err := s.SearchRecords(context.Background(), store.RecordSearch{Text: text(i), Limit: 50}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(first.Milliseconds()), "first-ms")
		})
	}
}
