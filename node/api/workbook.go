package api

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// Workbook is the national tracker as a sheet. Read turns the edits of a
// workbook into commands, or only says which they would be in a dry run.
type Workbook interface {
	Write(ctx context.Context, cycle survey.Cycle, w io.Writer) error
	Read(
		ctx context.Context, request survey.Request, cycle survey.Cycle, table *sheet.Table, today string, dryRun bool,
	) ([]survey.WorkbookEdit, error)
}

// maxWorkbook bounds an edited workbook, in bytes: 20,000 companies are 3 MB.
const maxWorkbook = 32 << 20

var workbookQuery = [][2]string{{"dry_run", "true: only say what would be sent"}}

// workbookHandlers send the national tracker as a workbook and take its edits.
type workbookHandlers struct {
	campaigns campaignFinder
	workbook  Workbook
}

func (h workbookHandlers) write(w http.ResponseWriter, r *http.Request) error {
	cycle, err := parseCycle("path.cycle", r.PathValue("cycle"))
	if err != nil {
		return err
	}

	if _, err := h.campaigns.Campaign(cycle); err != nil {
		return err
	}

	out := &firstWrite{to: w, content: workbookContent, name: "tracker-" + string(cycle) + ".xlsx"}
	return h.workbook.Write(r.Context(), cycle, out)
}

func (h workbookHandlers) read(w http.ResponseWriter, r *http.Request) error {
	cycle, err := parseCycle("path.cycle", r.PathValue("cycle"))
	if err != nil {
		return err
	}

	dryRun, err := queryBool(r, "dry_run")
	if err != nil {
		return err
	}

	form, err := openForm(w, r, maxWorkbook)
	if err != nil {
		return err
	}
	part, err := form.NextPart()
	if err != nil {
		return brokenForm(err)
	}
	if part.FormName() != "file" {
		return newProblem(codeBadRequest, "The form has to begin with its part file")
	}

	table, err := openSheet(part)
	if err != nil {
		return err
	}
	defer table.Close()

	edits, err := h.workbook.Read(r.Context(), request(r.Context()), cycle, table, today(), dryRun)
	if err != nil {
		return importProblem(err)
	}
	return answerJSON(w, page("workbook", edits, ""))
}

// openSheet reads the whole file into memory: the index of a workbook is at its
// end.
func openSheet(part *multipart.Part) (*sheet.Table, error) {
	body, err := io.ReadAll(part)
	if err != nil {
		return nil, brokenForm(err)
	}

	table, err := sheet.Open(bytes.NewReader(body), int64(len(body)), sheet.Options{Name: fileName(part)})
	if err != nil {
		return nil, importProblem(err)
	}
	return table, nil
}
