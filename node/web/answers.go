package web

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// answersView is the adviser's form: the whole questionnaire on one page.
type answersView struct {
	Organisation survey.Organisation
	Campaign     survey.Campaign
	Questions    []questionView
	LastCycle    survey.Cycle
	HasLast      bool
	Warnings     []fault
	Sure         string
	Recorded     bool
	Version      uint64        // of the answers that the form was made from, 0: there were none
	Newer        bool          // there are other answers by now
	Held         *survey.Claim // by this region
	Sharing      string        // what was chosen: allowed, refused or nothing
}

// questionnaireFor returns what the form of one company in one survey needs.
func (s *Site) questionnaireFor(r *http.Request, campaign survey.Campaign, id survey.Identifier) (q survey.Questionnaire, last *survey.Answers, err error) {
	if q, err = s.options.Editions.Questionnaire(campaign.Questionnaire); err != nil {
		return q, nil, err
	}
	before, err := s.options.Responses.Response(r.Context(), campaign.Cycle.Previous(), id)
	switch {
	case err == nil && before.Answers.Questionnaire == q.ID:
		return q, &before.Answers, nil
	case err != nil && !errors.Is(err, survey.ErrNotFound):
		return q, nil, err
	}
	return q, nil, nil
}

func (s *Site) answersPage(w http.ResponseWriter, r *http.Request) {
	view, q, last, ok := s.answersFor(w, r)
	if !ok {
		return
	}
	form := url.Values{}
	recorded, err := s.options.Responses.Response(r.Context(), view.Campaign.Cycle, view.Organisation.ID)
	switch {
	case err == nil && recorded.Answers.Questionnaire == q.ID:
		form, view.Recorded, view.Version = formOf(q, recorded.Answers), true, recorded.Version
	case err == nil:
		view.Version = recorded.Version
	case !errors.Is(err, survey.ErrNotFound):
		s.fail(w, r, err)
		return
	}
	view.fill(q, last, form, reading{})
	s.render(w, r, http.StatusOK, "answers", "Answers of "+view.Organisation.Name, view)
}

// answersFor prepares the form; false means that a page was answered instead.
func (s *Site) answersFor(w http.ResponseWriter, r *http.Request) (answersView, survey.Questionnaire, *survey.Answers, bool) {
	o, ok := s.company(w, r)
	if !ok {
		return answersView{}, survey.Questionnaire{}, nil, false
	}
	campaign, ok := s.campaign(w, r)
	if !ok {
		return answersView{}, survey.Questionnaire{}, nil, false
	}
	view := answersView{Organisation: o, Campaign: campaign, LastCycle: campaign.Cycle.Previous(), Sharing: r.PostForm.Get("sharing")}
	claim, err := s.options.Registry.ClaimOf(campaign.Cycle, o.ID)
	if err == nil && claim.Region != s.region {
		s.showHeld(w, r, o, campaign, &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: claim.Region, Since: claim.ClaimedAt})
		return view, survey.Questionnaire{}, nil, false
	}
	if err == nil {
		view.Held = &claim
	}
	q, last, err := s.questionnaireFor(r, campaign, o.ID)
	if err != nil {
		s.fail(w, r, err)
		return view, q, nil, false
	}
	view.HasLast = last != nil
	return view, q, last, true
}

func (v *answersView) fill(q survey.Questionnaire, last *survey.Answers, form url.Values, read reading) []fault {
	var faults []fault
	for i, question := range q.Questions {
		view := viewOf(q, i+1, v.Campaign.Cycle, form)
		if last != nil {
			view.Last = answerWords(question, last.Of(question.ID))
		}
		view.describe(read, question, form)
		view.Sure = "" // one tick stands for all warnings of the page
		if view.Fault != "" || anyPart(view.Parts) {
			faults = append(faults, questionView{ID: view.ID, Number: view.Number, Fault: view.Fault, Parts: view.Parts}.faults()...)
		}
		v.Questions = append(v.Questions, view)
	}
	return faults
}

func anyPart(parts []partView) bool {
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
		id := fieldQuestion(w.Field)
		fmt.Fprintf(sum, "%s %s %q\n", w.Field, w.Code, form[id])
		if w.Field != id {
			fmt.Fprintf(sum, "%q\n", form[w.Field])
		}
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}

func (s *Site) recordAnswers(w http.ResponseWriter, r *http.Request) {
	view, q, last, ok := s.answersFor(w, r)
	if !ok {
		return
	}
	view.Version, _ = strconv.ParseUint(r.PostForm.Get("version"), 10, 64) // without one: made when there were none
	title := "Answers of " + view.Organisation.Name
	read := readAnswers(q, r.PostForm, last)
	if len(read.problems) > 0 {
		faults := view.fill(q, last, r.PostForm, read)
		s.renderFaulty(w, r, http.StatusUnprocessableEntity, "answers", title, view, faults)
		return
	}
	if sure := allSure(r.PostForm, read.warnings); len(read.warnings) > 0 && r.PostForm.Get("sure") != sure {
		view.fill(q, last, r.PostForm, read)
		view.Sure = sure
		for _, question := range view.Questions {
			if len(question.Warnings) > 0 {
				view.Warnings = append(view.Warnings, fault{Field: question.ID, Message: fmt.Sprintf("Question %d: %s", question.Number, strings.Join(question.Warnings, " "))})
			}
		}
		s.render(w, r, http.StatusOK, "answers", title, view)
		return
	}
	request := s.request(r)
	request.Seen = &view.Version
	result, err := s.options.Responses.RecordResponse(r.Context(), request, view.Campaign.Cycle, view.Organisation.ID, read.data)
	if err == nil {
		err = s.shareSaid(r, request, view.Campaign.Cycle, view.Organisation.ID)
	}
	var refusal *survey.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Code == survey.RefusedAlreadyClaimed:
		s.showHeld(w, r, view.Organisation, view.Campaign, refusal)
	case errors.As(err, &refusal) && refusal.Code == survey.RefusedAnswerChanged:
		view.fill(q, last, r.PostForm, read)
		view.Newer = true
		s.render(w, r, http.StatusConflict, "answers", "There are newer answers of "+view.Organisation.Name, view)
	case err != nil:
		s.fail(w, r, err)
	default:
		s.render(w, r, http.StatusOK, "recorded", "Answers recorded", recordedView{Organisation: view.Organisation, Campaign: view.Campaign, Result: result,
			Missing: missing(q, read.answers, view.Campaign.Cycle)})
	}
}

// recordedView says what became of the answers.
type recordedView struct {
	Organisation survey.Organisation
	Campaign     survey.Campaign
	Result       survey.ResponseResult
	Missing      []questionView
}

// missing lists the core questions without an answer.
func missing(q survey.Questionnaire, answers survey.Answers, cycle survey.Cycle) []questionView {
	var out []questionView
	for i, question := range q.Questions {
		if question.Core && answers.Of(question.ID).Status == survey.AnswerMissing {
			out = append(out, questionView{ID: string(question.ID), Number: i + 1, Text: question.Asked(cycle)})
		}
	}
	return out
}
