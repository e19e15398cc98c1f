package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// write makes a write of the record that the JSON describes.
func write(t interface {
	Helper()
	Fatalf(string, ...any)
}, kind survey.RecordKind, id, text string) store.RecordWrite {
	t.Helper()
	kindOf, err := survey.RecordTypeOf(kind)
	if err != nil {
		t.Fatalf("%v", err)
	}
	r, problems, err := survey.ParseRecord(kindOf, us, []byte(text))
	if err != nil || len(problems) > 0 {
		t.Fatalf("%s: %v %v", text, problems, err)
	}
	r.ID = survey.RecordID(kind, id)
	return store.RecordWrite{Record: r, Sector: survey.SectorDigital, SizeBand: survey.SizeSmall, Actor: 7, At: epoch}
}

// interaction is a meaningful one, on a day of the cycle 2022-23.
func interaction(id survey.Identifier, minutes int) string {
	return fmt.Sprintf(`{"organisation": %q, "date": "2022-06-01", "channel": "call", "two_way": true, "innovation": "Pump", "minutes": %d}`, id, minutes)
}

func add(t testing.TB, s *store.Store, w store.RecordWrite) survey.Record {
	t.Helper()
	r, _, err := s.AddRecord(context.Background(), w)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRecordsCountOnceForEachOrganisation(t *testing.T) {
	s, _ := opened(t)
	ctx := context.Background()
	first := add(t, s, write(t, survey.RecordInteractions, "1", interaction(company(1), 30)))
	add(t, s, write(t, survey.RecordInteractions, "2", interaction(company(1), 45)))
	add(t, s, write(t, survey.RecordInteractions, "3", interaction(company(2), 60)))
	add(t, s, write(t, survey.RecordInteractions, "4", interaction(company(3), 29)))
	wantTotal(t, s, "meaningful_interactions", 3, 2)
	add(t, s, write(t, survey.RecordEngagements, "5", fmt.Sprintf(`{"organisation": %q, "date": "2022-06-01", "category": "pricing"}`, company(1))))
	if value, contributors := cellOf(t, s, "meaningful_interactions", survey.BySupport, "pricing"); value != 2 || contributors != 1 {
		t.Errorf("by support: %d of %d", value, contributors)
	}
	if _, in, _ := s.Cells(cycle); in != 0 {
		t.Errorf("%d answers are in", in)
	}

	change := write(t, survey.RecordInteractions, "1", interaction(company(1), 5))
	change.Expect = first.Version
	changed, err := s.ChangeRecord(ctx, change)
	if err != nil || changed.Version != 2 {
		t.Fatalf("%+v %v", changed, err)
	}
	wantTotal(t, s, "meaningful_interactions", 2, 2)
	change = write(t, survey.RecordInteractions, "1", interaction(company(1), 6))
	change.Expect = 1
	var refusal *survey.Refusal
	if _, err := s.ChangeRecord(ctx, change); !errors.As(err, &refusal) || refusal.Code != survey.RefusedStaleVersion {
		t.Errorf("a change of an old version: %v", err)
	}
	gone, err := s.DeleteRecord(ctx, write(t, survey.RecordInteractions, "2", interaction(company(1), 45)), false)
	if err != nil || !gone.Deleted {
		t.Fatalf("%+v %v", gone, err)
	}
	wantTotal(t, s, "meaningful_interactions", 1, 1)
	if _, err := s.ChangeRecord(ctx, write(t, survey.RecordInteractions, "2", interaction(company(1), 6))); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("a change of a deleted record: %v", err)
	}
	if _, err := s.DeleteRecord(ctx, write(t, survey.RecordInteractions, "2", interaction(company(1), 45)), true); err != nil {
		t.Fatal(err)
	}
	wantTotal(t, s, "meaningful_interactions", 2, 2)
	history, err := s.RecordHistory(survey.RecordInteractions, survey.RecordID(survey.RecordInteractions, "2"))
	if err != nil || len(history) != 3 || !history[1].Deleted || history[2].Deleted || history[2].Actor != 7 {
		t.Errorf("%+v %v", history, err)
	}
	counted, err := s.CountedActivities(cycle)
	if err != nil || len(counted) != 2 {
		t.Errorf("%+v %v", counted, err)
	}
}

