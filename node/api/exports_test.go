package api_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// fakeExports writes what it was asked for; it knows contacts and claims.
type fakeExports struct{ erased []string }

func (f *fakeExports) ExportIn(_ context.Context, area, name string, cycle survey.Cycle, format sheet.Format, w io.Writer) error {
	if name != "contacts" && name != "claims" {
		return survey.ErrNotFound
	}
	_, err := fmt.Fprintf(w, "%s %s %s%s", name, cycle, format, area)
	return err
}

func (f *fakeExports) Form(_ context.Context, cycle survey.Cycle, id survey.Identifier, w io.Writer) error {
	_, err := fmt.Fprintf(w, "form %s %s", cycle, id)
	return err
}

func (f *fakeExports) Subject(_ context.Context, id survey.Identifier, contact string) (store.Subject, error) {
	return store.Subject{Organisation: id, Records: []survey.Record{{ID: contact, Kind: survey.RecordContacts, Version: 1}}}, nil
}

func (f *fakeExports) Erase(_ context.Context, kind survey.RecordKind, id string, actor uint64, _ time.Time) error {
	f.erased = append(f.erased, fmt.Sprintf("%s/%s by %d", kind, id, actor))
	return nil
}

func (f *fakeExports) Overdue(context.Context, time.Time) ([]store.Overdue, error) {
	return []store.Overdue{}, nil
}

func (f *fakeExports) EraseOverdue(context.Context, time.Time, uint64) ([]store.Overdue, error) {
	return []store.Overdue{}, nil
}

func (f *fakeExports) EraseOrganisation(context.Context, survey.Identifier, uint64, time.Time) (int, error) {
	return 3, nil
}

func (f *fakeExports) Compact(context.Context) (store.Compacted, error) {
	return store.Compacted{Before: 10, After: 5}, nil
}

func TestExports(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	for target, wanted := range map[string]string{
		"/exports/contacts.csv": "contacts  csv", "/exports/contacts.csv?bom=true": "contacts  csv-bom", "/exports/claims.xlsx?cycle=2022/23": "claims 2022-23 xlsx",
	} {
		a := ask(t, h, "adviser", "GET", api.Prefix+target, "")
		want(t, a, 200)
		if string(a.text) != wanted || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %q %v", target, a.text, a.Header)
		}
	}
	for target, status := range map[string]int{
		"/exports/wishes.csv": 404, "/exports/contacts.pdf": 404, "/exports/claims.csv": 422, "/exports/contacts.csv?bom=x": 422, "/exports/contacts.csv?shoes=1": 422, "/exports/claims.csv?cycle=x": 422,
	} {
		if a := ask(t, h, "adviser", "GET", api.Prefix+target, ""); a.StatusCode != status || a.problem(t).Code == "" {
			t.Errorf("%s: %d %s", target, a.StatusCode, a.text)
		}
	}
}

func TestSubjectAccessAndErasure(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	a := ask(t, h, "lead", "GET", api.Prefix+"/subject?organisation=GB-COH:7209813", "")
	want(t, a, 200)
	if a.json(t)["organisation"] != string(acme) {
		t.Errorf("%s", a.text)
	}
	want(t, ask(t, h, "lead", "GET", api.Prefix+"/subject", ""), 422)
	want(t, ask(t, h, "lead", "POST", api.Prefix+"/contacts/an-id/erase", ""), 204)
	want(t, ask(t, h, "adviser", "POST", api.Prefix+"/contacts/an-id/erase", ""), 403)
	if a = ask(t, h, "administrator", "POST", api.Prefix+"/compact", ""); a.json(t)["after"] != 5.0 {
		t.Errorf("%s", a.text)
	}
}
