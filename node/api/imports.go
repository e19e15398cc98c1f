package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// Imports takes people's lists in: *intake.Importer does.
type Imports interface {
	Plan(ctx context.Context, list sheet.List, upload io.Reader) (survey.Import, error)
	Commit(ctx context.Context, id string, actor uint64, at time.Time) (survey.Import, error)
	Undo(ctx context.Context, id string, actor uint64, at time.Time) (survey.Import, error)
	Import(id string) (survey.Import, error)
	Imports() ([]survey.Import, error)
	Rejects(id string, w io.Writer) error
	RejectsBook(id string, w io.Writer) error
	Forget() error
	Filled(ctx context.Context, list sheet.List, upload io.Reader, format sheet.Format, w io.Writer) error
}

const (
	maxMapping  = 64 << 10 // bytes of a mapping
	maxFileName = 200      // characters
	csvContent  = "text/csv; charset=utf-8"
	// uploadTimeout bounds how long a list may take to arrive.
	uploadTimeout = 5 * time.Minute
)

type (
	listImports struct{ Paging }
	importsPage struct{ Body Page[survey.Import] }
	importRead  struct{ Body survey.Import }
)

func (s *server) importRoutes() []route {
	upload := stream(post, "/imports", adviser, records, "Upload a list (CSV or XLSX) and compare it; without dry_run its good rows are recorded at once", "application/json",
		[][2]string{{"kind", "responses, or a kind of record such as contacts"}, {"cycle", "for responses"}, {"dry_run", "true: only say what would happen; commit later"}, {"sheet", "of a workbook"}},
		s.upload)
	upload.upload = true
	filled := stream(post, "/lists:filled", adviser, records, "Upload a list of companies and get it back with three columns more: held by, state, last surveyed", "application/octet-stream",
		[][2]string{{"cycle", "needed: of the claims"}, {"format", "csv (default) or xlsx"}, {"sheet", "of a workbook"}}, s.filled)
	filled.upload = true
	return []route{
		upload, filled,
		on(get, "/imports", adviser, records, "What was imported, the newest first", s.listImports),
		on(get, "/imports/{id}", adviser, records, "What became of a list", s.getImport),
		on(post, "/imports/{id}/commit", adviser, records, "Record all good rows of a planned list, or none", s.commitImport),
		on(post, "/imports/{id}/undo", lead, records, "Take an import back; possible for a day", s.undoImport),
		stream(get, "/imports/{id}/rejects.csv", adviser, records, "The rows that were refused, as they were, with the reason", csvContent, nil, s.importRejects),
		stream(get, "/imports/{id}/rejects.xlsx", adviser, records, "The same as a workbook of texts: company numbers keep the zeros at their front", workbookContent, nil, s.importRejectsBook),
	}
}

// readForm reads the parts of a form in the order in which they come; the
// mapping has to come before the file, which take gets as it arrives. The
// list's name and mapping are set by then.
func readForm(w http.ResponseWriter, r *http.Request, list *sheet.List, take func(file io.Reader) error) error {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTimeout)) // not every writer has one
	form, err := (&http.Request{Header: r.Header, Body: http.MaxBytesReader(w, r.Body, maxUpload)}).MultipartReader()
	if err != nil {
		return newProblem(codeNotForm, "")
	}
	taken := false
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return brokenForm(err)
		}
		switch {
		case part.FormName() == "map" && !taken:
			if list.Saved, err = readMapping(part); err != nil {
				return err
			}
		case part.FormName() == "file" && !taken:
			list.Name = fileName(part)
			taken = true
			if err := take(part); err != nil {
				return importProblem(err)
			}
		default:
			return newProblem(codeBadRequest, "The form holds a part besides one map and one file after it")
		}
	}
	if !taken {
		return newProblem(codeBadRequest, "The form has no part file")
	}
	return nil
}

// filled gives a list back with what the registry says of its companies.
func (s *server) filled(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	list := sheet.List{ID: survey.RecordID("lists", request(r.Context()).ID), Sheet: query.Get("sheet"), At: time.Now()}
	var err error
	if list.Cycle, err = parseCycle("query.cycle", query.Get("cycle")); err != nil {
		return err
	}
	format, content, extension := sheet.CSV, csvContent, ".csv"
	switch query.Get("format") {
	case "", "csv":
	case "xlsx":
		format, content, extension = sheet.XLSX, workbookContent, ".xlsx"
	default:
		return invalidField("query.format", "use csv or xlsx")
	}
	var back bytes.Buffer // so that a fault at the end of the form is still a problem
	err = readForm(w, r, &list, func(file io.Reader) error {
		return s.imports.Filled(r.Context(), list, file, format, &back)
	})
	if err != nil {
		return err
	}
	download(w, content, "filled"+extension)
	_, err = w.Write(back.Bytes())
	return err
}

// upload plans a list, and commits it unless it is only to be looked at.
func (s *server) upload(w http.ResponseWriter, r *http.Request) error {
	list, dryRun, err := s.uploadedList(r)
	if err != nil {
		return err
	}
	var result survey.Import
	err = readForm(w, r, &list, func(file io.Reader) (err error) {
		result, err = s.imports.Plan(r.Context(), list, file)
		return err
	})
	if err != nil {
		return err
	}
	if !dryRun && result.State == survey.ImportPlanned {
		if result, err = s.imports.Commit(r.Context(), list.ID, list.Actor, list.At); err != nil {
			return importProblem(err)
		}
	}
	return answerJSON(r.Context(), w, wholeImport(result))
}

