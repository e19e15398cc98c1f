package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func anImport(name string) survey.Import {
	return survey.Import{ID: survey.RecordID("imports", name), Kind: string(survey.RecordInteractions), File: name, At: epoch, Actor: 7}
}

func interactionRows(t testing.TB, n, minutes int) []store.ImportRow {
	t.Helper()
	rows := make([]store.ImportRow, n)
	for i := range rows {
		rows[i] = store.ImportRow{Row: i + 2, Write: new(write(t, survey.RecordInteractions, fmt.Sprint(i), interaction(company(i%7), minutes)))}
	}
	return rows
}

func commit(t testing.TB, s *store.Store, name string, rows []store.ImportRow) (survey.Import, []store.RowOutcome) {
	t.Helper()
	im, outcomes, err := s.Imports().ImportRows(context.Background(), anImport(name), slices.Clone(rows), false)
	if err != nil {
		t.Fatal(err)
	}
	return im, outcomes
}

func TestAnImportIsPlannedCommittedAndTakenBack(t *testing.T) {
	s, _ := opened(t)
	ctx := context.Background()
	rows := interactionRows(t, 20, 45)
	rows = append(rows, rows[0])
	im, outcomes, err := s.Imports().ImportRows(ctx, anImport("a"), slices.Clone(rows), true)
	if err != nil || im.State != survey.ImportPlanned || im.Added != 20 || im.Repeated != 1 || len(outcomes) != 21 {
		t.Fatalf("%+v %v", im, err)
	}
	wantTotal(t, s, "meaningful_interactions", 0, 0)
	im, _ = commit(t, s, "a", rows)
	if im.State != survey.ImportCommitted || im.Added != 20 {
		t.Fatalf("%+v", im)
	}
	wantTotal(t, s, "meaningful_interactions", 20, 7)
	if again, outcomes := commit(t, s, "a", rows); again.Added != 20 || outcomes != nil {
		t.Errorf("the same import again: %+v %+v", again, outcomes)
	}
	if same, _ := commit(t, s, "b", rows); same.Known != 20 || same.Repeated != 1 {
		t.Errorf("the same list again: %+v", same)
	}
	changed, outcomes := commit(t, s, "c", interactionRows(t, 5, 10))
	if changed.Updated != 5 || len(outcomes[0].Changes) != 1 || outcomes[0].Changes[0].Field != "minutes" || outcomes[0].Changes[0].Before != "45" || outcomes[0].Changes[0].After != "10" {
		t.Errorf("%+v %+v", changed, outcomes[0])
	}
	wantTotal(t, s, "meaningful_interactions", 15, 7)

	var refusal *survey.Refusal
	if _, err := s.Imports().UndoImport(ctx, im.ID, 9, epoch.Add(time.Hour)); !errors.As(err, &refusal) || refusal.Code != survey.RefusedChangedSince {
		t.Errorf("taking back what was changed since: %v", err)
	}
	if _, err := s.Imports().UndoImport(ctx, changed.ID, 9, epoch.Add(25*time.Hour)); !errors.As(err, &refusal) || refusal.Code != survey.RefusedTooLate {
		t.Errorf("taking back too late: %v", err)
	}
	if undone, err := s.Imports().UndoImport(ctx, changed.ID, 9, epoch.Add(time.Hour)); err != nil || undone.State != survey.ImportUndone {
		t.Fatalf("%+v %v", undone, err)
	}
	wantTotal(t, s, "meaningful_interactions", 20, 7)
	if _, err := s.Imports().UndoImport(ctx, changed.ID, 9, epoch.Add(time.Hour)); err != nil {
		t.Errorf("undoing again: %v", err)
	}
	history, err := s.RecordHistory(survey.RecordInteractions, survey.RecordID(survey.RecordInteractions, "0"))
	if err != nil || len(history) != 3 {
		t.Errorf("%+v %v", history, err)
	}
	if list, err := s.Imports().Imports(); err != nil || len(list) != 3 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestAnImportThatAddedIsTakenBackWithoutATrace(t *testing.T) {
	s, _ := opened(t)
	im, _ := commit(t, s, "a", interactionRows(t, 2500, 45))
	if _, err := s.Imports().UndoImport(context.Background(), im.ID, 9, epoch); err != nil {
		t.Fatal(err)
	}
	wantTotal(t, s, "meaningful_interactions", 0, 0)
	if records, _, err := s.Records(store.RecordFilter{Kind: survey.RecordInteractions}, "", 0); err != nil || len(records) != 0 {
		t.Errorf("%d records are left, %v", len(records), err)
	}
	if again, _ := commit(t, s, "b", interactionRows(t, 10, 45)); again.Added != 10 {
		t.Errorf("after it was taken back: %+v", again)
	}
}

func TestImportOfAnswers(t *testing.T) {
	s, r := opened(t)
	if _, refusal := r.grant(cycle, company(3), them); refusal != nil {
		t.Fatal(refusal)
	}
	record(t, s, company(3), complete(t, "1"))
	feed(t, s, r)
	record(t, s, company(2), complete(t, "500"))
	rows := func(pounds string) []store.ImportRow {
		var rows []store.ImportRow
		for n := 1; n <= 4; n++ {
			q := request(company(n), complete(t, pounds))
			rows = append(rows, store.ImportRow{Row: n + 1, Answers: &q})
		}
		faulty := request(company(5), answers(t, `{"q03": 1, "q04": 5}`))
		return append(rows, store.ImportRow{Row: 6, Answers: &faulty})
	}
	im := anImport("a")
	im.Kind, im.Cycle = survey.ImportResponses, cycle
	done, outcomes, err := s.Imports().ImportRows(context.Background(), im, rows("100"), false)
	if err != nil || done.Added != 2 || done.Updated != 1 || done.Refused != 2 {
		t.Fatalf("%+v %v", done, err)
	}
	var refusal *survey.Refusal
	if !errors.As(outcomes[2].Refusal, &refusal) || refusal.Holder != them || outcomes[4].What != store.RowRefused {
		t.Errorf("%+v", outcomes)
	}
	if c := outcomes[1].Changes; len(c) != 1 || c[0].Field != "q08" || c[0].Before != "500.00" || c[0].After != "100.00" {
		t.Errorf("%+v", c)
	}
	if _, err := s.Imports().UndoImport(context.Background(), im.ID, 9, epoch); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Response(cycle, company(1)); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("an answer that was taken back: %v", err)
	}
	back, err := s.Response(cycle, company(2))
	if value, _ := back.Answers.Value("q08"); err != nil || back.Version != 3 || value != 50_000 {
		t.Errorf("%+v %v", back, err)
	}
}

func TestMappingsAreRemembered(t *testing.T) {
	s, _ := opened(t)
	type mapping struct{ Columns map[string]string }
	if err := s.Imports().KeepMapping(context.Background(), "contacts", "shape", mapping{map[string]string{"Firm": "organisation"}}); err != nil {
		t.Fatal(err)
	}
	var m mapping
	if found, err := s.Imports().Mapping("contacts", "shape", &m); err != nil || !found || m.Columns["Firm"] != "organisation" {
		t.Errorf("%v %v %+v", found, err, m)
	}
	if found, err := s.Imports().Mapping("contacts", "other", &m); err != nil || found {
		t.Errorf("%v %v", found, err)
	}
}

func BenchmarkImportRecords(b *testing.B) {
	const n = 100_000
	rows := make([]store.ImportRow, n)
	for i := range rows {
		w := write(b, survey.RecordInteractions, fmt.Sprint(i), interaction(company(i%20_000), 45))
		rows[i] = store.ImportRow{Row: i, Write: &w}
	}
	for b.Loop() {
		s, err := store.Open(store.Options{Path: b.TempDir() + "/records.db", Region: us})
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := s.Imports().ImportRows(context.Background(), anImport("a"), slices.Clone(rows), false); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
}
