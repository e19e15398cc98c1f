package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
// The counts are whole, and so is the file of what was refused.
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

// returnedChange is one answer that differs from what is recorded.
type returnedChange struct {
	Row                    int
	Name, Address          string
	Question, Before, Then string
}

func returnedAddress(id string) string { return "/returned/" + url.PathEscape(id) }

func (h *returnedPages) form(w http.ResponseWriter, r *http.Request) {
	if campaign, ok := h.campaign(w, r); ok {
		h.Render(w, r, http.StatusOK, "returned", "Forms that companies sent back", returnedView{Campaign: campaign})
	}
}

// template is a workbook with a row for each company that has not
// answered yet.
func (h *returnedPages) template(w http.ResponseWriter, r *http.Request) {
	campaign, ok := h.campaign(w, r)
	if !ok {
		return
	}
	var book bytes.Buffer
	if err := h.forms.Export(r.Context(), "template", campaign.Cycle, sheet.XLSX, &book); err != nil {
		h.fail(w, r, err)
		return
	}
	h.sendBook(w, "answers-"+string(campaign.Cycle), &book)
}

// plan compares an uploaded form with what is recorded. Nothing is
// recorded by it; the same form sent twice is one upload.
func (h *returnedPages) plan(w http.ResponseWriter, r *http.Request) {
	campaign, ok := h.campaign(w, r)
	if !ok {
		return
	}
	again := func(message string) {
		h.RenderFaulty(w, r, http.StatusUnprocessableEntity, "returned", "Forms that companies sent back", returnedView{Campaign: campaign}, []page.Fault{{Field: "file", Message: message}})
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		again("Choose the file that the company sent back")
		return
	}
	defer file.Close()
	request := page.Request(r)
	list := sheet.List{ID: survey.RecordID("imports", request.ID), Kind: survey.ImportResponses, Cycle: campaign.Cycle,
		Name: survey.Clip(path.Base(strings.ReplaceAll(strings.ToValidUTF8(header.Filename, ""), `\`, "/")), maxRepeated), Actor: request.Actor, At: h.Now()}
	planned, err := h.imports.Plan(r.Context(), list, file)
	var placed *sheet.Error
	switch {
	case errors.As(err, &placed):
		again(survey.Sentence(placed.Error()) + " Nothing was recorded")
	case errors.Is(err, survey.ErrInvalid):
		again(page.Wrong(err) + " Nothing was recorded")
	case err != nil:
		h.fail(w, r, err)
	default:
		http.Redirect(w, r, returnedAddress(planned.ID), http.StatusSeeOther)
	}
}

// uploadID is what an upload is called: nothing else becomes part of a path.
var uploadID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// upload returns the upload of the path; false means that a page was answered.
func (h *returnedPages) upload(w http.ResponseWriter, r *http.Request) (survey.Import, bool) {
	id := r.PathValue("id")
	if !uploadID.MatchString(id) {
		h.NotFound(w, r)
		return survey.Import{}, false
	}
	im, err := h.imports.Import(id)
	if err == nil && im.Kind != survey.ImportResponses {
		err = survey.ErrNotFound
	}
	if errors.Is(err, survey.ErrNotFound) {
		h.Problem(w, r, http.StatusNotFound, page.Problem{Title: "This upload is not kept any more", Text: "Uploaded files are kept for a day.", Next: "Upload the file again.", Link: "/returned", Label: "Forms that companies sent back"})
		return im, false
	}
	if err != nil {
		h.fail(w, r, err)
		return im, false
	}
	return im, true
}

func (h *returnedPages) result(w http.ResponseWriter, r *http.Request) {
	if im, ok := h.upload(w, r); ok {
		h.showReturned(w, r, im)
	}
}

func (h *returnedPages) commit(w http.ResponseWriter, r *http.Request) {
	im, ok := h.upload(w, r)
	if !ok {
		return
	}
	if _, err := h.imports.Commit(r.Context(), im.ID, page.VisitorOf(r).Actor, h.Now()); err != nil {
		h.fail(w, r, err)
		return
	}
	http.Redirect(w, r, returnedAddress(im.ID), http.StatusSeeOther)
}

// refusedCSV is what was refused, as it was, with the reasons.
func (h *returnedPages) refusedCSV(w http.ResponseWriter, r *http.Request) {
	h.sendRejects(w, r, h.imports.Rejects, "text/csv; charset=utf-8", ".csv")
}

// refusedXLSX is the same as a workbook, which keeps the zeros at the
// front of company numbers.
func (h *returnedPages) refusedXLSX(w http.ResponseWriter, r *http.Request) {
	h.sendRejects(w, r, h.imports.RejectsBook, workbookContent, ".xlsx")
}

// sendRejects sends the refused rows, whole or not at all.
func (h *returnedPages) sendRejects(w http.ResponseWriter, r *http.Request, write func(string, io.Writer) error, content, ending string) {
	im, ok := h.upload(w, r)
	if !ok {
		return
	}
	var file bytes.Buffer
	if err := write(im.ID, &file); err != nil {
		h.fail(w, r, err)
		return
	}
	page.Attach(w, content, "refused-"+im.ID[:8]+ending)
	_, _ = file.WriteTo(w) // the browser is gone if this fails
}

func (h *returnedPages) showReturned(w http.ResponseWriter, r *http.Request, im survey.Import) {
	view := returnedView{Import: &im, Done: im.State != survey.ImportPlanned, Good: im.Added + im.Updated, Address: returnedAddress(im.ID),
		More: im.Truncated || len(im.Problems) > maxReturnedShown || len(im.Changes) > maxReturnedShown}
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
		result := tag{"Look at it", "nhsuk-tag--yellow"}
		if p.Severity != "warning" {
			result = tag{"Refused", "nhsuk-tag--red"}
		}
		view.Problems = append(view.Problems, returnedProblem{Row: p.Row, Column: survey.Clip(p.Column, maxRepeated), Result: result, Text: survey.Sentence(page.QuestionWords(p.Text))})
	}
	for _, c := range im.Changes[:min(len(im.Changes), maxReturnedShown)] {
		row := returnedChange{Row: c.Row, Name: c.ID, Question: "All answers", Before: c.Before, Then: c.After}
		if id, err := survey.ParseIdentifier(c.ID); err == nil {
			row.Address = companyAddress(id)
			if o, err := h.organisations.Organisation(id); err == nil {
				row.Name = o.Name
			}
		}
		if c.Field != "" {
			row.Question = strings.Replace(page.QuestionWords(c.Field), "question", "Question", 1)
		}
		view.Changes = append(view.Changes, row)
	}
	title := fmt.Sprintf("%s can be recorded", page.Plural(view.Good, "answer"))
	switch {
	case im.State == survey.ImportUndone:
		title = "The answers were taken back"
	case view.Done:
		title = fmt.Sprintf("%s recorded", page.Plural(view.Good, "answer"))
	}
	h.Render(w, r, http.StatusOK, "returned-result", title, view)
}
