package api_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// fakeWorkbook notes what it was asked for.
type fakeWorkbook struct {
	requests []string
	dryRun   bool
}

func (f *fakeWorkbook) Write(_ context.Context, c survey.Cycle, w io.Writer) error {
	_, err := io.WriteString(w, "sheet of "+string(c))
	return err
}

func (f *fakeWorkbook) Read(_ context.Context, r survey.Request, _ survey.Cycle, table *sheet.Table, _ string, dryRun bool) ([]survey.WorkbookEdit, error) {
	f.requests, f.dryRun = append(f.requests, r.ID), dryRun
	var edits []survey.WorkbookEdit
	for row, err := range table.Rows() {
		if err != nil {
			return nil, err
		}
		edits = append(edits, survey.WorkbookEdit{Row: row.Number, Edit: row.Cells[0], Status: survey.OutcomeGranted})
	}
	return edits, nil
}

func TestTheWorkbookGoesOutAndComesBack(t *testing.T) {
	book := &fakeWorkbook{}
	h := openWith(t, &fakeRegistry{}, &fakeRooms{}, func(o *api.Options) { o.Workbook = book })
	const path = "/api/v1/campaigns/2022-23/workbook"
	a := ask(t, h, "viewer", "GET", path+".xlsx", "")
	want(t, a, 200)
	if string(a.text) != "sheet of 2022-23" || !strings.Contains(a.Header.Get("Content-Disposition"), "tracker-2022-23.xlsx") {
		t.Errorf("%s %v", a.text, a.Header)
	}
	want(t, ask(t, h, "viewer", "GET", "/api/v1/campaigns/last-year/workbook.xlsx", ""), 422)

	form := func(part, text string) (body, content string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		file, err := w.CreateFormFile(part, "book.csv")
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(file, text)
		w.Close()
		return b.String(), w.FormDataContentType()
	}
	body, content := form("file", "company\nclaim it\n")
	for _, dryRun := range []string{"true", "false", "false"} {
		a = ask(t, h, "adviser", "POST", path+"?dry_run="+dryRun, body, "Content-Type", content, "Idempotency-Key", "mine-"+dryRun)
		want(t, a, 200)
		if item := a.json(t)["items"].([]any)[0].(map[string]any); item["edit"] != "claim it" || item["row"] != 2.0 || book.dryRun != (dryRun == "true") {
			t.Errorf("%s", a.text)
		}
	}
	if len(book.requests) != 3 || book.requests[1] != book.requests[2] || book.requests[0] == book.requests[1] {
		t.Errorf("requests %q", book.requests)
	}
	want(t, ask(t, h, "adviser", "POST", path+"?dry_run=perhaps", body, "Content-Type", content), 422)
	want(t, ask(t, h, "viewer", "POST", path, body, "Content-Type", content), 403)
	body, content = form("other", "company\n")
	want(t, ask(t, h, "adviser", "POST", path, body, "Content-Type", content), 400)
	body, content = form("file", "")
	want(t, ask(t, h, "adviser", "POST", path, body, "Content-Type", content), 422)
	want(t, ask(t, h, "adviser", "POST", path, "{}", "Content-Type", "application/json"), 415)
	if len(book.requests) != 3 {
		t.Errorf("a faulty form was read: %q", book.requests)
	}
}
