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
	Freeing               *proposalView // the proposal that waits for a second AHSN
	FreeAddress           string
}

// idle lists the companies that other regions have not contacted for so
// long that two AHSNs can free them, the oldest first.
func (h *claimPages) idle(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	claims, _ := h.claims.Claims(survey.ClaimFilter{Cycle: campaign.Cycle, Idle: true}, "", maxOwnClaims)

	// Our own claims are on another page.
	claims = slices.DeleteFunc(slices.Clone(claims), func(c survey.Claim) bool { return c.Region == h.Region })
	slices.SortStableFunc(claims, func(a, b survey.Claim) int { return a.ClaimedAt.Compare(b.ClaimedAt) })

	// The proposals are read once for all rows.
	view := idleView{Campaign: campaign, More: len(claims) > maxIdle}
	freeing := freeing(h.proposals.Proposals(), h.Region, campaign.Cycle)
	for _, c := range claims[:min(len(claims), maxIdle)] {
		row := idleRow{Address: companyInAddress(c.Organisation, c.Cycle) + "#claim", Holder: c.Region,
			Since: c.ClaimedAt, Freeing: freeing[c.Organisation], FreeAddress: freeAddress(c)}
		row.Name, row.Number = h.named(c.Organisation)
		view.Rows = append(view.Rows, row)
	}
	return h.Render(w, r, http.StatusOK, "idle", "Not contacted by other AHSNs", view)
}

func freeAddress(c survey.Claim) string {
	return companyAddress(c.Organisation) + "/free?" + url.Values{"cycle": {string(c.Cycle)}}.Encode()
}

// freeing are the open proposals to take claims from their holders, by company.
func freeing(proposals []survey.Proposal, ours survey.Region, cycle survey.Cycle) map[survey.Identifier]*proposalView {
	out := map[survey.Identifier]*proposalView{}
	for _, p := range proposals {
		if p.State == survey.ProposalOpen && p.Kind == survey.ProposeReleaseIdle && p.Cycle == cycle {
			view := viewOfProposal(p, ours)
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
func (h *claimPages) freeForm(w http.ResponseWriter, r *http.Request) error {
	o, campaign, err := h.companyIn(r)
	if err != nil {
		return err
	}

	p := page.Problem{Status: http.StatusConflict, Text: "Nothing was changed.", Link: companyAddress(o.ID),
		Label: o.Name}
	claim, err := h.claims.ClaimOf(campaign.Cycle, o.ID)
	switch {
	case err != nil:
		p.Title, p.Next = "Nobody holds this company", "It can be claimed on its page."
		return p
	case claim.Region == h.Region:
		p.Title, p.Next = "Your AHSN holds this company", "Give up the claim on its page if another AHSN is to have it."
		return p
	case !idle(h.Clock, claim):
		return problemStands(o)
	}
	view := freeView{Organisation: o, Campaign: campaign, Claim: claim,
		Freeing: freeing(h.proposals.Proposals(), h.Region, campaign.Cycle)[o.ID]}

	return h.Render(w, r, http.StatusOK, "free", "Free "+o.Name, view)
}

func problemStands(o survey.Organisation) page.Problem {
	return page.Problem{Status: http.StatusConflict, Title: "This claim stands",
		Text: "The AHSN that holds the company has 28 days to make contact, or has made it. Nothing was changed.",
		Next: "Ask for the company on its page.", Link: companyAddress(o.ID), Label: o.Name}
}

// free proposes to take the company from its holder, or consents to another
// region's proposal.
func (h *claimPages) free(w http.ResponseWriter, r *http.Request) error {
	o, campaign, err := h.companyIn(r)
	if err != nil {
		return err
	}
	outcome, err := granted(h.writer.ReleaseIdle(r.Context(), page.Request(r), campaign.Cycle, o.ID))
	switch {
	case errors.Is(err, survey.RefusedStanding):
		return problemStands(o)
	case err != nil:
		return err
	}
	return page.Redirect(w, r, companyInAddress(o.ID, campaign.Cycle)+"&done="+stepDone(outcome, "freed"))
}