func TestAddingARecordAgain(t *testing.T) {
	s, _ := opened(t)
	w := write(t, survey.RecordInteractions, "1", interaction(company(1), 30))
	add(t, s, w)
	again, created, err := s.AddRecord(context.Background(), w)
	if err != nil || created || again.Version != 1 {
		t.Errorf("%+v %v %v", again, created, err)
	}
	w = write(t, survey.RecordInteractions, "1", interaction(company(1), 31))
	var refusal *survey.Refusal
	if _, _, err := s.AddRecord(context.Background(), w); !errors.As(err, &refusal) || refusal.Code != survey.RefusedRequestReused {
		t.Errorf("the same id with other values: %v", err)
	}
	for name, spoil := range map[string]func(*store.RecordWrite){
		"kind": func(w *store.RecordWrite) { w.Record.Kind = "wishes" }, "id": func(w *store.RecordWrite) { w.Record.ID = "a/b" },
		"time": func(w *store.RecordWrite) { w.At = time.Time{} },
	} {
		w := w
		spoil(&w)
		if _, _, err := s.AddRecord(context.Background(), w); err == nil {
			t.Errorf("a wrong %s passes", name)
		}
	}
}

func TestOneAssignmentPerOrganisationAndCycle(t *testing.T) {
	s, _ := opened(t)
	assign := func(n int, who string) survey.Record {
		w := write(t, survey.RecordAssignments, "", fmt.Sprintf(`{"organisation": %q, "cycle": "2022-23", "adviser": %q}`, company(n), who))
		w.Record.ID = ""
		return add(t, s, w)
	}
	for n := range 5 {
		assign(n, "jo")
	}
	if r := assign(0, "sam"); r.Version != 2 || r.Text("adviser") != "sam" {
		t.Errorf("%+v", r)
	}
	moved, err := s.Reassign(context.Background(), cycle, "jo", "alex", 3, epoch)
	if err != nil || moved != 4 {
		t.Errorf("%d %v", moved, err)
	}
	records, next, err := s.Records(store.RecordFilter{Kind: survey.RecordAssignments, Cycle: cycle}, "", 3)
	if err != nil || len(records) != 3 || next == "" {
		t.Fatalf("%+v %q %v", records, next, err)
	}
	rest, next, err := s.Records(store.RecordFilter{Kind: survey.RecordAssignments, Cycle: cycle}, next, 3)
	if err != nil || len(rest) != 2 || next != "" {
		t.Errorf("%+v %q %v", rest, next, err)
	}
	one, _, err := s.Records(store.RecordFilter{Kind: survey.RecordAssignments, Organisation: company(0)}, "", 0)
	if err != nil || len(one) != 1 || one[0].Text("adviser") != "sam" {
		t.Errorf("%+v %v", one, err)
	}
}

func TestRecordsFollowMergesAndSectors(t *testing.T) {
	s, r := opened(t)
	add(t, s, write(t, survey.RecordInteractions, "1", interaction(company(1), 30)))
	add(t, s, write(t, survey.RecordInteractions, "2", interaction(company(2), 30)))
	wantTotal(t, s, "meaningful_interactions", 2, 2)
	r.merge(company(1), company(2), nil)
	feed(t, s, r)
	wantTotal(t, s, "meaningful_interactions", 2, 1)
	shown, err := s.Record(survey.RecordInteractions, survey.RecordID(survey.RecordInteractions, "1"))
	if err != nil || shown.Organisation() != company(2) || shown.RecordedFor != company(1) {
		t.Errorf("%+v %v", shown, err)
	}
	o := r.organisation(company(2))
	o.Sector = survey.SectorPharma
	r.setOrganisation(o)
	feed(t, s, r)
	if value, _ := cellOf(t, s, "meaningful_interactions", survey.BySector, "pharma"); value != 2 {
		t.Errorf("%d in the new sector", value)
	}
	r.split(company(1))
	feed(t, s, r)
	wantTotal(t, s, "meaningful_interactions", 2, 2)
}

func TestSupportIsToldTheRegistryOnce(t *testing.T) {
	s, r := opened(t)
	engagement := func(id string, n int) {
		add(t, s, write(t, survey.RecordEngagements, id, fmt.Sprintf(`{"organisation": %q, "date": "2022-06-01", "category": "pricing"}`, company(n))))
	}
	engagement("1", 1)
	engagement("2", 1)
	engagement("3", 2)
	add(t, s, write(t, survey.RecordInteractions, "4", interaction(company(3), 10))) // not meaningful: no support
	told, err := s.Outbox().Support(10)
	if err != nil || len(told) != 2 || told[0].Kind != store.WorkSupported || told[0].Organisation != company(1) || told[0].Cycle != cycle {
		t.Fatalf("%+v %v", told, err)
	}
	if all, _ := s.Outbox().Due(10); len(all) != 0 {
		t.Errorf("support is in the outbox of claims: %+v", all)
	}
	if err := s.Outbox().SupportTold(told, []*survey.Refusal{nil, {Code: survey.RefusedUnknownCampaign}}); err != nil {
		t.Fatal(err)
	}
	engagement("5", 1)
	if left, _ := s.Outbox().Support(10); len(left) != 0 {
		t.Errorf("%+v is left", left)
	}
	r.campaign(cycle, survey.CampaignOpen)
	feed(t, s, r)
	if left, _ := s.Outbox().Support(10); len(left) != 1 || left[0].Organisation != company(2) || left[0].RequestID == told[1].RequestID {
		t.Errorf("after the campaign opened: %+v", left)
	}
}

