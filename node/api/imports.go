package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// Imports plans people's lists, records them and takes them back.
type Imports interface {
	Plan(ctx context.Context, list sheet.List, upload io.Reader) (survey.Import, error)
	Commit(ctx context.Context, id string, actor uint64, at time.Time) (survey.Import, error)
	Undo(ctx context.Context, id string, actor uint64, at time.Time) (survey.Import, error)
	Import(id string) (survey.Import, error)
	Imports() ([]survey.Import, error)
	Rejects(id string, w io.Writer) error
	RejectsBook(id string, w io.Writer) error
}

// Lists adds the registry's columns to a list of companies.
type Lists interface {
	Filled(ctx context.Context, list sheet.List, upload io.Reader, format sheet.Format, w io.Writer) error
}

var (
	importQuery = [][2]string{
		{"kind", "responses, or a kind of record such as contacts"},
		{"cycle", "for responses"},
		{"dry_run", "true: only say what would happen; commit later"},
		{"sheet", "of a workbook"},
	}
	filledQuery = [][2]string{
		{"cycle", "needed: of the claims"},
		{"format", "csv (default) or xlsx"},
		{"sheet", "of a workbook"},
	}
)

type (
	listImports struct{ Paging }
	importsPage struct{ Body Page[survey.Import] }
	importRead  struct{ Body survey.Import }
)

// importHandlers take lists in.
type importHandlers struct {
	imports Imports
	lists   Lists
}

// fill returns an uploaded list with the holder and the state of its companies.
func (h importHandlers) fill(w http.ResponseWriter, r *http.Request) error {
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

	// The list is held back, so that a fault at the end of the form is a problem.
	var back bytes.Buffer
	err = readForm(w, r, &list, func(file io.Reader) error {
		return h.lists.Filled(r.Context(), list, file, format, &back)
	})
	if err != nil {
		return err
	}

	download(w, content, "filled"+extension)
	_, err = w.Write(back.Bytes())
	return err
}

// upload plans a list and, unless the request is a dry run, commits it.
func (h importHandlers) upload(w http.ResponseWriter, r *http.Request) error {
	list, dryRun, err := uploadedList(r)
	if err != nil {
		return err
	}

	var result survey.Import
	err = readForm(w, r, &list, func(file io.Reader) (err error) {
		result, err = h.imports.Plan(r.Context(), list, file)
		return err
	})
	if err != nil {
		return err
	}

	if !dryRun && result.State == survey.ImportPlanned {
		if result, err = h.imports.Commit(r.Context(), list.ID, list.Actor, list.At); err != nil {
			return importProblem(err)
		}
	}
	return answerJSON(w, wholeImport(result))
}

// uploadedList reads the query: how to read the list, and whether this is a dry
// run.
func uploadedList(r *http.Request) (list sheet.List, dryRun bool, err error) {
	query := r.URL.Query()
	list = sheet.List{ID: survey.RecordID("imports", request(r.Context()).ID), Kind: query.Get("kind"),
		Sheet: query.Get("sheet"), Actor: caller(r.Context()).Actor, At: time.Now()}
	if _, err := survey.RecordTypeOf(survey.RecordKind(list.Kind)); err != nil && list.Kind != survey.ImportResponses {
		return list, false, invalidField("query.kind", "use responses, or a kind of record such as contacts")
	}
	if dryRun, err = queryBool(r, "dry_run"); err != nil {
		return list, false, err
	}

	if list.Cycle, err = optional(parseCycle, "query.cycle", query.Get("cycle")); err != nil {
		return list, false, err
	}
	if list.Cycle == "" && list.Kind == survey.ImportResponses {
		return list, false, invalidField("query.cycle", "say for which cycle the answers are")
	}
	return list, dryRun, nil
}

// wholeImport makes absent lists empty ones.
func wholeImport(im survey.Import) survey.Import {
	if im.Problems == nil {
		im.Problems = []survey.RowProblem{}
	}
	if im.Changes == nil {
		im.Changes = []survey.RowChange{}
	}
	return im
}

func (h importHandlers) list(_ context.Context, in *listImports) (*importsPage, error) {
	after, err := decodeCursor("imports", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := h.imports.Imports()
	if err != nil {
		return nil, err
	}

	// If the cursor's import is gone meanwhile, the page begins at the front again.
	if i := slices.IndexFunc(list, func(im survey.Import) bool { return im.ID == after }); i >= 0 {
		list = list[i+1:]
	}

	next := ""
	if len(list) > in.Limit {
		list, next = list[:in.Limit], list[in.Limit-1].ID
	}
	return &importsPage{Body: page("imports", list, next)}, nil
}

func (h importHandlers) get(_ context.Context, in *RecordPath) (*importRead, error) {
	im, err := h.imports.Import(in.ID)
	if err != nil {
		return nil, err
	}
	return &importRead{Body: wholeImport(im)}, nil
}

func (h importHandlers) commit(ctx context.Context, in *RecordPath) (*importRead, error) {
	im, err := h.imports.Commit(ctx, in.ID, caller(ctx).Actor, time.Now())
	if err != nil {
		return nil, importProblem(err)
	}
	return &importRead{Body: wholeImport(im)}, nil
}

func (h importHandlers) undo(ctx context.Context, in *RecordPath) (*importRead, error) {
	im, err := h.imports.Undo(ctx, in.ID, caller(ctx).Actor, time.Now())
	if err != nil {
		return nil, err
	}
	return &importRead{Body: wholeImport(im)}, nil
}

func (h importHandlers) rejects(w http.ResponseWriter, r *http.Request) error {
	return answerRejects(w, r, h.imports.Rejects, csvContent, "rejects.csv")
}

func (h importHandlers) rejectsBook(w http.ResponseWriter, r *http.Request) error {
	return answerRejects(w, r, h.imports.RejectsBook, workbookContent, "rejects.xlsx")
}

// answerRejects sends a list's refused rows, all of them or none.
func answerRejects(
	w http.ResponseWriter, r *http.Request, write func(string, io.Writer) error, content, name string,
) error {
	// Whole or not at all: a cut list looks like a short one.
	var text bytes.Buffer
	if err := write(r.PathValue("id"), &text); err != nil {
		return err
	}

	download(w, content, name)
	_, err := w.Write(text.Bytes())
	return err
}
