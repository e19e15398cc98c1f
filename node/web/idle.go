package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

const maxIdle = 200 // shown on one page

// idleView is the companies that other regions hold and have not contacted.
type idleView struct {
	Campaign survey.Campaign
	Rows     []idleRow
	More     bool
}

type idleRow struct {
	Name, Number, Address string
	Holder                survey.Region
	Since                 time.Time
	Freeing               *proposalView // what waits for a second AHSN
	FreeAddress           string
}

// idle lists the companies that other regions have not contacted for so
// long that two AHSNs can free them, the oldest first.
func (h *claimPages) idle(w http.ResponseWriter, r *http.Request) {
	campaign, ok := h.campaign(w, r)
	if !ok {
		return
	}
	view := idleView{Campaign: campaign}
	claims, _ := h.claims.Claims(survey.ClaimFilter{Cycle: campaign.Cycle, Idle: true}, "", maxOwnClaims)
	claims = slices.DeleteFunc(slices.Clone(claims), func(c survey.Claim) bool { return c.Region == h.Region })
	slices.SortStableFunc(claims, func(a, b survey.Claim) int { return a.ClaimedAt.Compare(b.ClaimedAt) })
	view.More = len(claims) > maxIdle
	freeing := freeing(h.proposals.Proposals(), h.Region, campaign.Cycle)
	for _, c := range claims[:min(len(claims), maxIdle)] {
		row := idleRow{Name: string(c.Organisation), Address: companyAddress(c.Organisation) + "?" + url.Values{"cycle": {string(c.Cycle)}}.Encode() + "#claim", Holder: c.Region,
			Since: c.ClaimedAt, Freeing: freeing[c.Organisation], FreeAddress: freeAddress(c)}
		if o, err := h.organisations.Organisation(c.Organisation); err == nil {
			row.Name, row.Number = o.Name, numberOf(o)
		}
		view.Rows = append(view.Rows, row)
	}
	h.Render(w, r, http.StatusOK, "idle", "Not contacted by other AHSNs", view)
}

func freeAddress(c survey.Claim) string {
	return companyAddress(c.Organisation) + "/free?" + url.Values{"cycle": {string(c.Cycle)}}.Encode()
}

// freeing are the open proposals to take claims from their holders, by company.
func freeing(proposals []survey.Proposal, ours survey.Region, cycle survey.Cycle) map[survey.Identifier]*proposalView {
	out := map[survey.Identifier]*proposalView{}
	for _, p := range proposals {
		if p.State == survey.ProposalOpen && p.Kind == survey.ProposeReleaseIdle && p.Cycle == cycle {
			view := proposalView{Number: p.Number, By: p.By, At: p.At, Lapses: p.Lapses, Ours: p.By == ours, About: p.Region == ours}
			view.MayAgree = !view.Ours && !view.About
			out[p.Organisation] = &view
		}
	}
	return out
}

// freeView is the step that takes a company from a holder that let it lie.
type freeView struct {
	Organisation survey.Organisation
	Campaign     survey.Campaign
	Claim        survey.Claim
	Freeing      *proposalView
}

// freeForm explains the step before it is taken.
func (h *claimPages) freeForm(w http.ResponseWriter, r *http.Request) {
	o, campaign, ok := h.companyIn(w, r)
	if !ok {
		return
	}
	claim, err := h.claims.ClaimOf(campaign.Cycle, o.ID)
	p := page.Problem{Text: "Nothing was changed.", Link: companyAddress(o.ID), Label: o.Name}
	switch {
	case err != nil:
		p.Title, p.Next = "Nobody holds this company", "It can be claimed on its page."
	case claim.Region == h.Region:
		p.Title, p.Next = "Your AHSN holds this company", "Give the claim up on its page if another AHSN is to have it."
	case !idle(h.Clock, claim):
		p = problemStands(o)
	default:
		h.Render(w, r, http.StatusOK, "free", "Free "+o.Name, freeView{Organisation: o, Campaign: campaign, Claim: claim, Freeing: freeing(h.proposals.Proposals(), h.Region, campaign.Cycle)[o.ID]})
		return
	}
	h.Problem(w, r, http.StatusConflict, p)
}

func problemStands(o survey.Organisation) page.Problem {
	return page.Problem{Title: "This claim stands", Text: "The AHSN that holds the company has 28 days to make contact, or has made it. Nothing was changed.",
		Next: "Ask for the company on its page.", Link: companyAddress(o.ID), Label: o.Name}
}

// free proposes to take the company from its holder, or consents to what
// another region proposed.
func (h *claimPages) free(w http.ResponseWriter, r *http.Request) {
	o, campaign, ok := h.companyIn(w, r)
	if !ok {
		return
	}
	outcome, err := granted(h.writer.ReleaseIdle(r.Context(), page.Request(r), campaign.Cycle, o.ID))
	var refusal *survey.Refusal
	if errors.As(err, &refusal) && refusal.Code == survey.RefusedStanding {
		h.Problem(w, r, http.StatusConflict, problemStands(o))
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	http.Redirect(w, r, companyAddress(o.ID)+"?"+url.Values{"cycle": {string(campaign.Cycle)}, "done": {stepDone(outcome, "freed")}}.Encode(), http.StatusSeeOther)
}
