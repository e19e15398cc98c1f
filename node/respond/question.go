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

// asked returns the respondent and the number of the question in the path.
func (f *Form) asked(r *http.Request) (respondent, int, error) {
	c, err := f.unanswered(r)
	if err != nil {
		return c, 0, err
	}
	n, err := strconv.Atoi(r.PathValue("question"))
	if err != nil || n < 1 || n > len(c.q.Questions) {
		return c, 0, survey.ErrNotFound
	}
	return c, n, nil
}

func (f *Form) question(w http.ResponseWriter, r *http.Request) error {
	c, n, err := f.asked(r)
	if err != nil {
		return err
	}
	return f.showQuestion(w, r, http.StatusOK, c, n, page.Reading{}, r.URL.Query().Get("check") != "")
}

func (f *Form) showQuestion(w http.ResponseWriter, r *http.Request, status int, c respondent, n int, read page.Reading,
	check bool) error {
	question := c.q.Questions[n-1]
	view := oneView{Organisation: c.organisation, Of: len(c.q.Questions), Action: c.questionAddress(n), Check: check,
		Back: c.address("")}
	switch {
	case check:
		view.Back = c.address("/check")
	case n > 1:
		view.Back = c.questionAddress(n - 1)
	}

	view.Question = page.QuestionOf(c.q, n, c.campaign.Cycle, c.form)
	view.Question.Alone = true
	if c.last != nil {
		view.Question.Last = page.AnswerWords(question, c.last.Of(question.ID))
	}
	view.Question.Describe(read, question, c.form)
	title := fmt.Sprintf("Question %d of %d", n, len(c.q.Questions))
	return f.Render(w, r, status, "respond-question", title, view, view.Question.Faults()...)
}

func (f *Form) answer(w http.ResponseWriter, r *http.Request) error {
	c, n, err := f.asked(r)
	if err != nil {
		return err
	}
	question := c.q.Questions[n-1]
	typed := map[string][]string{}
	for _, name := range page.FieldNames(question) {
		delete(c.form, name)
		if values := r.PostForm[name]; len(values) > 0 {
			typed[name], c.form[name] = values, values
		}
	}

	// The draft is saved before the answer is checked, so that a faulty answer is not lost either.
	if err := f.options.Links.SaveSurveyDraft(r.Context(), c.link.ID, string(question.ID), typed); err != nil {
		return err
	}
	if err := f.options.Links.MarkSurveyLink(r.Context(), c.link.ID, store.LinkBegun, false); err != nil {
		return err
	}
	if r.PostForm.Get("later") != "" {
		return page.Redirect(w, r, c.address("/saved"))
	}

	// A warning holds the company here as a fault does, until it is confirmed.
	check := r.PostForm.Get("check") != ""
	read := page.ReadAnswers(c.q, c.form, c.last)
	warnings, _ := read.Unsure(question, c.form)
	switch {
	case len(read.Of(question.ID)) > 0 || len(warnings) > 0:
		return f.showQuestion(w, r, http.StatusUnprocessableEntity, c, n, read, check)
	case n < len(c.q.Questions) && !check:
		return page.Redirect(w, r, c.questionAddress(n+1))
	}
	return page.Redirect(w, r, c.address("/check"))
}
