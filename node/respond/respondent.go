package respond

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// respondent is the company of a survey link, with its survey and its draft.
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
	problemNoLink = page.Problem{Status: http.StatusNotFound, Title: "This link is not known",
		Text: "The link may have been cut off, or it was typed wrongly.",
		Next: "Open the link in the e-mail again, or copy all of it. " +
			"If that does not help, reply to the e-mail and ask for a new link."}
	problemLinkEnded = page.Problem{Status: http.StatusGone, Title: "This link has ended",
		Text: "It was made for one survey, and its time is over, or a new one was sent instead.",
		Next: "Use the link in the newest e-mail, or reply to the e-mail and ask for a new one. " +
			"The answers that you entered are kept."}
	problemGuesses = page.Problem{Status: http.StatusTooManyRequests, Title: "Too many links were not known",
		Text: "Links that do not exist were opened from your network too often.",
		Next: "Wait a minute, then open the link in the e-mail again."}
)

// withoutLink answers visitors without a link.
func (f *Form) withoutLink(http.ResponseWriter, *http.Request) error { return problemNoLink }

// respondent finds the company of the link. Links are secrets: guesses are
// counted, and no answer tells a wrong link from one that never existed.
func (f *Form) respondent(r *http.Request) (c respondent, err error) {
	from := "net " + middleware.Network(r.RemoteAddr)
	if f.guesses.Exhausted(from, f.Now()) {
		return c, problemGuesses
	}

	c.secret = r.PathValue("link")
	c.link, err = f.options.Links.SurveyLinkBySecret(c.secret)
	switch {
	case errors.Is(err, store.ErrLinkEnded):
		return c, problemLinkEnded
	case errors.Is(err, store.ErrUnauthenticated):
		f.guesses.Fail(from, f.Now())
		return c, problemNoLink
	case err != nil:
		return c, err
	}
	return c, f.prepare(r, &c)
}

// prepare reads the company, the survey, the questionnaire and the draft of the link.
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
	c.q, c.last, err = page.QuestionnaireOf(r.Context(), f.options.Editions, f.options.Responses, c.campaign,
		c.organisation.ID)
	if err != nil {
		return err
	}

	// The draft has the fields of each question apart.
	draft, err := f.options.Links.SurveyDraft(c.link.ID)
	if err != nil {
		return err
	}
	c.form = url.Values{}
	for _, fields := range draft.Fields {
		maps.Copy(c.form, fields)
	}
	return nil
}

// answeredError is the error for a company that has answered already: the address of the page
// that says so.
type answeredError string

// Error implements error.
func (e answeredError) Error() string { return "the company has answered already" }

// unanswered is respondent for the pages before the answers are sent. It returns
// an answeredError afterwards: a link may have been passed on, so it shows no answer again.
func (f *Form) unanswered(r *http.Request) (respondent, error) {
	c, err := f.respondent(r)
	if err == nil && !c.link.Complete.IsZero() {
		err = answeredError(c.address("/done"))
	}
	return c, err
}
