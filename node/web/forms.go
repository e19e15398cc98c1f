package web

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

const workbookContent = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// companyForm is one company's form as a workbook, to be sent by e-mail and
// taken in again at /returned.
func (s *Site) companyForm(w http.ResponseWriter, r *http.Request) {
	o, ok := s.company(w, r)
	if !ok {
		return
	}
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	var book bytes.Buffer // an error after the first byte could not be told
	if err := s.options.Forms.Form(r.Context(), campaign.Cycle, o.ID, &book); err != nil {
		s.fail(w, r, err)
		return
	}
	s.sendBook(w, "form-"+fileName(o.ID)+"-"+string(campaign.Cycle), &book)
}

// returnedTemplate is a workbook with a row for each company that has not
// answered yet.
func (s *Site) returnedTemplate(w http.ResponseWriter, r *http.Request) {
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	var book bytes.Buffer
	if err := s.options.Forms.Export(r.Context(), "template", campaign.Cycle, sheet.XLSX, &book); err != nil {
		s.fail(w, r, err)
		return
	}
	s.sendBook(w, "answers-"+string(campaign.Cycle), &book)
}

func (s *Site) sendBook(w http.ResponseWriter, name string, book *bytes.Buffer) {
	page.Attach(w, workbookContent, name+".xlsx")
	if _, err := book.WriteTo(w); err != nil {
		s.Log.Debug("a download was not taken", "error", err)
	}
}

// fileName leaves of an identifier what every system takes in a name.
func fileName(id survey.Identifier) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c == '-' {
			return c
		}
		return '-'
	}, string(id))
}
