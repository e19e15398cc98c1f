package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// heldView is the answer to a claim of a company that another region holds.
type heldView struct {
	Organisation survey.Organisation
	Campaign     survey.Campaign
	Claim        survey.Claim
	AskedByUs    bool
}

func (h *claimPages) claim(w http.ResponseWriter, r *http.Request) {
	o, campaign, ok := h.companyIn(w, r)
	if !ok {
		return
	}
	_, err := only(h.writer.Claim(r.Context(), page.Request(r), campaign.Cycle, []survey.Identifier{o.ID}))
	var refusal *survey.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Code == survey.RefusedAlreadyClaimed:
		h.showHeld(h.claims, w, r, o, campaign, refusal)
	case err != nil:
		h.fail(w, r, err)
	default:
		http.Redirect(w, r, companyAddress(o.ID)+"/receipt?"+url.Values{"cycle": {string(campaign.Cycle)}}.Encode(), http.StatusSeeOther)
	}
}

func (h base) showHeld(claims claimFinder, w http.ResponseWriter, r *http.Request, o survey.Organisation, campaign survey.Campaign, refusal *survey.Refusal) {
	view := heldView{Organisation: o, Campaign: campaign, Claim: survey.Claim{Region: refusal.Holder, ClaimedAt: refusal.Since}}
	if claim, err := claims.ClaimOf(campaign.Cycle, o.ID); err == nil {
		view.Claim = claim
	}
	for _, region := range view.Claim.RequestedBy {
		view.AskedByUs = view.AskedByUs || region == h.Region
	}
	h.Render(w, r, http.StatusConflict, "held", "Held by "+view.Claim.Region.Name(), view)
}

// receiptView is proof for the file that a company is this region's.
type receiptView struct {
	Organisation survey.Organisation
	Number       string
	Campaign     survey.Campaign
	Claim        survey.Claim
	Mine         bool
	Nodes        int
	Printed      string
}

func (h *claimPages) receiptOf(w http.ResponseWriter, r *http.Request) (receiptView, bool) {
	o, campaign, ok := h.companyIn(w, r)
	if !ok {
		return receiptView{}, false
	}
	claim, err := h.claims.ClaimOf(campaign.Cycle, o.ID)
	if errors.Is(err, survey.ErrNotFound) {
		h.Problem(w, r, http.StatusNotFound, page.Problem{Title: "Nobody holds this company", Text: "There is no receipt for a company that is free.",
			Next: "Claim it on its page.", Link: companyAddress(o.ID), Label: o.Name})
		return receiptView{}, false
	}
	if err != nil {
		h.fail(w, r, err)
		return receiptView{}, false
	}
	return receiptView{Organisation: o, Number: numberOf(o), Campaign: campaign, Claim: claim, Mine: claim.Region == h.Region,
		Nodes: h.federation.FederationStatus().Quorum.Voters, Printed: h.When(h.Now())}, true
}

func (h *claimPages) receipt(w http.ResponseWriter, r *http.Request) {
	if view, ok := h.receiptOf(w, r); ok {
		title := view.Organisation.Name + " is yours"
		if !view.Mine {
			title = "Held by " + view.Claim.Region.Name()
		}
		h.Render(w, r, http.StatusOK, "receipt", title, view)
	}
}

// receiptFile is the receipt as a plain text.
func (h *claimPages) receiptFile(w http.ResponseWriter, r *http.Request) {
	view, ok := h.receiptOf(w, r)
	if !ok {
		return
	}
	page.Attach(w, "text/plain; charset=utf-8", "claim-"+fileName(view.Organisation.ID)+"-"+string(view.Campaign.Cycle)+".txt")
	fmt.Fprintf(w, "Claim of one company for the national company survey %s\n\nCompany:         %s\nIdentifier:      %s\nHeld by:         %s\nSince:           %s\nState:           %s\nRegistry number: %d\nPrinted:         %s (Europe/London)\n",
		view.Campaign.Cycle, view.Organisation.Name, view.Organisation.ID, view.Claim.Region.Name(), h.When(view.Claim.ClaimedAt), stateOf(view.Claim.State).Word,
		view.Claim.Token, view.Printed)
}

