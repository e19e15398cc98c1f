package web

import (
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

func (h *linkPages) create(w http.ResponseWriter, r *http.Request) {
	o, campaign, ok := h.companyIn(w, r)
	if !ok || !h.mayInvite(w, r, campaign, o) {
		return
	}
	send, email := r.PostForm.Get("send") != "" && h.post.Sends(), strings.TrimSpace(r.PostForm.Get("email"))
	faulty := func(message string) {
		h.companies.showCompany(w, r, http.StatusUnprocessableEntity, o, []page.Fault{{Field: "email", Message: message}})
	}
	if send && email == "" {
		faulty("Enter the e-mail address that the letter goes to")
		return
	}
	if email != "" {
		may, err := h.post.MayWrite(o.ID, email)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		if !may {
			faulty("This contact asked not to be written to. Choose another, or leave the address out")
			return
		}
	}
	link, secret, err := h.links.CreateSurveyLink(r.Context(), store.NewSurveyLink{Cycle: campaign.Cycle, Organisation: o.ID,
		Email: email, Contact: r.PostForm.Get("contact"), Expires: store.SurveyLinkExpiry(campaign, h.Now(), h.London), By: page.VisitorOf(r).Actor})
	if errors.Is(err, survey.ErrInvalid) {
		faulty(page.Wrong(err))
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	round := h.round(r, campaign.Cycle, send)
	invitations := []letters.Reminder{round.Invitation(link, o, secret)}
	if send {
		round.Post(r.Context(), invitations)
	}
	made := invitations[0]
	h.Render(w, r, http.StatusOK, "link", "Link for "+o.Name, linkView{Organisation: o, Cycle: link.Cycle, Email: link.Email, Address: made.Address,
		Ends: h.Day(link.Expires), Letter: made.Letter, Delivery: made.Delivery})
}

// mayInvite reports whether this region holds the company, and answers with a
// page that says so if it does not.
func (h *linkPages) mayInvite(w http.ResponseWriter, r *http.Request, campaign survey.Campaign, o survey.Organisation) bool {
	claim, err := h.claims.ClaimOf(campaign.Cycle, o.ID)
	if err == nil && claim.Region == h.Region {
		return true
	}
	if err != nil && !errors.Is(err, survey.ErrNotFound) {
		h.fail(w, r, err)
		return false
	}
	h.Problem(w, r, http.StatusConflict, page.Problem{Title: "Claim the company first", Text: "Only the AHSN that holds a company asks it. Nothing was recorded.",
		Next: "Claim it on its page.", Link: companyAddress(o.ID), Label: o.Name})
	return false
}

// addressees are what a round of letters asks of the registry.
type addressees struct {
	claimFinder
	Organisations
}

// round is a round of letters that the visitor asks for.
func (h *linkPages) round(r *http.Request, cycle survey.Cycle, mail bool) letters.Round {
	base := h.respondURL
	if base == "" {
		base = "https://" + r.Host
	}
	return letters.Round{Region: h.Region, Cycle: cycle, Mailer: h.post, Links: h.links, Registry: addressees{h.claims, h.organisations},
		Base: base, Now: h.Now(), London: h.London, By: page.VisitorOf(r).Actor, Mail: mail}
}

func (h *linkPages) end(w http.ResponseWriter, r *http.Request) {
	o, campaign, ok := h.companyIn(w, r)
	if !ok {
		return
	}
	link, err := h.links.SurveyLinkOf(campaign.Cycle, o.ID)
	if err == nil {
		err = h.links.RevokeSurveyLink(r.Context(), link.ID, page.VisitorOf(r).Actor)
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	http.Redirect(w, r, companyAddress(o.ID)+"#local", http.StatusSeeOther)
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

func (h *linkPages) list(w http.ResponseWriter, r *http.Request) {
	campaign, ok := h.campaign(w, r)
	if !ok {
		return
	}
	links, err := h.links.SurveyLinks(campaign.Cycle)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	view := linksView{Campaign: campaign, Counts: countLinks(links), MayMail: page.VisitorOf(r).May(lead), Sends: h.post.Sends()}
	for _, l := range links {
		row := linkRow{Name: string(l.Organisation), Address: companyAddress(l.Organisation), Email: l.Email, Stage: linkWords[l.Stage()], Sent: l.Created,
			Reminders: len(l.Reminders), Ended: !l.Good(h.Now())}
		if o, err := h.organisations.Organisation(l.Organisation); err == nil {
			row.Name = o.Name
		}
		if n := len(l.Reminders); n > 0 {
			row.Reminded = l.Reminders[n-1]
		}
		view.Rows = append(view.Rows, row)
	}
	for mail, into := range map[bool]*int{false: &view.Due, true: &view.DueMail} {
		due, err := h.round(r, campaign.Cycle, mail).Due()
		if err != nil {
			h.fail(w, r, err)
			return
		}
		*into = len(due)
	}
	h.Render(w, r, http.StatusOK, "links", "Links for companies", view)
}
