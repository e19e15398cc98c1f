package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// respondent is what one request by a survey link works on.
type respondent struct {
	secret       string
	link         store.SurveyLink
	organisation survey.Organisation
	campaign     survey.Campaign
	q            survey.Questionnaire
	last         *survey.Answers
	form         url.Values // all that was typed so far
}

// address returns the address of one of the form's pages.
func (c respondent) address(page string) string {
	return "/respond/" + url.PathEscape(c.secret) + page
}

func (c respondent) questionAddress(number int) string {
	return c.address("/questions/" + strconv.Itoa(number))
}

var (
	problemNoLink = problem{Title: "This link is not known", Text: "The link may have been cut off, or it was typed wrongly.",
		Next: "Open the link in the e-mail again, or copy all of it. If that does not help, answer the e-mail and ask for a new link."}
	problemLinkEnded = problem{Title: "This link has ended", Text: "It was made for one survey, and its time is over, or a new one was sent instead.",
		Next: "Use the link in the newest e-mail, or answer the e-mail and ask for a new one. What you had entered is kept."}
	problemGuesses = problem{Title: "Too many links were not known", Text: "Links that do not exist were opened from your network too often.", Next: "Wait a minute, then open the link in the e-mail again."}
)

// respondWithout answers visitors without a link.
func (s *Site) respondWithout(w http.ResponseWriter, r *http.Request) {
	s.problem(w, r, http.StatusNotFound, problemNoLink)
}

// respondent finds whom the link belongs to; false means that a page was
// answered instead. A link is a secret: guesses are counted, and no answer
// tells a wrong one from one that never was.
func (s *Site) respondent(w http.ResponseWriter, r *http.Request) (respondent, bool) {
	from := "net " + network(r.RemoteAddr)
	if s.guesses.exhausted(from, s.now()) {
		s.problem(w, r, http.StatusTooManyRequests, problemGuesses)
		return respondent{}, false
	}
	c := respondent{secret: r.PathValue("link")}
	var err error
	c.link, err = s.options.Links.SurveyLinkBySecret(c.secret)
	switch {
	case errors.Is(err, store.ErrLinkEnded):
		s.problem(w, r, http.StatusGone, problemLinkEnded)
		return c, false
	case unauthenticated(err):
		s.guesses.failed(from, s.now())
		s.problem(w, r, http.StatusNotFound, problemNoLink)
		return c, false
	case err != nil:
		s.fail(w, r, err)
		return c, false
	}
	if err := s.prepare(r, &c); err != nil {
		s.fail(w, r, err)
		return c, false
	}
	return c, true
}

func (s *Site) prepare(r *http.Request, c *respondent) (err error) {
	if c.organisation, err = s.options.Registry.Organisation(c.link.Organisation); err != nil {
		return err
	}
	known := false
	if c.campaign, known = s.known(c.link.Cycle); !known {
		return fmt.Errorf("%w: campaign %s", survey.ErrNotFound, c.link.Cycle)
	}
	if c.q, c.last, err = s.questionnaireFor(r, c.campaign, c.organisation.ID); err != nil {
		return err
	}
	draft, err := s.options.Links.SurveyDraft(c.link.ID)
	if err != nil {
		return err
	}
	c.form = url.Values{}
	for _, fields := range draft.Fields {
		for name, values := range fields {
			c.form[name] = values
		}
	}
	return nil
}

// answered leads a company that has answered to the page that says so: nothing
// is shown again by the link alone, which may have been passed on.
func (s *Site) answered(w http.ResponseWriter, r *http.Request, c respondent) bool {
	if c.link.Complete.IsZero() {
		return false
	}
	http.Redirect(w, r, c.address("/done"), http.StatusSeeOther)
	return true
}

// startView is the first page of the companies' form.
type startView struct {
	Organisation survey.Organisation
	Campaign     survey.Campaign
	Region       survey.Region
	Questions    int
	Contact      string
	Begun        bool
	Address      string
	Check        string
	Ends         string
}

