package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// campaignView is one yearly survey, and what waits for a second AHSN.
type campaignView struct {
	Campaign  survey.Campaign
	Campaigns []survey.Campaign
	Proposals []proposalView
	Done      string
	// Steps are what can be proposed, for a lead; Typed is what was entered.
	Steps    []campaignStep
	Eligible int          // companies in the survey
	TakeOver survey.Cycle // whose companies can be taken over, for a lead
	Policies []policyView
	Typed    typedCampaign
}

// proposalView is what one AHSN proposed and a second one may agree to.
type proposalView struct {
	Number     uint64
	What       string
	By         survey.Region
	At, Lapses time.Time
	Reason     survey.ReasonCode
	MayAgree   bool
	Ours       bool
	About      bool // it is about us
}

// certifying are the kinds that the page of final figures shows.
var certifying = map[survey.ProposalKind]bool{survey.ProposeLetStand: true, survey.ProposeMarkAbsent: true, survey.ProposeOpenRevision: true}

// proposalsFor lists what waits for a second region in the cycle: the steps
// towards final figures, or the others of the campaign.
func (s *Site) proposalsFor(cycle survey.Cycle, certification bool) []proposalView {
	var out []proposalView
	for _, p := range s.options.Proposals.Proposals() {
		if p.State != survey.ProposalOpen || p.Cycle != cycle || certifying[p.Kind] != certification {
			continue
		}
		words := s.proposalWords(p)
		if words == "" {
			continue // about one company, or a region's place in the federation
		}
		view := proposalView{Number: p.Number, What: words, By: p.By, At: p.At, Lapses: p.Lapses, Reason: p.Reason, Ours: p.By == s.Region, About: p.Region == s.Region}
		view.MayAgree = !view.Ours && !view.About
		out = append(out, view)
	}
	return out
}

// proposalWords says what a proposal would do, "" for kinds that other pages
// show.
func (s *Site) proposalWords(p survey.Proposal) string {
	switch p.Kind {
	case survey.ProposeOpenCampaign:
		words := "Open the survey of " + string(p.Cycle)
		if p.Terms != nil {
			if p.Terms.Opens != "" {
				words += ", from " + page.Date(p.Terms.Opens)
			}
			if p.Terms.Closes != "" {
				words += " to " + page.Date(p.Terms.Closes)
			}
			words += fmt.Sprintf(", with the release rules “%s”", policyWords(p.Terms.Policy))
		}
		return words
	case survey.ProposeCloseCampaign:
		return "Close the survey of " + string(p.Cycle) + " and begin to make its figures final"
	case survey.ProposeCampaignDates:
		words := "Change the dates of the survey:"
		if p.Opens != "" {
			words += " it opens on " + page.Date(p.Opens)
		}
		if p.Closes != "" {
			if p.Opens != "" {
				words += " and"
			}
			words += " it is to close on " + page.Date(p.Closes)
		}
		return words
	case survey.ProposeCampaignPolicy:
		return fmt.Sprintf("Change the release rules to “%s”", policyWords(p.Policy))
	case survey.ProposeCampaignLapse:
		if p.LapseDays == 0 {
			return "Let claims stand, however long nothing happens"
		}
		return "Free a company again when its AHSN does nothing for " + page.Plural(p.LapseDays, "day")
	case survey.ProposeFreezeEligible:
		return "Fix the list of companies in the survey: what is added later counts as late"
	case survey.ProposeLetStand:
		return fmt.Sprintf("Let the last signed figures of %s stand in %s", p.Region.Name(), editionName(p.Revision))
	case survey.ProposeMarkAbsent:
		return fmt.Sprintf("Go on without the figures of %s in %s", p.Region.Name(), editionName(p.Revision))
	case survey.ProposeOpenRevision:
		return "Open " + editionName(p.Revision) + " of the year"
	}
	return ""
}

// editionName is what people call a revision in a sentence.
func editionName(revision int) string {
	if revision == 0 {
		return "the first figures"
	}
	return fmt.Sprintf("revision %d", revision)
}

func campaignAddress(cycle survey.Cycle) string { return "/campaigns/" + url.PathEscape(string(cycle)) }

func (s *Site) campaignPage(w http.ResponseWriter, r *http.Request) {
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	s.showCampaign(w, r, http.StatusOK, campaign, typedCampaign{}, nil)
}

func (s *Site) showCampaign(w http.ResponseWriter, r *http.Request, status int, campaign survey.Campaign, typed typedCampaign, faults []page.Fault) {
	view := campaignView{Campaign: campaign, Campaigns: s.options.Registry.Campaigns(), Proposals: s.proposalsFor(campaign.Cycle, false),
		Done: stepsDone[r.URL.Query().Get("done")], Policies: policyTexts, Typed: typed}
	view.Eligible = s.eligibleCount(campaign.Cycle)
	if page.VisitorOf(r).May(lead) {
		view.Steps = campaignStepsOf(campaign)
	}
	if earlier := s.earlier(campaign.Cycle); len(earlier) > 0 && s.mayAdd(r, campaign) {
		view.TakeOver = earlier[0]
	}
	s.RenderFaulty(w, r, status, "campaign", "Survey "+string(campaign.Cycle), view, faults)
}

// endorse consents to what another region proposed for the cycle.
func (s *Site) endorse(w http.ResponseWriter, r *http.Request) {
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	number, err := strconv.ParseUint(r.PostForm.Get("number"), 10, 64)
	if err != nil {
		s.Problem(w, r, http.StatusUnprocessableEntity, page.Unreadable)
		return
	}
	back := campaignAddress(campaign.Cycle)
	for _, p := range s.options.Proposals.Proposals() {
		if p.Number == number && certifying[p.Kind] {
			back = certificationAddress(campaign.Cycle)
		}
	}
	outcome, err := s.options.Proposals.Endorse(r.Context(), page.Request(r), number, "")
	if err == nil && outcome.Refusal != nil {
		err = outcome.Refusal
	}
	var refusal *survey.Refusal
	switch {
	case err == nil:
	case errors.As(err, &refusal):
		p := page.Refused(refusal)
		if p.Link, p.Label = back, "Survey "+string(campaign.Cycle); back != campaignAddress(campaign.Cycle) {
			p.Label = "Final figures " + string(campaign.Cycle)
		}
		s.Problem(w, r, http.StatusConflict, p)
		return
	default:
		s.failCertification(w, r, campaign.Cycle, err)
		return
	}
	http.Redirect(w, r, back+"?done="+stepDone(outcome, "endorsed"), http.StatusSeeOther)
}
