package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

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

func (s *Site) returnedPage(w http.ResponseWriter, r *http.Request) {
	if campaign, ok := s.campaign(w, r); ok {
		s.Render(w, r, http.StatusOK, "returned", "Forms that companies sent back", returnedView{Campaign: campaign})
	}
}

// returned compares an uploaded form with what is recorded. Nothing is
// recorded by it; the same form sent twice is one upload.
func (s *Site) returned(w http.ResponseWriter, r *http.Request) {
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	again := func(message string) {
		s.RenderFaulty(w, r, http.StatusUnprocessableEntity, "returned", "Forms that companies sent back", returnedView{Campaign: campaign}, []page.Fault{{Field: "file", Message: message}})
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		again("Choose the file that the company sent back")
		return
	}
	defer file.Close()
	request := page.Request(r)
	list := sheet.List{ID: survey.RecordID("imports", request.ID), Kind: survey.ImportResponses, Cycle: campaign.Cycle,
		Name: clip(path.Base(strings.ReplaceAll(strings.ToValidUTF8(header.Filename, ""), `\`, "/"))), Actor: request.Actor, At: s.Now()}
	planned, err := s.options.Imports.Plan(r.Context(), list, file)
	var placed *sheet.Error
	switch {
	case errors.As(err, &placed):
		again(survey.Sentence(placed.Error()) + " Nothing was recorded")
	case errors.Is(err, survey.ErrInvalid):
		again(page.Wrong(err) + " Nothing was recorded")
	case err != nil:
		s.fail(w, r, err)
	default:
		http.Redirect(w, r, returnedAddress(planned.ID), http.StatusSeeOther)
	}
}

// uploadID is what an upload is called: nothing else becomes part of a path.
var uploadID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// upload returns the upload of the path; false means that a page was answered.
func (s *Site) upload(w http.ResponseWriter, r *http.Request) (survey.Import, bool) {
	id := r.PathValue("id")
	if !uploadID.MatchString(id) {
		s.NotFound(w, r)
		return survey.Import{}, false
	}
	im, err := s.options.Imports.Import(id)
	if err == nil && im.Kind != survey.ImportResponses {
		err = survey.ErrNotFound
	}
	if errors.Is(err, survey.ErrNotFound) {
		s.Problem(w, r, http.StatusNotFound, page.Problem{Title: "This upload is not kept any more", Text: "Uploaded files are kept for a day.", Next: "Upload the file again.", Link: "/returned", Label: "Forms that companies sent back"})
		return im, false
	}
	if err != nil {
		s.fail(w, r, err)
		return im, false
	}
	return im, true
}

func (s *Site) returnedResult(w http.ResponseWriter, r *http.Request) {
	if im, ok := s.upload(w, r); ok {
		s.showReturned(w, r, im)
	}
}

func (s *Site) returnedCommit(w http.ResponseWriter, r *http.Request) {
	im, ok := s.upload(w, r)
	if !ok {
		return
	}
	if _, err := s.options.Imports.Commit(r.Context(), im.ID, page.VisitorOf(r).Actor, s.Now()); err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, returnedAddress(im.ID), http.StatusSeeOther)
}

// returnedRejects is what was refused, as it was, with the reasons.
func (s *Site) returnedRejects(w http.ResponseWriter, r *http.Request) {
	s.sendRejects(w, r, s.options.Imports.Rejects, "text/csv; charset=utf-8", ".csv")
}

// returnedRejectsBook is the same as a workbook, which keeps the zeros at the
// front of company numbers.
func (s *Site) returnedRejectsBook(w http.ResponseWriter, r *http.Request) {
	s.sendRejects(w, r, s.options.Imports.RejectsBook, workbookContent, ".xlsx")
}

// sendRejects sends the refused rows, whole or not at all.
func (s *Site) sendRejects(w http.ResponseWriter, r *http.Request, write func(string, io.Writer) error, content, ending string) {
	im, ok := s.upload(w, r)
	if !ok {
		return
	}
	var file bytes.Buffer
	if err := write(im.ID, &file); err != nil {
		s.fail(w, r, err)
		return
	}
	page.Attach(w, content, "refused-"+im.ID[:8]+ending)
	_, _ = file.WriteTo(w) // the browser is gone if this fails
}

func (s *Site) showReturned(w http.ResponseWriter, r *http.Request, im survey.Import) {
	view := returnedView{Import: &im, Done: im.State != survey.ImportPlanned, Good: im.Added + im.Updated, Address: returnedAddress(im.ID),
		More: im.Truncated || len(im.Problems) > maxReturnedShown || len(im.Changes) > maxReturnedShown}
	view.Campaign, _ = s.known(im.Cycle)
	if im.Refused > 0 {
		view.Rejects = view.Address + "/refused"
	}
	for _, c := range im.Columns {
		if c.Field == "" {
			view.Columns = append(view.Columns, clip(c.Column))
		}
	}
	for _, p := range im.Problems[:min(len(im.Problems), maxReturnedShown)] {
		result := tag{"Look at it", "nhsuk-tag--yellow"}
		if p.Severity != "warning" {
			result = tag{"Refused", "nhsuk-tag--red"}
		}
		view.Problems = append(view.Problems, returnedProblem{Row: p.Row, Column: clip(p.Column), Result: result, Text: survey.Sentence(page.QuestionWords(p.Text))})
	}
	for _, c := range im.Changes[:min(len(im.Changes), maxReturnedShown)] {
		row := returnedChange{Row: c.Row, Name: c.ID, Question: "All answers", Before: c.Before, Then: c.After}
		if id, err := survey.ParseIdentifier(c.ID); err == nil {
			row.Address = companyAddress(id)
			if o, err := s.options.Registry.Organisation(id); err == nil {
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
	s.Render(w, r, http.StatusOK, "returned-result", title, view)
}