// Whatever is recorded, changed, deleted, merged and split in whatever order,
// the check finds everything in its place, and the cells are the sum of what
// the records say by themselves.
func TestRecordsAndTheirFiguresAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "records")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		w := &world{r: newRegistry(), dir: dir, file: filepath.Join(dir, "records.db")}
		w.open(t)
		defer func() { _ = w.s.Close() }()
		one := func() store.RecordWrite {
			id := fmt.Sprint(rapid.IntRange(1, 6).Draw(t, "record"))
			at, day := someCompany(t), rapid.SampledFrom([]string{"2021-06-01", "2022-06-01"}).Draw(t, "day")
			if rapid.Bool().Draw(t, "partnership") {
				return write(t, survey.RecordPartnerships, id, fmt.Sprintf(`{"organisation": %q, "partner": "T", "partner_kind": "nhs", "starts": %q, "months": %d}`,
					at, day, rapid.SampledFrom([]int{11, 12}).Draw(t, "months")))
			}
			return write(t, survey.RecordEngagements, id, fmt.Sprintf(`{"organisation": %q, "date": %q, "category": "other"}`, at, day))
		}
		ignored := func(_ survey.Record, err error) {
			var refusal *survey.Refusal
			if err != nil && !errors.Is(err, survey.ErrNotFound) && !errors.As(err, &refusal) {
				t.Fatal(err)
			}
		}
		ctx := context.Background()
		t.Repeat(map[string]func(*rapid.T){
			"add":     func(*rapid.T) { r, _, err := w.s.AddRecord(ctx, one()); ignored(r, err) },
			"change":  func(*rapid.T) { ignored(w.s.ChangeRecord(ctx, one())) },
			"delete":  func(*rapid.T) { ignored(w.s.DeleteRecord(ctx, one(), false)) },
			"restore": func(*rapid.T) { ignored(w.s.DeleteRecord(ctx, one(), true)) },
			"merge":   func(t *rapid.T) { w.r.merge(someCompany(t), someCompany(t), nil) },
			"split":   func(t *rapid.T) { w.r.split(someCompany(t)) },
			"feed":    w.feedSome,
			"crash":   w.crash,
			"":        func(t *rapid.T) { w.check(t); strategicAgree(t, w.s) },
		})
	})
}

func strategicAgree(t *rapid.T, s *store.Store) {
	want, organisations := map[survey.Cycle]int64{}, map[string]bool{}
	records, _, err := s.Records(store.RecordFilter{Kind: survey.RecordPartnerships}, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if survey.Strategic(r) {
			want[r.Cycle()]++
			organisations[string(r.Cycle())+string(r.Organisation())] = true
		}
	}
	contributors := int64(0)
	for _, cycle := range worldCycles {
		cells, _, err := s.Cells(cycle)
		if err != nil {
			t.Fatal(err)
		}
		got := int64(0)
		for _, c := range cells {
			if c.Metric == "strategic_partnerships" && c.Dimension == "" {
				got, contributors = c.Value, contributors+c.Contributors
			}
		}
		if got != want[cycle] {
			t.Fatalf("%s: %d counted, %d recorded", cycle, got, want[cycle])
		}
	}
	if contributors != int64(len(organisations)) {
		t.Fatalf("%d contributors, %d organisations", contributors, len(organisations))
	}
}

func TestRepairRebuildsWhatRecordsCount(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	s, err := store.Open(store.Options{Path: path, Region: us})
	if err != nil {
		t.Fatal(err)
	}
	add(t, s, write(t, survey.RecordInteractions, "1", interaction(company(1), 30)))
	before, _, err := s.Cells(cycle)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Repair(context.Background()); err != nil {
		t.Fatal(err)
	}
	after, _, _ := s.Cells(cycle)
	if fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("%v became %v", before, after)
	}
	checkClean(t, s)
	var copied bytes.Buffer
	if _, err := s.Backup(context.Background(), &copied); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
