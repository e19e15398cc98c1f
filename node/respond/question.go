package respond

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// next is the first question without an answer, the last if all have one.
func (c respondent) next() int {
	for i, question := range c.q.Questions {
		typed := false
		for _, name := range page.FieldNames(question) {
			typed = typed || strings.Join(c.form[name], "") != ""
		}
		if !typed {
			return i + 1
		}
	}
	return len(c.q.Questions)
}

// oneView is one question on a page of its own.
type oneView struct {
	Organisation survey.Organisation
	Question     page.Question
	Of           int
	Back         string
	Action       string
	Check        bool // the visitor came from checking the answers
}

// asked returns the question of the path.
func (f *Form) asked(w http.ResponseWriter, r *http.Request) (respondent, int, bool) {
	c, ok := f.respondent(w, r)
	if !ok || f.answered(w, r, c) {
		return c, 0, false
	}
	n, err := strconv.Atoi(r.PathValue("question"))
	if err != nil || n < 1 || n > len(c.q.Questions) {
		f.NotFound(w, r)
		return c, 0, false
	}
	return c, n, true
}

func (f *Form) question(w http.ResponseWriter, r *http.Request) {
	c, n, ok := f.asked(w, r)
	if !ok {
		return
	}
	f.showQuestion(w, r, http.StatusOK, c, n, page.Reading{}, r.URL.Query().Get("check") != "")
}

func (f *Form) showQuestion(w http.ResponseWriter, r *http.Request, status int, c respondent, n int, read page.Reading, check bool) {
	question := c.q.Questions[n-1]
	view := oneView{Organisation: c.organisation, Of: len(c.q.Questions), Action: c.questionAddress(n), Check: check, Back: c.address("")}
	if n > 1 {
		view.Back = c.questionAddress(n - 1)
	}
	if check {
		view.Back = c.address("/check")
	}
	view.Question = page.QuestionOf(c.q, n, c.campaign.Cycle, c.form)
	view.Question.Alone = true
	if c.last != nil {
		view.Question.Last = page.AnswerWords(question, c.last.Of(question.ID))
	}
	view.Question.Describe(read, question, c.form)
	f.RenderFaulty(w, r, status, "respond-question", fmt.Sprintf("Question %d of %d", n, len(c.q.Questions)), view, view.Question.Faults())
}

func (f *Form) answer(w http.ResponseWriter, r *http.Request) {
	c, n, ok := f.asked(w, r)
	if !ok {
		return
	}
	question := c.q.Questions[n-1]
	typed := map[string][]string{}
	for _, name := range page.FieldNames(question) {
		delete(c.form, name)
		if values := r.PostForm[name]; len(values) > 0 {
			typed[name], c.form[name] = values, values
		}
	}
	// What was typed is kept first, faulty or not: nothing gets lost.
	if err := f.options.Links.SaveSurveyDraft(r.Context(), c.link.ID, string(question.ID), typed); err != nil {
		f.Fail(w, r, err)
		return
	}
	if err := f.options.Links.MarkSurveyLink(r.Context(), c.link.ID, store.LinkBegun, false); err != nil {
		f.Fail(w, r, err)
		return
	}
	if r.PostForm.Get("later") != "" {
		http.Redirect(w, r, c.address("/saved"), http.StatusSeeOther)
		return
	}
	check := r.PostForm.Get("check") != ""
	read := page.ReadAnswers(c.q, c.form, c.last)
	warnings, _ := read.Unsure(question, c.form)
	if len(read.Of(question.ID)) > 0 || len(warnings) > 0 {
		f.showQuestion(w, r, http.StatusUnprocessableEntity, c, n, read, check)
		return
	}
	target := c.address("/check")
	if n < len(c.q.Questions) && !check {
		target = c.questionAddress(n + 1)
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}