func (s *server) uploadedList(r *http.Request) (sheet.List, bool, error) {
	query := r.URL.Query()
	list := sheet.List{ID: survey.RecordID("imports", request(r.Context()).ID), Kind: query.Get("kind"), Sheet: query.Get("sheet"),
		Actor: caller(r.Context()).Actor, At: time.Now()}
	if _, err := survey.RecordTypeOf(survey.RecordKind(list.Kind)); err != nil && list.Kind != survey.ImportResponses {
		return list, false, invalidField("query.kind", "use responses, or a kind of record such as contacts")
	}
	dryRun := false
	if text := query.Get("dry_run"); text != "" {
		var err error
		if dryRun, err = strconv.ParseBool(text); err != nil {
			return list, false, invalidField("query.dry_run", "use true or false")
		}
	}
	if text := query.Get("cycle"); text != "" {
		var err error
		if list.Cycle, err = parseCycle("query.cycle", text); err != nil {
			return list, false, err
		}
	} else if list.Kind == survey.ImportResponses {
		return list, false, invalidField("query.cycle", "say for which cycle the answers are")
	}
	return list, dryRun, nil
}

func readMapping(part io.Reader) (sheet.Saved, error) {
	text, err := io.ReadAll(io.LimitReader(part, maxMapping+1))
	if err != nil {
		return sheet.Saved{}, brokenForm(err)
	}
	saved, err := sheet.ParseSaved(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	if err != nil {
		return sheet.Saved{}, invalidField("form.map", err.Error())
	}
	return saved, nil
}

// fileName is what messages call the list; it names no place on any disk.
func fileName(part *multipart.Part) string {
	name := survey.CleanName(filepath.Base(part.FileName()))
	if name == "" || name == "." {
		name = "the list"
	}
	return middleware.Clip(name, maxFileName)
}

func brokenForm(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return newProblem(codeTooLarge, "")
	}
	return newProblem(codeBadRequest, "The form cannot be read to its end")
}

// importProblem tells a person where in the list the fault is: the list is
// theirs, so its own words may come back.
func importProblem(err error) error {
	var placed *sheet.Error
	switch {
	case errors.As(err, &placed) && errors.Is(err, sheet.ErrLimit):
		return newProblem(codeTooLarge, "In "+placed.Error())
	case errors.As(err, &placed):
		return newProblem(codeInvalid, "In "+placed.Error())
	case errors.Is(err, survey.ErrInvalid):
		return newProblem(codeInvalid, plainWords(err))
	}
	return err
}

func plainWords(err error) string {
	text := err.Error()
	if rest, ok := bytes.CutPrefix([]byte(text), []byte(survey.ErrInvalid.Error()+": ")); ok {
		return string(rest)
	}
	return text
}

func wholeImport(im survey.Import) survey.Import {
	if im.Problems == nil {
		im.Problems = []survey.RowProblem{}
	}
	if im.Changes == nil {
		im.Changes = []survey.RowChange{}
	}
	return im
}

func (s *server) listImports(_ context.Context, in *listImports) (*importsPage, error) {
	after, err := decodeCursor("imports", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := s.imports.Imports()
	if err != nil {
		return nil, err
	}
	if at := slices.IndexFunc(list, func(im survey.Import) bool { return im.ID == after }); at >= 0 {
		list = list[at+1:]
	}
	next := ""
	if len(list) > in.Limit {
		list, next = list[:in.Limit], list[in.Limit-1].ID
	}
	return &importsPage{Body: page("imports", list, next)}, nil
}

func (s *server) getImport(_ context.Context, in *RecordPath) (*importRead, error) {
	im, err := s.imports.Import(in.ID)
	if err != nil {
		return nil, err
	}
	return &importRead{Body: wholeImport(im)}, nil
}

func (s *server) commitImport(ctx context.Context, in *RecordPath) (*importRead, error) {
	im, err := s.imports.Commit(ctx, in.ID, caller(ctx).Actor, time.Now())
	if err != nil {
		return nil, importProblem(err)
	}
	return &importRead{Body: wholeImport(im)}, nil
}

func (s *server) undoImport(ctx context.Context, in *RecordPath) (*importRead, error) {
	im, err := s.imports.Undo(ctx, in.ID, caller(ctx).Actor, time.Now())
	if err != nil {
		return nil, err
	}
	return &importRead{Body: wholeImport(im)}, nil
}

func (s *server) importRejects(w http.ResponseWriter, r *http.Request) error {
	return rejects(w, r, s.imports.Rejects, csvContent, "rejects.csv")
}

func (s *server) importRejectsBook(w http.ResponseWriter, r *http.Request) error {
	return rejects(w, r, s.imports.RejectsBook, workbookContent, "rejects.xlsx")
}

// rejects sends a list's refused rows, whole or not at all.
func rejects(w http.ResponseWriter, r *http.Request, write func(string, io.Writer) error, content, name string) error {
	var text bytes.Buffer
	if err := write(r.PathValue("id"), &text); err != nil {
		return err
	}
	download(w, content, name)
	_, err := w.Write(text.Bytes())
	return err
}
