package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// Responses are this region's own answers, recorded by way of the federation,
// which knows the holder.
type Responses interface {
	RecordResponse(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier,
		answers []byte) (survey.ResponseResult, error)
	Response(context.Context, survey.Cycle, survey.Identifier) (survey.Response, error)
}

// answerPages are the adviser's form, on a page and as a workbook.
type answerPages struct {
	base
	responses Responses
	sharing   Sharing
	claims    claimFinder
	forms     Forms
	editions  *survey.Editions
}

// answersView is the adviser's form: the whole questionnaire on one page.
type answersView struct {
	Organisation survey.Organisation
	Campaign     survey.Campaign
	Questions    []page.Question
	LastCycle    survey.Cycle
	HasLast      bool
	Warnings     []page.Fault
	Sure         string
	Recorded     bool
	Version      uint64        // of the answers that the form was made from, 0: there were none
	Newer        bool          // there are other answers by now
	Held         *survey.Claim // by this region
	Sharing      string        // the choice: allowed, refused or nothing
}

func (h *answerPages) form(w http.ResponseWriter, r *http.Request) error {
	view, q, last, err := h.answersFor(r)
	if err != nil {
		return h.heldOr(err, h.claims, w, r, view.Organisation, view.Campaign)
	}
	recorded, err := h.responses.Response(r.Context(), view.Campaign.Cycle, view.Organisation.ID)
	if err != nil && !errors.Is(err, survey.ErrNotFound) {
		return err
	}

	// Answers to another questionnaire do not fit into this form.
	form := url.Values{}
	view.Version = recorded.Version
	if err == nil && recorded.Answers.Questionnaire == q.ID {
		form, view.Recorded = page.FormOf(q, recorded.Answers), true
	}
	view.fill(q, last, form, page.Reading{})
	return h.Render(w, r, http.StatusOK, "answers", "Answers of "+view.Organisation.Name, view)
}

// answersFor prepares the form, with last year's answers if there are any. The error is
// survey.RefusedAlreadyClaimed if another region holds the company.
func (h *answerPages) answersFor(r *http.Request) (view answersView, q survey.Questionnaire, last *survey.Answers,
	err error) {
	o, campaign, err := h.companyIn(r)
	if err != nil {
		return view, q, nil, err
	}
	view = answersView{Organisation: o, Campaign: campaign, LastCycle: campaign.Cycle.Previous(),
		Sharing: r.PostForm.Get("sharing")}

	// Nobody holds the company yet if there is no claim: the form can be filled in all the same.
	if claim, err := h.claims.ClaimOf(campaign.Cycle, o.ID); err == nil {
		if claim.Region != h.Region {
			return view, q, nil, &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: claim.Region,
				Since: claim.ClaimedAt}
		}
		view.Held = &claim
	}

	q, last, err = page.QuestionnaireOf(r.Context(), h.editions, h.responses, campaign, o.ID)
	view.HasLast = last != nil
	return view, q, last, err
}

// fill adds the questions with the values of the form, and returns the faults of all.
func (v *answersView) fill(q survey.Questionnaire, last *survey.Answers, form url.Values,
	read page.Reading) []page.Fault {
	var faults []page.Fault
	for i, question := range q.Questions {
		view := page.QuestionOf(q, i+1, v.Campaign.Cycle, form)
		if last != nil {
			view.Last = page.AnswerWords(question, last.Of(question.ID))
		}
		view.Describe(read, question, form)
		view.Sure = "" // one tick stands for all warnings of the page
		v.Questions = append(v.Questions, view)
		view.Warnings = nil
		faults = append(faults, view.Faults()...)
	}
	return faults
}

// allSure stands for every warning of a form and its values.
func allSure(form url.Values, warnings []survey.FieldProblem) string {
	sum := sha256.New()

	// Another value gives another hash, so that it is asked about again.
	for _, w := range warnings {
		id := string(survey.QuestionOf(w.Field))
		fmt.Fprintf(sum, "%s %s %q\n", w.Field, w.Code, form[id])
		if w.Field != id {
			fmt.Fprintf(sum, "%q\n", form[w.Field])
		}
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}

func (h *answerPages) record(w http.ResponseWriter, r *http.Request) error {
	view, q, last, err := h.answersFor(r)
	if err != nil {
		return h.heldOr(err, h.claims, w, r, view.Organisation, view.Campaign)
	}
	o, cycle, title := view.Organisation, view.Campaign.Cycle, "Answers of "+view.Organisation.Name

	read := page.ReadAnswers(q, r.PostForm, last)
	// A form without a version was made when there were no answers.
	view.Version, _ = strconv.ParseUint(r.PostForm.Get("version"), 10, 64)
	faults := view.fill(q, last, r.PostForm, read)
	if len(read.Problems) > 0 {
		return h.Render(w, r, http.StatusUnprocessableEntity, "answers", title, view, faults...)
	}

	if sure := allSure(r.PostForm, read.Warnings); len(read.Warnings) > 0 && r.PostForm.Get("sure") != sure {
		view.Sure = sure
		for _, question := range view.Questions {
			if len(question.Warnings) > 0 {
				view.Warnings = append(view.Warnings, page.Fault{Field: question.ID,
					Message: fmt.Sprintf("Question %d: %s", question.Number, strings.Join(question.Warnings, " "))})
			}
		}
		return h.Render(w, r, http.StatusOK, "answers", title, view)
	}

	// The registry refuses answers that were made from an older version than there is.
	request := page.Request(r)
	request.Seen = &view.Version
	result, err := h.responses.RecordResponse(r.Context(), request, cycle, o.ID, read.Data)
	if err == nil {
		err = h.share(r, request, cycle, o.ID)
	}
	switch {
	case errors.Is(err, survey.RefusedAnswerChanged):
		view.Newer = true
		return h.Render(w, r, http.StatusConflict, "answers", "There are newer answers of "+o.Name, view)
	case err != nil:
		return h.heldOr(err, h.claims, w, r, o, view.Campaign)
	}
	return h.Render(w, r, http.StatusOK, "recorded", "Answers recorded", recordedView{Organisation: o,
		Campaign: view.Campaign, Result: result, Missing: missing(q, read.Answers, cycle)})
}

// recordedView is the result of recording the answers.
type recordedView struct {
	Organisation survey.Organisation
	Campaign     survey.Campaign
	Result       survey.ResponseResult
	Missing      []page.Question
}

// missing lists the core questions without an answer.
func missing(q survey.Questionnaire, answers survey.Answers, cycle survey.Cycle) []page.Question {
	var out []page.Question
	for i, question := range q.Questions {
		if question.Core && answers.Of(question.ID).Status == survey.AnswerMissing {
			out = append(out, page.Question{ID: string(question.ID), Number: i + 1, Text: question.Asked(cycle)})
		}
	}
	return out
}

// workbook is one company's form as a workbook, for an e-mail; /returned reads it
// when it comes back.
func (h *answerPages) workbook(w http.ResponseWriter, r *http.Request) error {
	o, campaign, err := h.companyIn(r)
	if err != nil {
		return err
	}

	var book bytes.Buffer
	if err := h.forms.Form(r.Context(), campaign.Cycle, o.ID, &book); err != nil {
		return err
	}
	return sendBook(w, "form-"+fileName(o.ID)+"-"+string(campaign.Cycle), &book)
}
