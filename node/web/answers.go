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

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

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

func (s *Site) answersPage(w http.ResponseWriter, r *http.Request) {
	view, q, last, ok := s.answersFor(w, r)
	if !ok {
		return
	}
	form := url.Values{}
	recorded, err := s.options.Responses.Response(r.Context(), view.Campaign.Cycle, view.Organisation.ID)
	switch {
	case err == nil && recorded.Answers.Questionnaire == q.ID:
		form, view.Recorded, view.Version = page.FormOf(q, recorded.Answers), true, recorded.Version
	case err == nil:
		view.Version = recorded.Version
	case !errors.Is(err, survey.ErrNotFound):
		s.fail(w, r, err)
		return
	}
	view.fill(q, last, form, page.Reading{})
	s.Render(w, r, http.StatusOK, "answers", "Answers of "+view.Organisation.Name, view)
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
	if err == nil && claim.Region != s.Region {
		s.showHeld(w, r, o, campaign, &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: claim.Region, Since: claim.ClaimedAt})
		return view, survey.Questionnaire{}, nil, false
	}
	if err == nil {
		view.Held = &claim
	}
	q, last, err := page.QuestionnaireOf(r.Context(), s.options.Editions, s.options.Responses, campaign, o.ID)
	if err != nil {
		s.fail(w, r, err)
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

func (s *Site) recordAnswers(w http.ResponseWriter, r *http.Request) {
	view, q, last, ok := s.answersFor(w, r)
	if !ok {
		return
	}
	view.Version, _ = strconv.ParseUint(r.PostForm.Get("version"), 10, 64) // without one: made when there were none
	title := "Answers of " + view.Organisation.Name
	read := page.ReadAnswers(q, r.PostForm, last)
	if len(read.Problems) > 0 {
		faults := view.fill(q, last, r.PostForm, read)
		s.RenderFaulty(w, r, http.StatusUnprocessableEntity, "answers", title, view, faults)
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
		s.Render(w, r, http.StatusOK, "answers", title, view)
		return
	}
	request := page.Request(r)
	request.Seen = &view.Version
	result, err := s.options.Responses.RecordResponse(r.Context(), request, view.Campaign.Cycle, view.Organisation.ID, read.Data)
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
		s.Render(w, r, http.StatusConflict, "answers", "There are newer answers of "+view.Organisation.Name, view)
	case err != nil:
		s.fail(w, r, err)
	default:
		s.Render(w, r, http.StatusOK, "recorded", "Answers recorded", recordedView{Organisation: view.Organisation, Campaign: view.Campaign, Result: result,
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
