package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

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

func (s *Site) makeLink(w http.ResponseWriter, r *http.Request) {
	o, ok := s.company(w, r)
	if !ok {
		return
	}
	campaign, ok := s.campaign(w, r)
	if !ok || !s.mayInvite(w, r, campaign, o) {
		return
	}
	send, email := r.PostForm.Get("send") != "" && s.options.Post.Sends(), strings.TrimSpace(r.PostForm.Get("email"))
	faulty := func(message string) {
		s.showCompany(w, r, http.StatusUnprocessableEntity, o, []page.Fault{{Field: "email", Message: message}})
	}
	if send && email == "" {
		faulty("Enter the e-mail address that the letter goes to")
		return
	}
	if email != "" {
		may, err := s.options.Post.MayWrite(o.ID, email)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if !may {
			faulty("This contact asked not to be written to. Choose another, or leave the address out")
			return
		}
	}
	link, secret, err := s.options.Links.CreateSurveyLink(r.Context(), store.NewSurveyLink{Cycle: campaign.Cycle, Organisation: o.ID,
		Email: email, Contact: r.PostForm.Get("contact"), Expires: store.SurveyLinkExpiry(campaign, s.Now(), s.London), By: page.VisitorOf(r).Actor})
	if errors.Is(err, survey.ErrInvalid) {
		faulty(page.Wrong(err))
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	round := s.round(r, campaign.Cycle, send)
	invitations := []letters.Reminder{round.Invitation(link, o, secret)}
	if send {
		round.Post(r.Context(), invitations)
	}
	made := invitations[0]
	s.Render(w, r, http.StatusOK, "link", "Link for "+o.Name, linkView{Organisation: o, Cycle: link.Cycle, Email: link.Email, Address: made.Address,
		Ends: s.Day(link.Expires), Letter: made.Letter, Delivery: made.Delivery})
}

// mayInvite reports whether this region holds the company, and answers with a
// page that says so if it does not.
func (s *Site) mayInvite(w http.ResponseWriter, r *http.Request, campaign survey.Campaign, o survey.Organisation) bool {
	claim, err := s.options.Registry.ClaimOf(campaign.Cycle, o.ID)
	if err == nil && claim.Region == s.Region {
		return true
	}
	if err != nil && !errors.Is(err, survey.ErrNotFound) {
		s.fail(w, r, err)
		return false
	}
	s.Problem(w, r, http.StatusConflict, page.Problem{Title: "Claim the company first", Text: "Only the AHSN that holds a company asks it. Nothing was recorded.",
		Next: "Claim it on its page.", Link: companyAddress(o.ID), Label: o.Name})
	return false
}

// round is a round of letters that the visitor asks for.
func (s *Site) round(r *http.Request, cycle survey.Cycle, mail bool) letters.Round {
	base := s.options.RespondURL
	if base == "" {
		base = "https://" + r.Host
	}
	return letters.Round{Region: s.Region, Cycle: cycle, Mailer: s.options.Post, Links: s.options.Links, Registry: s.options.Registry,
		Base: base, Now: s.Now(), London: s.London, By: page.VisitorOf(r).Actor, Mail: mail}
}

func (s *Site) endLink(w http.ResponseWriter, r *http.Request) {
	o, ok := s.company(w, r)
	if !ok {
		return
	}
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	link, err := s.options.Links.SurveyLinkOf(campaign.Cycle, o.ID)
	if err == nil {
		err = s.options.Links.RevokeSurveyLink(r.Context(), link.ID, page.VisitorOf(r).Actor)
	}
	if err != nil {
		s.fail(w, r, err)
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

func (s *Site) linksPage(w http.ResponseWriter, r *http.Request) {
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	links, err := s.options.Links.SurveyLinks(campaign.Cycle)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	view := linksView{Campaign: campaign, Counts: countLinks(links), MayMail: page.VisitorOf(r).May(lead), Sends: s.options.Post.Sends()}
	for _, l := range links {
		row := linkRow{Name: string(l.Organisation), Address: companyAddress(l.Organisation), Email: l.Email, Stage: linkWords[l.Stage()], Sent: l.Created,
			Reminders: len(l.Reminders), Ended: !l.Good(s.Now())}
		if o, err := s.options.Registry.Organisation(l.Organisation); err == nil {
			row.Name = o.Name
		}
		if n := len(l.Reminders); n > 0 {
			row.Reminded = l.Reminders[n-1]
		}
		view.Rows = append(view.Rows, row)
	}
	for mail, into := range map[bool]*int{false: &view.Due, true: &view.DueMail} {
		due, err := s.round(r, campaign.Cycle, mail).Due()
		if err != nil {
			s.fail(w, r, err)
			return
		}
		*into = len(due)
	}
	s.Render(w, r, http.StatusOK, "links", "Links for companies", view)
}
