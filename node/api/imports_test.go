package api_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// fakeImports plans whatever it is given and shows the file's text as a note.
type fakeImports struct{ err error }

func (f *fakeImports) Plan(_ context.Context, list sheet.List, upload io.Reader) (survey.Import, error) {
	text, err := io.ReadAll(upload)
	if f.err == nil {
		f.err = err
	}
	return survey.Import{ID: list.ID, Kind: list.Kind, Cycle: list.Cycle, File: list.Name, State: survey.ImportPlanned, Rows: 1,
		Notes: []string{string(text), fmt.Sprint(list.Saved.Columns)}, Actor: list.Actor}, f.err
}

func (f *fakeImports) Commit(_ context.Context, id string, actor uint64, _ time.Time) (survey.Import, error) {
	return survey.Import{ID: id, State: survey.ImportCommitted, Actor: actor}, f.err
}

func (f *fakeImports) Undo(_ context.Context, id string, actor uint64, _ time.Time) (survey.Import, error) {
	return survey.Import{ID: id, State: survey.ImportUndone, Actor: actor}, f.err
}

func (f *fakeImports) Import(id string) (survey.Import, error) { return survey.Import{ID: id}, f.err }

func (f *fakeImports) Imports() ([]survey.Import, error) {
	return []survey.Import{{ID: "one"}}, f.err
}

func (f *fakeImports) Rejects(_ string, w io.Writer) error {
	if f.err == nil {
		_, _ = io.WriteString(w, "Why it was refused,Name\n")
	}
	return f.err
}

func (f *fakeImports) RejectsBook(_ string, w io.Writer) error {
	if f.err == nil {
		_, _ = io.WriteString(w, "PK")
	}
	return f.err
}

func (f *fakeImports) Forget() error { return f.err }

func (f *fakeImports) Filled(_ context.Context, list sheet.List, upload io.Reader, format sheet.Format, w io.Writer) error {
	text, err := io.ReadAll(upload)
	if f.err != nil {
		return f.err
	}
	_, _ = fmt.Fprintf(w, "%s %s %s %s", list.Cycle, list.Name, format, text)
	return err
}

func withImports(t *testing.T, imports *fakeImports) func(as, method, path string, parts ...string) answer {
	t.Helper()
	options := required(&fakeRegistry{}, &fakeRooms{})
	options.Imports, options.Lists, options.Uploads = imports, imports, imports
	h, err := api.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return func(as, method, path string, parts ...string) answer {
		t.Helper()
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for i := 0; i+1 < len(parts); i += 2 {
			var w io.Writer
			var err error
			if parts[i] == "file" {
				w, err = form.CreateFormFile("file", "../../lists/a.csv")
			} else {
				w, err = form.CreateFormField(parts[i])
			}
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(w, parts[i+1])
		}
		_ = form.Close()
		if len(parts) == 0 {
			body.Reset()
		}
		r := httptest.NewRequest(method, api.Prefix+path, &body)
		r.Header.Set("Authorization", "Bearer "+as)
		if len(parts) > 0 {
			r.Header.Set("Content-Type", form.FormDataContentType())
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return answer{Response: w.Result(), text: w.Body.Bytes()}
	}
}

func TestAListIsUploaded(t *testing.T) {
	do := withImports(t, &fakeImports{})
	a := do("adviser", "POST", "/imports?kind=contacts&dry_run=true", "map", "columns: {Firm: organisation}", "file", "a,b\n1,2\n")
	want(t, a, 200)
	v := a.json(t)
	if v["state"] != "planned" || v["file"] != "a.csv" || v["actor"] != 2.0 || !strings.Contains(string(a.text), "map[Firm:organisation]") || !strings.Contains(string(a.text), `a,b\n1,2\n`) {
		t.Errorf("%s", a.text)
	}
	if a = do("adviser", "POST", "/imports?kind=responses&cycle=2022/23", "file", "a,b\n"); a.json(t)["state"] != "committed" {
		t.Errorf("%s", a.text)
	}
	if a = do("adviser", "POST", "/imports/an-id/commit"); a.json(t)["state"] != "committed" {
		t.Errorf("%s", a.text)
	}
	if a = do("lead", "POST", "/imports/an-id/undo"); a.json(t)["state"] != "undone" {
		t.Errorf("%s", a.text)
	}
	a = do("adviser", "GET", "/imports/an-id/rejects.csv")
	want(t, a, 200)
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/csv") || !strings.HasPrefix(string(a.text), "Why it was refused") {
		t.Errorf("%v %s", a.Header, a.text)
	}
	a = do("adviser", "GET", "/imports/an-id/rejects.xlsx")
	want(t, a, 200)
	if !strings.Contains(a.Header.Get("Content-Type"), "spreadsheetml") || string(a.text) != "PK" || !strings.Contains(a.Header.Get("Content-Disposition"), "rejects.xlsx") {
		t.Errorf("%v %s", a.Header, a.text)
	}
}

func TestAListIsFilledIn(t *testing.T) {
	do := withImports(t, &fakeImports{})
	a := do("adviser", "POST", "/lists:filled?cycle=2022/23&format=xlsx", "file", "a,b\n1,2\n")
	want(t, a, 200)
	if string(a.text) != "2022-23 a.csv xlsx a,b\n1,2\n" || !strings.Contains(a.Header.Get("Content-Disposition"), "filled.xlsx") {
		t.Errorf("%s %v", a.text, a.Header)
	}
	want(t, do("adviser", "POST", "/lists:filled", "file", "a"), 422)
	want(t, do("adviser", "POST", "/lists:filled?cycle=2022-23&format=pdf", "file", "a"), 422)
	want(t, withImports(t, &fakeImports{err: survey.ErrInvalid})("adviser", "POST", "/lists:filled?cycle=2022-23", "file", "a"), 422)
}

func TestFaultyUploads(t *testing.T) {
	do := withImports(t, &fakeImports{})
	for target, status := range map[string]int{
		"/imports": 422, "/imports?kind=wishes": 422, "/imports?kind=responses": 422, "/imports?kind=contacts&dry_run=perhaps": 422,
		"/imports?kind=contacts&shoes=1": 422, "/imports?kind=responses&cycle=1999": 422,
	} {
		if a := do("adviser", "POST", target, "file", "a"); a.StatusCode != status || a.problem(t).Code == "" {
			t.Errorf("%s: %d %s", target, a.StatusCode, a.text)
		}
	}
	want(t, do("adviser", "POST", "/imports?kind=contacts", "shoes", "a"), 400)
	want(t, do("adviser", "POST", "/imports?kind=contacts", "map", "columns: 7", "file", "a"), 422)
	want(t, do("adviser", "POST", "/imports?kind=contacts"), 415)
	want(t, do("viewer", "POST", "/imports?kind=contacts", "file", "a"), 403)
	faulty := &fakeImports{err: &sheet.Error{File: "a.csv", Row: 7, Column: 2, Err: fmt.Errorf("the quote that opens here is never closed")}}
	a := withImports(t, faulty)("adviser", "POST", "/imports?kind=contacts", "file", "a")
	want(t, a, 422)
	if !strings.Contains(a.problem(t).Detail, "row 7") {
		t.Errorf("%s", a.text)
	}
	faulty.err = survey.ErrNotFound
	want(t, withImports(t, faulty)("adviser", "GET", "/imports/x/rejects.csv"), 404)
}
