package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// Imports takes lists of answers in: *intake.Importer does.
type Imports interface {
	Plan(ctx context.Context, list sheet.List, upload io.Reader) (survey.Import, error)
	Commit(ctx context.Context, id string, actor uint64, at time.Time) (survey.Import, error)
	Import(id string) (survey.Import, error)
	Rejects(id string, w io.Writer) error
	RejectsBook(id string, w io.Writer) error
}

// returnedPages take in the forms that companies sent back by e-mail.
type returnedPages struct {
	base
	imports Imports
	forms   Forms
}

// maxReturnedShown bounds the problems and the changes that one page lists.
// The counts are whole, and so is the file of the refused rows.
const maxReturnedShown = 200

// returnedView is the page on which a form that a company sent back by e-mail
// is taken in, and what taking it in would do or did.
type returnedView struct {
	Campaign survey.Campaign
	Import   *survey.Import
	Done     bool
	Good     int // rows that can be recorded
	Address  string
	Rejects  string   // address of the refused rows, without its ending
	Columns  []string // that were not understood
	Problems []returnedProblem
	Changes  []returnedChange
	More     bool
}

type returnedProblem struct {
	Row    int
	Column string
	Result tag
	Text   string
}

// returnedChange is one answer that differs from the recorded one.
type returnedChange struct {
	Row                    int
	Name, Address          string
	Question, Before, Then string
}

func returnedAddress(id string) string { return "/returned/" + url.PathEscape(id) }

func (h *returnedPages) form(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	return h.Render(w, r, http.StatusOK, "returned", returnedTitle, returnedView{Campaign: campaign})
}

// template is a workbook with a row for each company that has not
// answered yet.
func (h *returnedPages) template(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	var book bytes.Buffer
	if err := h.forms.Export(r.Context(), "template", campaign.Cycle, sheet.XLSX, &book); err != nil {
		return err
	}
	return sendBook(w, "answers-"+string(campaign.Cycle), &book)
}

