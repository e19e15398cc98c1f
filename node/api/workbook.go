package api

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// Workbook is the national tracker as a sheet: workbook.Workbook has it.
type Workbook interface {
	Write(ctx context.Context, cycle survey.Cycle, w io.Writer) error
	Read(ctx context.Context, request survey.Request, cycle survey.Cycle, table *sheet.Table, today string, dryRun bool) ([]survey.WorkbookEdit, error)
}

// maxWorkbook bounds an edited workbook, in bytes: 20,000 companies are 3 MB.
const maxWorkbook = 32 << 20

// workbookRoutes are left out without a workbook.
func (s *server) workbookRoutes(campaign string) []route {
	if s.workbook == nil {
		return nil
	}
	upload := stream(post, campaign+"/workbook", adviser, binds, "An edited workbook: its edits become commands of this region, a result per edit", "application/json",
		[][2]string{{"dry_run", "true: only say what would be sent"}}, s.readWorkbook)
	upload.upload = true
	return []route{
		stream(get, campaign+"/workbook.xlsx", viewer, reads, "The whole national tracker as one sheet, to look at or to edit and send back",
			"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", nil, s.writeWorkbook),
		upload,
	}
}

func (s *server) writeWorkbook(w http.ResponseWriter, r *http.Request) error {
	cycle, err := parseCycle("path.cycle", r.PathValue("cycle"))
	if err != nil {
		return err
	}
	if _, err := s.registry.Campaign(cycle); err != nil {
		return err
	}
	at := &firstWrite{to: w, begin: func() {
		download(w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "tracker-"+string(cycle)+".xlsx")
	}}
	return s.workbook.Write(r.Context(), cycle, at)
}

func (s *server) readWorkbook(w http.ResponseWriter, r *http.Request) error {
	cycle, err := parseCycle("path.cycle", r.PathValue("cycle"))
	if err != nil {
		return err
	}
	dryRun := false
	if text := r.URL.Query().Get("dry_run"); text != "" {
		if dryRun, err = strconv.ParseBool(text); err != nil {
			return invalidField("query.dry_run", "use true or false")
		}
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTimeout)) // not every writer has one
	form, err := (&http.Request{Header: r.Header, Body: http.MaxBytesReader(w, r.Body, maxWorkbook)}).MultipartReader()
	if err != nil {
		return newProblem(codeNotForm, "")
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
	edits, err := s.workbook.Read(r.Context(), request(r.Context()), cycle, table, today(), dryRun)
	if err != nil {
		return importProblem(err)
	}
	return answerJSON(r.Context(), w, page("workbook", edits, ""))
}

// openSheet takes the file in whole: a workbook can only be read from its end.
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
