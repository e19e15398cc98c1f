package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Links are the one-time links of the companies' form: store.Links.
type Links interface {
	CreateSurveyLink(context.Context, store.NewSurveyLink) (link store.SurveyLink, secret string, err error)
	SurveyLinks(survey.Cycle) ([]store.SurveyLink, error)
	SurveyLinkOf(survey.Cycle, survey.Identifier) (store.SurveyLink, error)
	RevokeSurveyLink(ctx context.Context, id string, by uint64) error
	RemindSurveyLink(ctx context.Context, id string, by uint64) (link store.SurveyLink, secret string, err error)
}

// linkLister lists the links of one survey, the newest last.
type linkLister interface {
	SurveyLinks(survey.Cycle) ([]store.SurveyLink, error)
}

// linkPages are the links of the companies' form, and the letters with them.
type linkPages struct {
	base
	links      Links
	post       letters.Sender
	claims     claimFinder
	companies  *companyPages
	respondURL string
}

// linkView is a new link with a letter that is ready to be sent, or was sent.
type linkView struct {
	Organisation survey.Organisation
	Cycle        survey.Cycle
	Email        string
	Address      string
	Ends         string
	Letter       store.SurveyLetter
	Delivery     *letters.Delivery
}

func (h *linkPages) create(w http.ResponseWriter, r *http.Request) error {
	o, campaign, err := h.companyIn(r)
	if err == nil {
		err = h.mayInvite(campaign, o)
	}
	if err != nil {
		return err
	}

	// Without a mail server the letter is shown, to be sent by hand.
	send, email := r.PostForm.Get("send") != "" && h.post.Sends(), strings.TrimSpace(r.PostForm.Get("email"))
	faulty := func(message string) error {
		return h.companies.showCompany(w, r, http.StatusUnprocessableEntity, o,
			page.Fault{Field: "email", Message: message})
	}
	if send && email == "" {
		return faulty("Enter the e-mail address to which the letter goes")
	}

	// The wish not to be written to holds for links as well as for letters.
	if email != "" {
		may, err := h.post.MayWrite(o.ID, email)
		if err != nil {
			return err
		}
		if !may {
			return faulty("This contact asked not to be written to. Choose another, or leave the address out")
		}
	}

	link, secret, err := h.links.CreateSurveyLink(r.Context(),
		store.NewSurveyLink{Cycle: campaign.Cycle, Organisation: o.ID, Email: email, Contact: r.PostForm.Get("contact"),
			By: page.VisitorOf(r).Actor, Expires: store.SurveyLinkExpiry(campaign, h.Now(), h.London)})
	switch {
	case errors.Is(err, survey.ErrInvalid):
		return faulty(page.Wrong(err))
	case err != nil:
		return err
	}

	round := h.round(r, campaign.Cycle, send)
	invitations := []letters.Reminder{round.Invitation(link, o, secret)}
	if send {
		round.Post(r.Context(), invitations)
	}
	made := invitations[0]
	return h.Render(w, r, http.StatusOK, "link", "Link for "+o.Name, linkView{Organisation: o, Cycle: link.Cycle,
		Email: link.Email, Address: made.Address, Ends: h.Day(link.Expires), Letter: made.Letter,
		Delivery: made.Delivery})
}

// mayInvite returns a page.Problem if this region does not hold the company.
func (h *linkPages) mayInvite(campaign survey.Campaign, o survey.Organisation) error {
	claim, err := h.claims.ClaimOf(campaign.Cycle, o.ID)
	switch {
	case err == nil && claim.Region == h.Region:
		return nil
	case err != nil && !errors.Is(err, survey.ErrNotFound):
		return err
	}
	return page.Problem{Status: http.StatusConflict, Title: "Claim the company first",
		Text: "Only the AHSN that holds a company asks it. Nothing was recorded.",
		Next: "Claim it on its page.", Link: companyAddress(o.ID), Label: o.Name}
}

// addressees are what a round of letters asks of the registry.
type addressees struct {
	claimFinder
	Organisations
}

// round is a round of letters that the visitor asks for.
func (h *linkPages) round(r *http.Request, cycle survey.Cycle, mail bool) letters.Round {
	// Without an address of its own the form is served on this one.
	base := cmp.Or(h.respondURL, "https://"+r.Host)
	return letters.Round{Region: h.Region, Cycle: cycle, Mailer: h.post, Links: h.links,
		Registry: addressees{h.claims, h.organisations}, Base: base, Now: h.Now(), London: h.London,
		By: page.VisitorOf(r).Actor, Mail: mail}
}

func (h *linkPages) end(w http.ResponseWriter, r *http.Request) error {
	o, campaign, err := h.companyIn(r)
	if err != nil {
		return err
	}

	link, err := h.links.SurveyLinkOf(campaign.Cycle, o.ID)
	if err == nil {
		err = h.links.RevokeSurveyLink(r.Context(), link.ID, page.VisitorOf(r).Actor)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, companyAddress(o.ID)+"#local")
}

// linksView is every link of the region in one survey.
type linksView struct {
	Campaign survey.Campaign
	Counts   linkCounts
	Rows     []linkRow
	Due      int // letters that people can send
	DueMail  int // letters that the mail server would send now
	MayMail  bool
	Sends    bool
}

type linkRow struct {
	Name, Address, Email string
	Stage                string
	Sent, Reminded       time.Time
	Reminders            int
	Ended                bool
}

func (h *linkPages) list(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	links, err := h.links.SurveyLinks(campaign.Cycle)
	if err != nil {
		return err
	}

	view := linksView{Campaign: campaign, Counts: countLinks(links), MayMail: page.VisitorOf(r).May(lead),
		Sends: h.post.Sends()}
	for _, l := range links {
		row := linkRow{Address: companyAddress(l.Organisation), Email: l.Email, Stage: linkWords[l.Stage()],
			Sent: l.Created, Reminders: len(l.Reminders), Ended: !l.Good(h.Now())}
		row.Name, _ = h.named(l.Organisation)
		if n := len(l.Reminders); n > 0 {
			row.Reminded = l.Reminders[n-1]
		}
		view.Rows = append(view.Rows, row)
	}

	// A round by mail leaves out the companies that had a letter today.
	for mail, into := range map[bool]*int{false: &view.Due, true: &view.DueMail} {
		due, err := h.round(r, campaign.Cycle, mail).Due()
		if err != nil {
			return err
		}
		*into = len(due)
	}
	return h.Render(w, r, http.StatusOK, "links", "Links for companies", view)
}
