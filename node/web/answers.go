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
	RecordResponse(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier, answers []byte) (survey.ResponseResult, error)
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
	Sharing      string        // what was chosen: allowed, refused or nothing
}

func (h *answerPages) form(w http.ResponseWriter, r *http.Request) {
	view, q, last, ok := h.answersFor(w, r)
	if !ok {
		return
	}
	form := url.Values{}
	recorded, err := h.responses.Response(r.Context(), view.Campaign.Cycle, view.Organisation.ID)
	switch {
	case err == nil && recorded.Answers.Questionnaire == q.ID:
		form, view.Recorded, view.Version = page.FormOf(q, recorded.Answers), true, recorded.Version
	case err == nil:
		view.Version = recorded.Version
	case !errors.Is(err, survey.ErrNotFound):
		h.fail(w, r, err)
		return
	}
	view.fill(q, last, form, page.Reading{})
	h.Render(w, r, http.StatusOK, "answers", "Answers of "+view.Organisation.Name, view)
}

// answersFor prepares the form; false means that a page was answered instead.
func (h *answerPages) answersFor(w http.ResponseWriter, r *http.Request) (answersView, survey.Questionnaire, *survey.Answers, bool) {
	o, campaign, ok := h.companyIn(w, r)
	if !ok {
		return answersView{}, survey.Questionnaire{}, nil, false
	}
	view := answersView{Organisation: o, Campaign: campaign, LastCycle: campaign.Cycle.Previous(), Sharing: r.PostForm.Get("sharing")}
	claim, err := h.claims.ClaimOf(campaign.Cycle, o.ID)
	if err == nil && claim.Region != h.Region {
		h.showHeld(h.claims, w, r, o, campaign, &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: claim.Region, Since: claim.ClaimedAt})
		return view, survey.Questionnaire{}, nil, false
	}
	if err == nil {
		view.Held = &claim
	}
	q, last, err := page.QuestionnaireOf(r.Context(), h.editions, h.responses, campaign, o.ID)
	if err != nil {
		h.fail(w, r, err)
		return view, q, nil, false
	}
	view.HasLast = last != nil
	return view, q, last, true
}

func (v *answersView) fill(q survey.Questionnaire, last *survey.Answers, form url.Values, read page.Reading) []page.Fault {
	var faults []page.Fault
	for i, question := range q.Questions {
		view := page.QuestionOf(q, i+1, v.Campaign.Cycle, form)
		if last != nil {
			view.Last = page.AnswerWords(question, last.Of(question.ID))
		}
		view.Describe(read, question, form)
		view.Sure = "" // one tick stands for all warnings of the page
		if view.Fault != "" || anyPart(view.Parts) {
			faults = append(faults, page.Question{ID: view.ID, Number: view.Number, Fault: view.Fault, Parts: view.Parts}.Faults()...)
		}
		v.Questions = append(v.Questions, view)
	}
	return faults
}

func anyPart(parts []page.Part) bool {
	for _, p := range parts {
		if p.Fault != "" {
			return true
		}
	}
	return false
}

// allSure stands for every warning of a form and its values.
func allSure(form url.Values, warnings []survey.FieldProblem) string {
	sum := sha256.New()
	for _, w := range warnings {
		id := string(survey.QuestionOf(w.Field))
		fmt.Fprintf(sum, "%s %s %q\n", w.Field, w.Code, form[id])
		if w.Field != id {
			fmt.Fprintf(sum, "%q\n", form[w.Field])
		}
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}

func (h *answerPages) record(w http.ResponseWriter, r *http.Request) {
	view, q, last, ok := h.answersFor(w, r)
	if !ok {
		return
	}
	view.Version, _ = strconv.ParseUint(r.PostForm.Get("version"), 10, 64) // without one: made when there were none
	title := "Answers of " + view.Organisation.Name
	read := page.ReadAnswers(q, r.PostForm, last)
	if len(read.Problems) > 0 {
		faults := view.fill(q, last, r.PostForm, read)
		h.RenderFaulty(w, r, http.StatusUnprocessableEntity, "answers", title, view, faults)
		return
	}
	if sure := allSure(r.PostForm, read.Warnings); len(read.Warnings) > 0 && r.PostForm.Get("sure") != sure {
		view.fill(q, last, r.PostForm, read)
		view.Sure = sure
		for _, question := range view.Questions {
			if len(question.Warnings) > 0 {
				view.Warnings = append(view.Warnings, page.Fault{Field: question.ID, Message: fmt.Sprintf("Question %d: %s", question.Number, strings.Join(question.Warnings, " "))})
			}
		}
		h.Render(w, r, http.StatusOK, "answers", title, view)
		return
	}
	request := page.Request(r)
	request.Seen = &view.Version
	result, err := h.responses.RecordResponse(r.Context(), request, view.Campaign.Cycle, view.Organisation.ID, read.Data)
	if err == nil {
		err = h.shareSaid(r, request, view.Campaign.Cycle, view.Organisation.ID)
	}
	var refusal *survey.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Code == survey.RefusedAlreadyClaimed:
		h.showHeld(h.claims, w, r, view.Organisation, view.Campaign, refusal)
	case errors.As(err, &refusal) && refusal.Code == survey.RefusedAnswerChanged:
		view.fill(q, last, r.PostForm, read)
		view.Newer = true
		h.Render(w, r, http.StatusConflict, "answers", "There are newer answers of "+view.Organisation.Name, view)
	case err != nil:
		h.fail(w, r, err)
	default:
		h.Render(w, r, http.StatusOK, "recorded", "Answers recorded", recordedView{Organisation: view.Organisation, Campaign: view.Campaign, Result: result,
			Missing: missing(q, read.Answers, view.Campaign.Cycle)})
	}
}

// recordedView says what became of the answers.
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

// workbook is one company's form as a workbook, to be sent by e-mail and
// taken in again at /returned.
func (h *answerPages) workbook(w http.ResponseWriter, r *http.Request) {
	o, campaign, ok := h.companyIn(w, r)
	if !ok {
		return
	}
	var book bytes.Buffer // an error after the first byte could not be told
	if err := h.forms.Form(r.Context(), campaign.Cycle, o.ID, &book); err != nil {
		h.fail(w, r, err)
		return
	}
	h.sendBook(w, "form-"+fileName(o.ID)+"-"+string(campaign.Cycle), &book)
}
