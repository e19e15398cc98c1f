package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// Proposals are what one region proposed and a second one may consent to, in
// the order in which they were made.
type Proposals interface {
	Proposals() []survey.Proposal
	Endorse(ctx context.Context, request survey.Request, number uint64, words string) (survey.Outcome, error)
}

// proposalLister lists what waits for a second region.
type proposalLister interface{ Proposals() []survey.Proposal }

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
func proposalsFor(proposals []survey.Proposal, ours survey.Region, cycle survey.Cycle, certification bool) []proposalView {
	var out []proposalView
	for _, p := range proposals {
		if p.State != survey.ProposalOpen || p.Cycle != cycle || certifying[p.Kind] != certification {
			continue
		}
		words := proposalWords(p)
		if words == "" {
			continue // about one company, or a region's place in the federation
		}
		view := proposalView{Number: p.Number, What: words, By: p.By, At: p.At, Lapses: p.Lapses, Reason: p.Reason, Ours: p.By == ours, About: p.Region == ours}
		view.MayAgree = !view.Ours && !view.About
		out = append(out, view)
	}
	return out
}

// proposalWords says what a proposal would do, "" for kinds that other pages
// show.
func proposalWords(p survey.Proposal) string {
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
		return fmt.Sprintf("Let the last signed figures of %s stand in %s", p.Region.Name(), revisionName(p.Revision))
	case survey.ProposeMarkAbsent:
		return fmt.Sprintf("Go on without the figures of %s in %s", p.Region.Name(), revisionName(p.Revision))
	case survey.ProposeOpenRevision:
		return "Open " + revisionName(p.Revision) + " of the year"
	}
	return ""
}

// revisionName is what people call a revision in a sentence.
func revisionName(revision int) string {
	if revision == 0 {
		return "the first figures"
	}
	return fmt.Sprintf("revision %d", revision)
}

func campaignAddress(cycle survey.Cycle) string { return "/campaigns/" + url.PathEscape(string(cycle)) }

func (h *campaignPages) show(w http.ResponseWriter, r *http.Request) {
	campaign, ok := h.campaign(w, r)
	if !ok {
		return
	}
	h.showCampaign(w, r, http.StatusOK, campaign, typedCampaign{}, nil)
}

func (h *campaignPages) showCampaign(w http.ResponseWriter, r *http.Request, status int, campaign survey.Campaign, typed typedCampaign, faults []page.Fault) {
	view := campaignView{Campaign: campaign, Campaigns: h.campaigns.Campaigns(), Proposals: proposalsFor(h.proposals.Proposals(), h.Region, campaign.Cycle, false),
		Done: stepsDone[r.URL.Query().Get("done")], Policies: policyTexts, Typed: typed}
	view.Eligible = h.eligibleCount(campaign.Cycle)
	if page.VisitorOf(r).May(lead) {
		view.Steps = campaignStepsOf(campaign)
	}
	if earlier := h.earlier(campaign.Cycle); len(earlier) > 0 && mayAdd(r, campaign) {
		view.TakeOver = earlier[0]
	}
	h.RenderFaulty(w, r, status, "campaign", "Survey "+string(campaign.Cycle), view, faults)
}

// endorse consents to what another region proposed for the cycle.
func (h *campaignPages) endorse(w http.ResponseWriter, r *http.Request) {
	campaign, ok := h.campaign(w, r)
	if !ok {
		return
	}
	number, err := strconv.ParseUint(r.PostForm.Get("number"), 10, 64)
	if err != nil {
		h.Problem(w, r, http.StatusUnprocessableEntity, page.Unreadable)
		return
	}
	back := campaignAddress(campaign.Cycle)
	for _, p := range h.proposals.Proposals() {
		if p.Number == number && certifying[p.Kind] {
			back = certificationAddress(campaign.Cycle)
		}
	}
	outcome, err := granted(h.proposals.Endorse(r.Context(), page.Request(r), number, ""))
	var refusal *survey.Refusal
	switch {
	case err == nil:
	case errors.As(err, &refusal):
		p := page.Refused(refusal)
		if p.Link, p.Label = back, "Survey "+string(campaign.Cycle); back != campaignAddress(campaign.Cycle) {
			p.Label = "Final figures " + string(campaign.Cycle)
		}
		h.Problem(w, r, http.StatusConflict, p)
		return
	default:
		h.failCertification(w, r, campaign.Cycle, err)
		return
	}
	http.Redirect(w, r, back+"?done="+stepDone(outcome, "endorsed"), http.StatusSeeOther)
}