// receiptProof is the receipt that proves itself, byte for byte as "tracker
// verify" checks it.
func (h *claimPages) receiptProof(w http.ResponseWriter, r *http.Request) {
	view, ok := h.receiptOf(w, r)
	if !ok {
		return
	}
	proof, err := h.claims.Receipt(r.Context(), view.Campaign.Cycle, view.Organisation.ID, 0)
	if errors.Is(err, survey.ErrNotFound) {
		h.Problem(w, r, http.StatusNotFound, page.Problem{Title: "The proof is not here", Text: "This node joined after the decision, so it does not have what proves it.",
			Next: "Another AHSN has it. The receipt in words is here:", Link: companyAddress(view.Organisation.ID) + "/receipt?cycle=" + string(view.Campaign.Cycle), Label: "Receipt"})
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	page.Attach(w, "application/json", "claim-"+fileName(view.Organisation.ID)+"-"+string(view.Campaign.Cycle)+".json")
	_, _ = w.Write(proof) // the browser is gone if this fails
}

// step takes a claim one step. What the form says of the claim's token decides
// whether the visitor saw it as it is.
func (h *claimPages) step(w http.ResponseWriter, r *http.Request) {
	o, campaign, ok := h.companyIn(w, r)
	if !ok {
		return
	}
	change, faults := stepOf(r.PostForm, o.ID)
	if len(faults) > 0 {
		h.companies.showCompany(w, r, http.StatusUnprocessableEntity, o, faults)
		return
	}
	if change.Action == survey.ActionReopen && !page.VisitorOf(r).May(lead) {
		h.Problem(w, r, http.StatusForbidden, problemRole(lead, page.VisitorOf(r).Role))
		return
	}
	if err := h.change(r.Context(), page.Request(r), campaign.Cycle, change); err != nil {
		h.fail(w, r, err)
		return
	}
	http.Redirect(w, r, companyAddress(o.ID)+"?"+url.Values{"cycle": {string(campaign.Cycle)}}.Encode()+"#claim", http.StatusSeeOther)
}

func (h *claimPages) change(ctx context.Context, request survey.Request, cycle survey.Cycle, change survey.ClaimChange) error {
	_, err := only(h.writer.ChangeClaims(ctx, request, cycle, []survey.ClaimChange{change}))
	return err
}

// stepOf reads the form of one step.
func stepOf(form url.Values, id survey.Identifier) (survey.ClaimChange, []page.Fault) {
	change := survey.ClaimChange{Organisation: id, Action: survey.ClaimAction(form.Get("action"))}
	token, err := strconv.ParseUint(form.Get("token"), 10, 64)
	if err == nil {
		change.Token = token
	}
	found := false
	for _, a := range stepActions {
		if a != change.Action {
			continue
		}
		found = true
		if reason := survey.ReasonCode(form.Get("reason")); needsReason(a) {
			if _, known := reasonTexts[reason]; !known {
				return change, []page.Fault{{Field: "reason", Message: "Choose a reason"}}
			}
			change.Reason = reason
		}
	}
	if !found {
		return change, []page.Fault{{Field: "action", Message: "Choose what happened"}}
	}
	if change.Action == survey.ActionOffer {
		region, err := survey.ParseRegion(form.Get("to"))
		if err != nil {
			return change, []page.Fault{{Field: "to", Message: "Choose the AHSN that you offer the company to"}}
		}
		change.OfferTo = region
	}
	return change, nil
}

// stepActions are the steps that a page can take. An answer takes its step by
// itself.
var stepActions = []survey.ClaimAction{survey.ActionContact, survey.ActionDecline, survey.ActionUnreachable, survey.ActionIneligible, survey.ActionRelease,
	survey.ActionReopen, survey.ActionOffer, survey.ActionAccept, survey.ActionRefuse, survey.ActionWithdraw, survey.ActionRequest}

func needsReason(a survey.ClaimAction) bool {
	switch a {
	case survey.ActionDecline, survey.ActionUnreachable, survey.ActionIneligible, survey.ActionRelease, survey.ActionReopen:
		return true
	}
	return false
}
