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

// checkRow is one question with its answer and the fault of that.
type checkRow struct {
	Number              int
	Text, Answer, Fault string
	Change              string
	Core                bool
}

func (f *Form) check(w http.ResponseWriter, r *http.Request) error {
	c, err := f.unanswered(r)
	if err != nil {
		return err
	}
	view, _, faults := f.checkOf(c)
	return f.Render(w, r, http.StatusOK, "respond-check", "Check your answers", view, faults...)
}

// checkOf reads the whole draft.
func (f *Form) checkOf(c respondent) (checkView, page.Reading, []page.Fault) {
	read := page.ReadAnswers(c.q, c.form, c.last)
	view := checkView{Organisation: c.organisation, Action: c.address("/send"), Region: f.Region}
	var faults []page.Fault
	for i, question := range c.q.Questions {
		row := checkRow{Number: i + 1, Text: question.Asked(c.campaign.Cycle), Core: question.Core,
			Answer: page.AnswerWords(question, read.Answers.Of(question.ID)),
			Change: c.questionAddress(i+1) + "?check=1"}

		problems := read.Of(question.ID)
		warnings, _ := read.Unsure(question, c.form)
		switch {
		case len(problems) > 0:
			row.Fault = survey.Sentence(page.QuestionWords(problems[0].Message))
		case len(warnings) > 0:
			row.Fault = "Please look at this answer again."
		case question.Core && row.Answer == "":
			row.Fault = "This question still needs an answer."
		}

		if row.Fault != "" {
			faults = append(faults, page.Fault{Field: "row-" + strconv.Itoa(row.Number),
				Message: fmt.Sprintf("Question %d: %s", row.Number, row.Fault)})
		}
		view.Rows = append(view.Rows, row)
	}
	view.Ready = len(faults) == 0 && len(read.Problems) == 0
	return view, read, faults
}

func (f *Form) send(w http.ResponseWriter, r *http.Request) error {
	c, err := f.unanswered(r)
	if err != nil {
		return err
	}
	view, read, faults := f.checkOf(c)
	view.Consent = r.PostForm.Get("consent") == "yes"
	if !view.Ready {
		return f.Render(w, r, http.StatusUnprocessableEntity, "respond-check", "Check your answers", view, faults...)
	}

	request := page.RequestOf(c.link.Actor, "/respond", string(read.Data))
	_, err = f.options.Responses.RecordResponse(r.Context(), request, c.campaign.Cycle, c.organisation.ID, read.Data)
	var refusal *survey.Refusal
	if errors.As(err, &refusal) && refusal.Holder != "" {
		return page.Problem{Status: http.StatusConflict, Title: "Another AHSN looks after your survey now",
			Text: "Your answers were not sent: " + refusal.Holder.Name() +
				" has taken over your survey. They are kept here.",
			Next: "Reply to the e-mail with the link: we will pass on your answers."}
	}
	if err != nil {
		return err
	}

	said := survey.SharingRefused
	if view.Consent {
		said = survey.SharingAllowed
	}
	err = f.options.Sharing.SetSharing(r.Context(), request, c.campaign.Cycle, c.organisation.ID, said)
	if err != nil {
		return err
	}
	if err := f.options.Links.MarkSurveyLink(r.Context(), c.link.ID, store.LinkComplete, view.Consent); err != nil {
		return err
	}

	// The answers are recorded by now, so a draft that stays does not stop the company.
	if err := f.options.Links.DropSurveyDraft(r.Context(), c.link.ID); err != nil {
		f.Log.Error("a draft whose answers are recorded is still kept", "error", err)
	}
	f.letCopy(w, c)
	return page.Redirect(w, r, c.address("/done"))
}
