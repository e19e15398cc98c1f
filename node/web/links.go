package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// linkView is a new link with a letter that is ready to be sent.
type linkView struct {
	Organisation survey.Organisation
	Cycle        survey.Cycle
	Email        string
	Address      string
	Ends         string
	Letter       store.SurveyLetter
}

func (s *Site) makeLink(w http.ResponseWriter, r *http.Request) {
	o, ok := s.company(w, r)
	if !ok {
		return
	}
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	claim, err := s.options.Registry.ClaimOf(campaign.Cycle, o.ID)
	if err != nil || claim.Region != s.region {
		if err != nil && !errors.Is(err, survey.ErrNotFound) {
			s.fail(w, r, err)
			return
		}
		s.problem(w, r, http.StatusConflict, problem{Title: "Claim the company first", Text: "Only the AHSN that holds a company asks it. Nothing was recorded.",
			Next: "Claim it on its page.", Link: companyAddress(o.ID), Label: o.Name})
		return
	}
	link, secret, err := s.options.Links.CreateSurveyLink(r.Context(), store.NewSurveyLink{Cycle: campaign.Cycle, Organisation: o.ID,
		Email: r.PostForm.Get("email"), Contact: r.PostForm.Get("contact"), Expires: store.SurveyLinkExpiry(campaign, s.now(), s.london), By: visitorOf(r).Actor})
	if errors.Is(err, survey.ErrInvalid) {
		s.showCompany(w, r, http.StatusUnprocessableEntity, o, []fault{{Field: "email", Message: sentence(humanError(err))}})
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.render(w, r, http.StatusOK, "link", "Link for "+o.Name, s.letter(r, o, link, secret, false))
}

// letter writes what is sent with a link.
func (s *Site) letter(r *http.Request, o survey.Organisation, link store.SurveyLink, secret string, reminder bool) linkView {
	base := strings.TrimSuffix(s.options.RespondURL, "/")
	if base == "" {
		base = "https://" + r.Host
	}
	v := linkView{Organisation: o, Cycle: link.Cycle, Email: link.Email, Address: base + "/respond/" + secret, Ends: s.day(link.Expires)}
	v.Letter = link.Letter(s.region, o.Name, v.Address, v.Ends, reminder)
	return v
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
		err = s.options.Links.RevokeSurveyLink(r.Context(), link.ID, visitorOf(r).Actor)
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
	Due      int
	MayMail  bool
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
	view := linksView{Campaign: campaign, Counts: countLinks(links), MayMail: visitorOf(r).May(lead)}
	for _, l := range links {
		row := linkRow{Name: string(l.Organisation), Address: companyAddress(l.Organisation), Email: l.Email, Stage: linkWords[l.Stage()], Sent: l.Created,
			Reminders: len(l.Reminders), Ended: !l.Good(s.now())}
		if o, err := s.options.Registry.Organisation(l.Organisation); err == nil {
			row.Name = o.Name
		}
		if n := len(l.Reminders); n > 0 {
			row.Reminded = l.Reminders[n-1]
		}
		if s.mayRemind(campaign, l) {
			view.Due++
		}
		view.Rows = append(view.Rows, row)
	}
	s.render(w, r, http.StatusOK, "links", "Links for companies", view)
}

// mayRemind reports whether a company should be asked again.
func (s *Site) mayRemind(campaign survey.Campaign, l store.SurveyLink) bool {
	claim, err := s.options.Registry.ClaimOf(campaign.Cycle, l.Organisation)
	return err == nil && l.MayRemind(claim, s.region, s.now())
}

var mergeHeader = []string{"Email", "Contact", "Company", "Link", "Ends", "Subject", "Body"}

// remind makes a reminder for every company that should be asked again, as a
// file for a mail merge.
func (s *Site) remind(w http.ResponseWriter, r *http.Request) {
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	links, err := s.options.Links.SurveyLinks(campaign.Cycle)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var rows [][]cell
	for _, l := range links {
		if !s.mayRemind(campaign, l) {
			continue
		}
		o, err := s.options.Registry.Organisation(l.Organisation)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		reminded, secret, err := s.options.Links.RemindSurveyLink(r.Context(), l.ID, visitorOf(r).Actor)
		if errors.Is(err, survey.ErrInvalid) {
			continue // it was answered, ended or reminded too often meanwhile
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		v := s.letter(r, o, reminded, secret, true)
		rows = append(rows, []cell{text(l.Email), text(l.Contact), text(o.Name), text(v.Address), text(v.Ends), text(v.Letter.Subject), text(v.Letter.Body)})
	}
	s.writeCSV(w, fmt.Sprintf("reminders-%s-%s", campaign.Cycle, s.now().In(s.london).Format(time.DateOnly)), mergeHeader, rows)
}
