package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// How often an unknown link may be opened at once, and then one by one.
const (
	guessBurst = 20
	guessEvery = time.Second
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
	from := "net " + middleware.Network(r.RemoteAddr)
	if s.guesses.Exhausted(from, s.now()) {
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
		s.guesses.Fail(from, s.now())
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

func (s *Site) respondSaved(w http.ResponseWriter, r *http.Request) {
	c, ok := s.respondent(w, r)
	if !ok || s.answered(w, r, c) {
		return
	}
	view := startView{Organisation: c.organisation, Campaign: c.campaign, Region: s.region, Address: c.questionAddress(c.next()), Ends: s.day(c.link.Expires)}
	s.render(w, r, http.StatusOK, "respond-saved", "Your answers are saved", view)
}
