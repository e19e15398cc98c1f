package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// Proposals are the steps that one region proposed and a second one may consent
// to, the oldest first.
type Proposals interface {
	Proposals() []survey.Proposal
	Endorse(ctx context.Context, request survey.Request, number uint64, words string) (survey.Outcome, error)
}

// proposalLister lists the proposals that wait for a second region.
type proposalLister interface{ Proposals() []survey.Proposal }

// campaignView is one yearly survey with its proposals.
type campaignView struct {
	Campaign  survey.Campaign
	Campaigns []survey.Campaign
	Proposals []proposalView
	Done      string
	// Steps are those that a lead can propose; Typed is the input of the form.
	Steps    []campaignStep
	Eligible int          // companies in the survey
	TakeOver survey.Cycle // whose companies can be taken over, for a lead
	Policies []policyView
	Typed    typedCampaign
}

// proposalView is a step that one AHSN proposed and a second one may agree to.
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
var certifying = map[survey.ProposalKind]bool{survey.ProposeLetStand: true, survey.ProposeMarkAbsent: true,
	survey.ProposeOpenRevision: true}

// proposalsFor lists the proposals of the cycle that wait for a second region: the steps
// towards final figures, or the others of the campaign.
func proposalsFor(proposals []survey.Proposal, ours survey.Region, cycle survey.Cycle,
	certification bool) []proposalView {
	var out []proposalView
	for _, p := range proposals {
		// Proposals without words are about one company, or about a region's place in the federation.
		if p.State == survey.ProposalOpen && p.Cycle == cycle && certifying[p.Kind] == certification &&
			proposalWords(p) != "" {
			out = append(out, viewOfProposal(p, ours))
		}
	}
	return out
}

// viewOfProposal describes a proposal, and whether our region can agree.
func viewOfProposal(p survey.Proposal, ours survey.Region) proposalView {
	return proposalView{Number: p.Number, What: proposalWords(p), By: p.By, At: p.At, Lapses: p.Lapses,
		Reason: p.Reason, Ours: p.By == ours, About: p.Region == ours, MayAgree: p.By != ours && p.Region != ours}
}

// proposalWords says what a proposal would do, "" for kinds that other pages
// show.
func proposalWords(p survey.Proposal) string {
	switch p.Kind {
	case survey.ProposeOpenCampaign:
		words := "Open the survey of " + string(p.Cycle)
		if t := p.Terms; t != nil {
			if t.Opens != "" {
				words += ", from " + page.Date(t.Opens)
			}
			if t.Closes != "" {
				words += " to " + page.Date(t.Closes)
			}
			words += fmt.Sprintf(", with the release rules “%s”", policyWords(t.Policy))
		}
		return words
	case survey.ProposeCloseCampaign:
		return "Close the survey of " + string(p.Cycle) + " and begin to make its figures final"
	case survey.ProposeCampaignDates:
		var days []string
		if p.Opens != "" {
			days = append(days, "it opens on "+page.Date(p.Opens))
		}
		if p.Closes != "" {
			days = append(days, "it is to close on "+page.Date(p.Closes))
		}
		return "Change the dates of the survey: " + strings.Join(days, " and ")
	case survey.ProposeCampaignPolicy:
		return fmt.Sprintf("Change the release rules to “%s”", policyWords(p.Policy))
	case survey.ProposeCampaignLapse:
		if p.LapseDays == 0 {
			return "Let claims stand, however long nothing happens"
		}
		return "Free a company again when its AHSN does nothing for " + page.Plural(p.LapseDays, "day")
	case survey.ProposeFreezeEligible:
		return "Fix the list of companies in the survey: companies that are added later count as late"
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

func (h *campaignPages) show(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}

	return h.showCampaign(w, r, http.StatusOK, campaign, typedCampaign{})
}

func (h *campaignPages) showCampaign(w http.ResponseWriter, r *http.Request, status int, campaign survey.Campaign,
	typed typedCampaign, faults ...page.Fault) error {
	view := campaignView{Campaign: campaign, Campaigns: h.campaigns.Campaigns(),
		Proposals: proposalsFor(h.proposals.Proposals(), h.Region, campaign.Cycle, false),
		Done:      stepsDone[r.URL.Query().Get("done")], Policies: policyTexts, Typed: typed,
		Eligible: h.eligibleCount(campaign.Cycle)}
	if page.VisitorOf(r).May(lead) {
		view.Steps = campaignStepsOf(campaign)
	}

	if earlier := h.earlier(campaign.Cycle); len(earlier) > 0 && mayAdd(r, campaign) {
		view.TakeOver = earlier[0]
	}
	return h.Render(w, r, status, "campaign", "Survey "+string(campaign.Cycle), view, faults...)
}

// endorse consents to another region's proposal for the cycle.
func (h *campaignPages) endorse(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	number, err := strconv.ParseUint(r.PostForm.Get("number"), 10, 64)
	if err != nil {
		return page.Unreadable
	}

	// A step to final figures leads back to their page.
	back, label := campaignAddress(campaign.Cycle), "Survey "+string(campaign.Cycle)
	for _, p := range h.proposals.Proposals() {
		if p.Number == number && certifying[p.Kind] {
			back, label = certificationAddress(campaign.Cycle), "Final figures "+string(campaign.Cycle)
		}
	}

	outcome, err := granted(h.proposals.Endorse(r.Context(), page.Request(r), number, ""))
	if err != nil {
		return certificationProblem(err, back, label)
	}
	return page.Redirect(w, r, back+"?done="+stepDone(outcome, "endorsed"))
}
