package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// fakeRecords keeps the last write, and finds one record of each kind.
type fakeRecords struct {
	last store.RecordWrite
	err  error
}

func (f *fakeRecords) AddRecord(_ context.Context, w store.RecordWrite) (survey.Record, bool, error) {
	again := f.last.Record.ID == w.Record.ID
	f.last = w
	return w.Record, !again, f.err
}

func (f *fakeRecords) SearchRecords(_ context.Context, search store.RecordSearch) ([]store.FoundRecord, bool, error) {
	if search.Text == "nobody" {
		return nil, false, nil
	}
	r := survey.Record{ID: "1", Kind: survey.RecordNotes, Version: 1, Values: []survey.RecordValue{{Field: "note", Text: fmt.Sprintf("%+v", search)}}}
	return []store.FoundRecord{{Record: r, Matched: []string{"note"}}}, true, nil
}

func (f *fakeRecords) AreaFigures(survey.Cycle) ([]store.AreaFigures, error) {
	return []store.AreaFigures{{Area: "QU9", Organisations: 3, Answers: 2, Figures: []store.AreaFigure{{Metric: "jobs_created", Value: 250, Contributors: 2}}}}, nil
}

func (f *fakeRecords) ChangeRecord(_ context.Context, w store.RecordWrite) (survey.Record, error) {
	f.last = w
	return w.Record, f.err
}

func (f *fakeRecords) DeleteRecord(_ context.Context, w store.RecordWrite, restore bool) (survey.Record, error) {
	f.last, w.Record.Deleted = w, !restore
	return w.Record, f.err
}

func (f *fakeRecords) Record(kind survey.RecordKind, id string) (survey.Record, error) {
	return survey.Record{ID: id, Kind: kind, Version: 1}, f.err
}

func (f *fakeRecords) RecordHistory(kind survey.RecordKind, id string) ([]survey.Record, error) {
	return []survey.Record{{ID: id, Kind: kind, Version: 1}, {ID: id, Kind: kind, Version: 2}}, f.err
}

func (f *fakeRecords) Records(filter store.RecordFilter, after string, limit int) ([]survey.Record, string, error) {
	return []survey.Record{{ID: fmt.Sprintf("%s after %q %d", filter.Cycle, after, limit), Kind: filter.Kind}}, "next", f.err
}

func (f *fakeRecords) Reassign(context.Context, survey.Cycle, string, string, uint64, time.Time) (int, error) {
	return 3, f.err
}

func withRecords(t *testing.T, fake *fakeRecords) func(as, method, path, body string, headers ...string) answer {
	t.Helper()
	options := required(&fakeRegistry{}, &fakeRooms{})
	options.Records, options.Areas = fake, fake
	handler, err := api.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return func(as, method, path, body string, headers ...string) answer {
		t.Helper()
		return ask(t, handler, as, method, api.Prefix+path, body, headers...)
	}
}

func TestRecordsAreAddedReadAndChanged(t *testing.T) {
	fake := &fakeRecords{}
	do := withRecords(t, fake)
	const body = `{"organisation": "gb-coh:7209813", "date": "2022-06-01", "channel": "call", "two_way": true, "minutes": 45, "innovation": "Pump", "otv.lep": "Oxon"}`
	a := do("adviser", "POST", "/interactions", body, "Idempotency-Key", "k1")
	want(t, a, 201)
	if v := a.json(t); v["meaningful"] != true || v["cycle"] != "2022-23" || v["organisation"] != string(acme) || v["otv.lep"] != "Oxon" || v["minutes"] != 45.0 {
		t.Errorf("%s", a.text)
	}
	if fake.last.Actor != 2 || fake.last.At.IsZero() || fake.last.Record.ID == "" {
		t.Errorf("%+v", fake.last)
	}
	want(t, do("adviser", "POST", "/interactions", body, "Idempotency-Key", "k1"), 200)
	want(t, do("adviser", "PUT", "/interactions/an-id", strings.Replace(body, "{", `{"version": 4, `, 1)), 200)
	if fake.last.Expect != 4 || fake.last.Record.ID != "an-id" {
		t.Errorf("%+v", fake.last)
	}
	if a = do("adviser", "DELETE", "/interactions/an-id", ""); a.json(t)["deleted"] != true {
		t.Errorf("%s", a.text)
	}
	if a = do("adviser", "POST", "/interactions/an-id/restore", ""); a.json(t)["deleted"] != nil {
		t.Errorf("%s", a.text)
	}
	a = do("adviser", "GET", "/interactions?cycle=2022/23&limit=7", "")
	want(t, a, 200)
	if !strings.Contains(string(a.text), `2022-23 after \"\" 7`) || a.json(t)["next"] == "" {
		t.Errorf("%s", a.text)
	}
	if a = do("adviser", "GET", "/contacts/an-id/history", ""); strings.Count(string(a.text), "an-id") != 2 {
		t.Errorf("%s", a.text)
	}
	if a = do("lead", "POST", "/assignments:reassign", `{"cycle": "2022-23", "from": "jo", "to": "sam"}`); a.json(t)["moved"] != 3.0 {
		t.Errorf("%s", a.text)
	}
}

