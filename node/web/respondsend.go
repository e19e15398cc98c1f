package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

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

func (s *Site) respondCheck(w http.ResponseWriter, r *http.Request) {
	c, ok := s.respondent(w, r)
	if !ok || s.answered(w, r, c) {
		return
	}
	view, _, faults := s.checkOf(c)
	s.renderFaulty(w, r, http.StatusOK, "respond-check", "Check your answers", view, faults)
}

// checkOf reads the whole draft.
func (s *Site) checkOf(c respondent) (checkView, reading, []fault) {
	read := readAnswers(c.q, c.form, c.last)
	view := checkView{Organisation: c.organisation, Action: c.address("/send"), Region: s.region}
	var faults []fault
	for i, question := range c.q.Questions {
		row := checkRow{Number: i + 1, Text: question.Asked(c.campaign.Cycle), Core: question.Core, Change: c.questionAddress(i+1) + "?check=1"}
		problems := read.of(question.ID)
		warnings, _ := read.unsure(question, c.form)
		row.Answer = answerWords(question, read.answers.Of(question.ID))
		switch {
		case len(problems) > 0:
			row.Fault = sentence(humanQuestion(problems[0].Message))
		case len(warnings) > 0:
			row.Fault = "Please look at this answer again."
		case question.Core && row.Answer == "":
			row.Fault = "This question still needs an answer."
		}
		if row.Fault != "" {
			faults = append(faults, fault{Field: "row-" + strconv.Itoa(row.Number), Message: fmt.Sprintf("Question %d: %s", row.Number, row.Fault)})
		}
		view.Rows = append(view.Rows, row)
	}
	view.Ready = len(faults) == 0 && len(read.problems) == 0
	return view, read, faults
}

func (s *Site) respondSend(w http.ResponseWriter, r *http.Request) {
	c, ok := s.respondent(w, r)
	if !ok || s.answered(w, r, c) {
		return
	}
	view, read, faults := s.checkOf(c)
	view.Consent = r.PostForm.Get("consent") == "yes"
	if !view.Ready {
		s.renderFaulty(w, r, http.StatusUnprocessableEntity, "respond-check", "Check your answers", view, faults)
		return
	}
	request := survey.Request{ID: requestID(c.link.Actor, "/respond", string(read.data)), Actor: c.link.Actor}
	_, err := s.options.Responses.RecordResponse(r.Context(), request, c.campaign.Cycle, c.organisation.ID, read.data)
	var refusal *survey.Refusal
	if errors.As(err, &refusal) && refusal.Holder != "" {
		s.problem(w, r, http.StatusConflict, problem{Title: "Another AHSN looks after your survey now",
			Text: "Your answers were not sent: " + refusal.Holder.Name() + " has taken your survey over. They are kept here.",
			Next: "Answer the e-mail with the link: we pass on what you have entered."})
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.share(r, request, c.campaign.Cycle, c.organisation.ID, view.Consent); err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.options.Links.MarkSurveyLink(r.Context(), c.link.ID, store.LinkComplete, view.Consent); err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.options.Links.DropSurveyDraft(r.Context(), c.link.ID); err != nil {
		s.log.Error("a draft whose answers are recorded is still kept", "error", err)
	}
	if err := s.letCopy(w, c); err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, c.address("/done"), http.StatusSeeOther)
}