func (s *Site) respondStart(w http.ResponseWriter, r *http.Request) {
	c, ok := s.respondent(w, r)
	if !ok || s.answered(w, r, c) {
		return
	}
	if err := s.options.Links.MarkSurveyLink(r.Context(), c.link.ID, store.LinkOpened, false); err != nil {
		s.fail(w, r, err)
		return
	}
	view := startView{Organisation: c.organisation, Campaign: c.campaign, Region: s.region, Questions: len(c.q.Questions), Contact: c.link.Contact,
		Begun: len(c.form) > 0, Address: c.questionAddress(c.next()), Check: c.address("/check"), Ends: s.day(c.link.Expires)}
	s.render(w, r, http.StatusOK, "respond-start", "Yearly survey of "+c.organisation.Name, view)
}

// next is the first question without an answer, the last if all have one.
func (c respondent) next() int {
	for i, question := range c.q.Questions {
		typed := false
		for _, name := range fields(question) {
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
	Question     questionView
	Of           int
	Back         string
	Action       string
	Check        bool // the visitor came from checking the answers
}

// asked returns the question of the path.
func (s *Site) asked(w http.ResponseWriter, r *http.Request) (respondent, int, bool) {
	c, ok := s.respondent(w, r)
	if !ok || s.answered(w, r, c) {
		return c, 0, false
	}
	n, err := strconv.Atoi(r.PathValue("question"))
	if err != nil || n < 1 || n > len(c.q.Questions) {
		s.notFound(w, r)
		return c, 0, false
	}
	return c, n, true
}

func (s *Site) respondQuestion(w http.ResponseWriter, r *http.Request) {
	c, n, ok := s.asked(w, r)
	if !ok {
		return
	}
	s.showQuestion(w, r, http.StatusOK, c, n, reading{}, r.URL.Query().Get("check") != "")
}

func (s *Site) showQuestion(w http.ResponseWriter, r *http.Request, status int, c respondent, n int, read reading, check bool) {
	question := c.q.Questions[n-1]
	view := oneView{Organisation: c.organisation, Of: len(c.q.Questions), Action: c.questionAddress(n), Check: check, Back: c.address("")}
	if n > 1 {
		view.Back = c.questionAddress(n - 1)
	}
	if check {
		view.Back = c.address("/check")
	}
	view.Question = viewOf(c.q, n, c.campaign.Cycle, c.form)
	view.Question.Alone = true
	if c.last != nil {
		view.Question.Last = answerWords(question, c.last.Of(question.ID))
	}
	view.Question.describe(read, question, c.form)
	s.renderFaulty(w, r, status, "respond-question", fmt.Sprintf("Question %d of %d", n, len(c.q.Questions)), view, view.Question.faults())
}

func (s *Site) respondAnswer(w http.ResponseWriter, r *http.Request) {
	c, n, ok := s.asked(w, r)
	if !ok {
		return
	}
	question := c.q.Questions[n-1]
	typed := map[string][]string{}
	for _, name := range fields(question) {
		delete(c.form, name)
		if values := r.PostForm[name]; len(values) > 0 {
			typed[name], c.form[name] = values, values
		}
	}
	// What was typed is kept first, faulty or not: nothing gets lost.
	if err := s.options.Links.SaveSurveyDraft(r.Context(), c.link.ID, string(question.ID), typed); err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.options.Links.MarkSurveyLink(r.Context(), c.link.ID, store.LinkBegun, false); err != nil {
		s.fail(w, r, err)
		return
	}
	if r.PostForm.Get("later") != "" {
		http.Redirect(w, r, c.address("/saved"), http.StatusSeeOther)
		return
	}
	check := r.PostForm.Get("check") != ""
	read := readAnswers(c.q, c.form, c.last)
	warnings, _ := read.unsure(question, c.form)
	if len(read.of(question.ID)) > 0 || len(warnings) > 0 {
		s.showQuestion(w, r, http.StatusUnprocessableEntity, c, n, read, check)
		return
	}
	target := c.address("/check")
	if n < len(c.q.Questions) && !check {
		target = c.questionAddress(n + 1)
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

func (s *Site) respondSaved(w http.ResponseWriter, r *http.Request) {
	c, ok := s.respondent(w, r)
	if !ok || s.answered(w, r, c) {
		return
	}
	view := startView{Organisation: c.organisation, Campaign: c.campaign, Region: s.region, Address: c.questionAddress(c.next()), Ends: s.day(c.link.Expires)}
	s.render(w, r, http.StatusOK, "respond-saved", "Your answers are saved", view)
}

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
