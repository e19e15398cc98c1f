package respond

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// checkView shows every answer before they are sent.
type checkView struct {
	Organisation survey.Organisation
	Rows         []checkRow
	Action       string
	Ready        bool
	Consent      bool
	Region       survey.Region
}

// checkRow is one question with its answer and what is wrong with it.
type checkRow struct {
	Number              int
	Text, Answer, Fault string
	Change              string
	Core                bool
}

func (f *Form) check(w http.ResponseWriter, r *http.Request) {
	c, ok := f.respondent(w, r)
	if !ok || f.answered(w, r, c) {
		return
	}
	view, _, faults := f.checkOf(c)
	f.RenderFaulty(w, r, http.StatusOK, "respond-check", "Check your answers", view, faults)
}

// checkOf reads the whole draft.
func (f *Form) checkOf(c respondent) (checkView, page.Reading, []page.Fault) {
	read := page.ReadAnswers(c.q, c.form, c.last)
	view := checkView{Organisation: c.organisation, Action: c.address("/send"), Region: f.Region}
	var faults []page.Fault
	for i, question := range c.q.Questions {
		row := checkRow{Number: i + 1, Text: question.Asked(c.campaign.Cycle), Core: question.Core, Change: c.questionAddress(i+1) + "?check=1"}
		problems := read.Of(question.ID)
		warnings, _ := read.Unsure(question, c.form)
		row.Answer = page.AnswerWords(question, read.Answers.Of(question.ID))
		switch {
		case len(problems) > 0:
			row.Fault = survey.Sentence(page.QuestionWords(problems[0].Message))
		case len(warnings) > 0:
			row.Fault = "Please look at this answer again."
		case question.Core && row.Answer == "":
			row.Fault = "This question still needs an answer."
		}
		if row.Fault != "" {
			faults = append(faults, page.Fault{Field: "row-" + strconv.Itoa(row.Number), Message: fmt.Sprintf("Question %d: %s", row.Number, row.Fault)})
		}
		view.Rows = append(view.Rows, row)
	}
	view.Ready = len(faults) == 0 && len(read.Problems) == 0
	return view, read, faults
}

func (f *Form) send(w http.ResponseWriter, r *http.Request) {
	c, ok := f.respondent(w, r)
	if !ok || f.answered(w, r, c) {
		return
	}
	view, read, faults := f.checkOf(c)
	view.Consent = r.PostForm.Get("consent") == "yes"
	if !view.Ready {
		f.RenderFaulty(w, r, http.StatusUnprocessableEntity, "respond-check", "Check your answers", view, faults)
		return
	}
	request := page.RequestOf(c.link.Actor, "/respond", string(read.Data))
	_, err := f.options.Responses.RecordResponse(r.Context(), request, c.campaign.Cycle, c.organisation.ID, read.Data)
	var refusal *survey.Refusal
	if errors.As(err, &refusal) && refusal.Holder != "" {
		f.Problem(w, r, http.StatusConflict, page.Problem{Title: "Another AHSN looks after your survey now",
			Text: "Your answers were not sent: " + refusal.Holder.Name() + " has taken your survey over. They are kept here.",
			Next: "Answer the e-mail with the link: we pass on what you have entered."})
		return
	}
	if err != nil {
		f.Fail(w, r, err)
		return
	}
	said := survey.SharingRefused
	if view.Consent {
		said = survey.SharingAllowed
	}
	if err := f.options.Sharing.SetSharing(r.Context(), request, c.campaign.Cycle, c.organisation.ID, said); err != nil {
		f.Fail(w, r, err)
		return
	}
	if err := f.options.Links.MarkSurveyLink(r.Context(), c.link.ID, store.LinkComplete, view.Consent); err != nil {
		f.Fail(w, r, err)
		return
	}
	if err := f.options.Links.DropSurveyDraft(r.Context(), c.link.ID); err != nil {
		f.Log.Error("a draft whose answers are recorded is still kept", "error", err)
	}
	if err := f.letCopy(w, c); err != nil {
		f.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, c.address("/done"), http.StatusSeeOther)
}
