package respond

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/node/page"
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
	problemNoLink = page.Problem{Title: "This link is not known", Text: "The link may have been cut off, or it was typed wrongly.",
		Next: "Open the link in the e-mail again, or copy all of it. If that does not help, answer the e-mail and ask for a new link."}
	problemLinkEnded = page.Problem{Title: "This link has ended", Text: "It was made for one survey, and its time is over, or a new one was sent instead.",
		Next: "Use the link in the newest e-mail, or answer the e-mail and ask for a new one. What you had entered is kept."}
	problemGuesses = page.Problem{Title: "Too many links were not known", Text: "Links that do not exist were opened from your network too often.", Next: "Wait a minute, then open the link in the e-mail again."}
)

// withoutLink answers visitors without a link.
func (f *Form) withoutLink(w http.ResponseWriter, r *http.Request) {
	f.Problem(w, r, http.StatusNotFound, problemNoLink)
}

// respondent finds whom the link belongs to; false means that a page was
// answered instead. A link is a secret: guesses are counted, and no answer
// tells a wrong one from one that never was.
func (f *Form) respondent(w http.ResponseWriter, r *http.Request) (respondent, bool) {
	from := "net " + middleware.Network(r.RemoteAddr)
	if f.guesses.Exhausted(from, f.Now()) {
		f.Problem(w, r, http.StatusTooManyRequests, problemGuesses)
		return respondent{}, false
	}
	c := respondent{secret: r.PathValue("link")}
	var err error
	c.link, err = f.options.Links.SurveyLinkBySecret(c.secret)
	switch {
	case errors.Is(err, store.ErrLinkEnded):
		f.Problem(w, r, http.StatusGone, problemLinkEnded)
		return c, false
	case errors.Is(err, store.ErrUnauthenticated):
		f.guesses.Fail(from, f.Now())
		f.Problem(w, r, http.StatusNotFound, problemNoLink)
		return c, false
	case err != nil:
		f.Fail(w, r, err)
		return c, false
	}
	if err := f.prepare(r, &c); err != nil {
		f.Fail(w, r, err)
		return c, false
	}
	return c, true
}

func (f *Form) prepare(r *http.Request, c *respondent) (err error) {
	if c.organisation, err = f.options.Organisations.Organisation(c.link.Organisation); err != nil {
		return err
	}
	campaigns := f.options.Campaigns.Campaigns()
	at := slices.IndexFunc(campaigns, func(known survey.Campaign) bool { return known.Cycle == c.link.Cycle })
	if at < 0 {
		return fmt.Errorf("%w: campaign %s", survey.ErrNotFound, c.link.Cycle)
	}
	c.campaign = campaigns[at]
	if c.q, c.last, err = page.QuestionnaireOf(r.Context(), f.options.Editions, f.options.Responses, c.campaign, c.organisation.ID); err != nil {
		return err
	}
	draft, err := f.options.Links.SurveyDraft(c.link.ID)
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
func (f *Form) answered(w http.ResponseWriter, r *http.Request, c respondent) bool {
	if c.link.Complete.IsZero() {
		return false
	}
	http.Redirect(w, r, c.address("/done"), http.StatusSeeOther)
	return true
}