// plan compares an uploaded form with the recorded answers. It records
// nothing; the same form sent twice is one upload.
func (h *returnedPages) plan(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	again := func(message string) error {
		return h.Render(w, r, http.StatusUnprocessableEntity, "returned", returnedTitle,
			returnedView{Campaign: campaign}, page.Fault{Field: "file", Message: message})
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		return again("Choose the file that the company sent back")
	}
	defer file.Close()

	// The key of the form names the upload, so that the same file sent twice is one.
	request := page.Request(r)
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(header.Filename, ""), `\`, "/"))
	list := sheet.List{ID: survey.RecordID("imports", request.ID), Kind: survey.ImportResponses, Cycle: campaign.Cycle,
		Name: survey.Clip(name, maxRepeated), Actor: request.Actor, At: h.Now()}

	planned, err := h.imports.Plan(r.Context(), list, file)
	var placed *sheet.Error
	switch {
	case errors.As(err, &placed):
		return again(survey.Sentence(placed.Error()) + " Nothing was recorded")
	case errors.Is(err, survey.ErrInvalid):
		return again(page.Wrong(err) + " Nothing was recorded")
	case err != nil:
		return err
	}
	return page.Redirect(w, r, returnedAddress(planned.ID))
}

// uploadID is what an upload is called: nothing else becomes part of a path.
var uploadID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// upload returns the upload of the path. The error is a page.Problem if it is not there.
func (h *returnedPages) upload(r *http.Request) (survey.Import, error) {
	id := r.PathValue("id")
	if !uploadID.MatchString(id) {
		return survey.Import{}, survey.ErrNotFound
	}

	// Other lists than forms of answers are uploaded elsewhere.
	im, err := h.imports.Import(id)
	if errors.Is(err, survey.ErrNotFound) || err == nil && im.Kind != survey.ImportResponses {
		err = page.Problem{Status: http.StatusNotFound, Title: "This upload is no longer stored",
			Text: "Uploaded files are stored for a day.", Next: "Upload the file again.", Link: "/returned",
			Label: returnedTitle}
	}
	return im, err
}

// result shows what recording the upload would change, or has changed.
func (h *returnedPages) result(w http.ResponseWriter, r *http.Request) error {
	im, err := h.upload(r)
	if err != nil {
		return err
	}
	view := returnedView{Import: &im, Done: im.State != survey.ImportPlanned, Good: im.Added + im.Updated,
		Address: returnedAddress(im.ID),
		More:    im.Truncated || len(im.Problems) > maxReturnedShown || len(im.Changes) > maxReturnedShown}
	view.Campaign, _ = h.known(im.Cycle)
	if im.Refused > 0 {
		view.Rejects = view.Address + "/refused"
	}
	for _, c := range im.Columns {
		if c.Field == "" {
			view.Columns = append(view.Columns, survey.Clip(c.Column, maxRepeated))
		}
	}

	for _, p := range im.Problems[:min(len(im.Problems), maxReturnedShown)] {
		result := tag{"Refused", "nhsuk-tag--red"}
		if p.Severity == "warning" {
			result = tag{"Look at it", "nhsuk-tag--yellow"}
		}
		view.Problems = append(view.Problems, returnedProblem{Row: p.Row, Column: survey.Clip(p.Column, maxRepeated),
			Result: result, Text: survey.Sentence(page.QuestionWords(p.Text))})
	}

	for _, c := range im.Changes[:min(len(im.Changes), maxReturnedShown)] {
		view.Changes = append(view.Changes, h.changeOf(c))
	}

	title := page.Plural(view.Good, "answer") + " can be recorded"
	switch {
	case im.State == survey.ImportUndone:
		title = "The answers were taken back"
	case view.Done:
		title = page.Plural(view.Good, "answer") + " recorded"
	}
	return h.Render(w, r, http.StatusOK, "returned-result", title, view)
}

// changeOf is one change with the company's name and the question's number.
func (h *returnedPages) changeOf(c survey.RowChange) returnedChange {
	row := returnedChange{Row: c.Row, Name: c.ID, Question: "All answers", Before: c.Before, Then: c.After}
	if id, err := survey.ParseIdentifier(c.ID); err == nil {
		row.Address = companyAddress(id)
		row.Name, _ = h.named(id)
	}
	if c.Field != "" {
		row.Question = strings.Replace(page.QuestionWords(c.Field), "question", "Question", 1)
	}
	return row
}

const returnedTitle = "Forms that companies sent back"

func (h *returnedPages) commit(w http.ResponseWriter, r *http.Request) error {
	im, err := h.upload(r)
	if err == nil {
		_, err = h.imports.Commit(r.Context(), im.ID, page.VisitorOf(r).Actor, h.Now())
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, returnedAddress(im.ID))
}

// refusedCSV is the refused rows as they were, with the reasons.
func (h *returnedPages) refusedCSV(w http.ResponseWriter, r *http.Request) error {
	return h.sendRejects(w, r, h.imports.Rejects, "text/csv; charset=utf-8", ".csv")
}

// refusedXLSX is the same as a workbook, which keeps the zeros at the
// front of company numbers.
func (h *returnedPages) refusedXLSX(w http.ResponseWriter, r *http.Request) error {
	return h.sendRejects(w, r, h.imports.RejectsBook, workbookContent, ".xlsx")
}

// sendRejects sends the refused rows, whole or not at all.
func (h *returnedPages) sendRejects(w http.ResponseWriter, r *http.Request, write func(string, io.Writer) error,
	content, ending string) error {
	im, err := h.upload(r)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := write(im.ID, &file); err != nil {
		return err
	}
	page.Attach(w, content, "refused-"+im.ID[:8]+ending)
	_, _ = file.WriteTo(w) // the browser is gone if this fails
	return nil
}