func TestFaultyRecordsNameTheirFields(t *testing.T) {
	fake := &fakeRecords{}
	do := withRecords(t, fake)
	a := do("adviser", "POST", "/engagements", `{"organisation": "GB-COH:07209813", "date": "31/02/2022", "category": "magic-secret", "shoes": 1}`)
	want(t, a, 422)
	fields := map[string]bool{}
	for _, e := range a.problem(t).Errors {
		fields[e.Field] = true
	}
	if !fields["body.date"] || !fields["body.category"] || !fields["body.shoes"] || strings.Contains(string(a.text), "magic-secret") {
		t.Errorf("%s", a.text)
	}
	if fake.last.Record.Kind != "" {
		t.Error("something was recorded")
	}
	fake.err = &survey.Refusal{Code: survey.RefusedStaleVersion, Detail: "the record is at version 5 now"}
	a = do("adviser", "PUT", "/funding/an-id", `{"version": 4, "cycle": "2022-23", "source": "ols", "amount": "10.50"}`)
	want(t, a, 409)
	if a.problem(t).Code != "stale-version" {
		t.Errorf("%s", a.text)
	}
	fake.err = survey.ErrNotFound
	want(t, do("adviser", "GET", "/funding/an-id", ""), 404)
	want(t, do("adviser", "GET", "/wishes", ""), 404)
}

func TestRecordsAreSearched(t *testing.T) {
	do := withRecords(t, &fakeRecords{})
	a := do("adviser", "GET", "/search?q=o%27brien&kind=notes&organisation=gb-coh:7209813&area=qu9&limit=3", "")
	want(t, a, 200)
	if v := a.json(t); v["more"] != true || !strings.Contains(string(a.text), "Text:o'brien Kind:notes Organisation:GB-COH:07209813 Area:QU9 Limit:3") {
		t.Errorf("%s", a.text)
	}
	if a = do("adviser", "GET", "/search?q=nobody", ""); string(a.text) != `{"items":[],"more":false}`+"\n" {
		t.Errorf("%s", a.text)
	}
	for query, field := range map[string]string{"": "query.q", "?q=a&kind=wishes": "query.kind", "?q=a&area=The+North": "query.area", "?q=a&organisation=x": "query.organisation", "?q=a&limit=201": "query.limit"} {
		a := do("adviser", "GET", "/search"+query, "")
		if want(t, a, 422); !strings.Contains(string(a.text), field) {
			t.Errorf("%s: %s", query, a.text)
		}
	}
	want(t, do("viewer", "GET", "/search?q=a", ""), 403)
	a = do("adviser", "GET", "/totals/areas?cycle=2022-23", "")
	if want(t, a, 200); !strings.Contains(string(a.text), `"area":"QU9"`) {
		t.Errorf("%s", a.text)
	}
	want(t, do("viewer", "GET", "/totals/areas?cycle=2022-23", ""), 403)
	want(t, do("adviser", "GET", "/notes?area=E37000025", ""), 200)
	want(t, do("adviser", "GET", "/notes?area=sw.coast", ""), 422)
}
