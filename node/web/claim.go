package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
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

func (h *claimPages) claim(w http.ResponseWriter, r *http.Request) error {
	o, campaign, err := h.companyIn(r)
	if err != nil {
		return err
	}

	_, err = only(h.writer.Claim(r.Context(), page.Request(r), campaign.Cycle, []survey.Identifier{o.ID}))
	if err != nil {
		return h.heldOr(err, h.claims, w, r, o, campaign)
	}
	return page.Redirect(w, r, receiptAddress(o.ID, campaign.Cycle))
}

// heldOr answers that another region holds the company if that is the error, and
// returns any other error.
func (h base) heldOr(err error, claims claimFinder, w http.ResponseWriter, r *http.Request, o survey.Organisation,
	campaign survey.Campaign) error {
	var refusal *survey.Refusal
	if !errors.As(err, &refusal) || refusal.Code != survey.RefusedAlreadyClaimed {
		return err
	}

	// The refusal has the holder alone; the claim has the requests as well.
	claim, err := claims.ClaimOf(campaign.Cycle, o.ID)
	if err != nil {
		claim = survey.Claim{Region: refusal.Holder, ClaimedAt: refusal.Since}
	}
	return h.Render(w, r, http.StatusConflict, "held", "Held by "+claim.Region.Name(), heldView{Organisation: o,
		Campaign: campaign, Claim: claim, AskedByUs: slices.Contains(claim.RequestedBy, h.Region)})
}

func receiptAddress(id survey.Identifier, cycle survey.Cycle) string {
	return companyAddress(id) + "/receipt?" + url.Values{"cycle": {string(cycle)}}.Encode()
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

// receiptOf returns the receipt of the company. The error is a page.Problem if nobody holds it.
func (h *claimPages) receiptOf(r *http.Request) (receiptView, error) {
	o, campaign, err := h.companyIn(r)
	if err != nil {
		return receiptView{}, err
	}
	claim, err := h.claims.ClaimOf(campaign.Cycle, o.ID)
	if errors.Is(err, survey.ErrNotFound) {
		err = page.Problem{Status: http.StatusNotFound, Title: "Nobody holds this company",
			Text: "There is no receipt for a company that is free.",
			Next: "Claim it on its page.", Link: companyAddress(o.ID), Label: o.Name}
	}

	view := receiptView{Organisation: o, Number: numberOf(o), Campaign: campaign, Claim: claim,
		Mine: claim.Region == h.Region, Nodes: h.federation.FederationStatus().Quorum.Voters, Printed: h.When(h.Now())}
	return view, err
}

func (h *claimPages) receipt(w http.ResponseWriter, r *http.Request) error {
	view, err := h.receiptOf(r)
	if err != nil {
		return err
	}
	title := view.Organisation.Name + " is yours"
	if !view.Mine {
		title = "Held by " + view.Claim.Region.Name()
	}
	return h.Render(w, r, http.StatusOK, "receipt", title, view)
}

// file is the name under which a browser saves the receipt.
func (v receiptView) file(ending string) string {
	return "claim-" + fileName(v.Organisation.ID) + "-" + string(v.Campaign.Cycle) + ending
}

// receiptFile is the receipt as a plain text.
func (h *claimPages) receiptFile(w http.ResponseWriter, r *http.Request) error {
	view, err := h.receiptOf(r)
	if err != nil {
		return err
	}
	page.Attach(w, "text/plain; charset=utf-8", view.file(".txt"))
	fmt.Fprintf(w, "Claim of one company for the national company survey %s\n\n"+
		"Company:         %s\nIdentifier:      %s\nHeld by:         %s\nSince:           %s\nState:           %s\n"+
		"Registry number: %d\nPrinted:         %s (Europe/London)\n",
		view.Campaign.Cycle, view.Organisation.Name, view.Organisation.ID, view.Claim.Region.Name(),
		h.When(view.Claim.ClaimedAt), stateOf(view.Claim.State).Word, view.Claim.Token, view.Printed)
	return nil
}

// receiptProof is the receipt that proves itself, byte for byte as "tracker
// verify" checks it.
func (h *claimPages) receiptProof(w http.ResponseWriter, r *http.Request) error {
	view, err := h.receiptOf(r)
	if err != nil {
		return err
	}
	proof, err := h.claims.Receipt(r.Context(), view.Campaign.Cycle, view.Organisation.ID, 0)
	switch {
	case errors.Is(err, survey.ErrNotFound):
		return page.Problem{Status: http.StatusNotFound, Title: "The proof is not here",
			Text: "This node joined after the decision, so it does not have the proof.",
			Next: "Another AHSN has it. The receipt in words is here:",
			Link: receiptAddress(view.Organisation.ID, view.Campaign.Cycle), Label: "Receipt"}
	case err != nil:
		return err
	}

	page.Attach(w, "application/json", view.file(".json"))
	_, _ = w.Write(proof) // the browser is gone if this fails
	return nil
}

// step takes a claim one step. The token in the form decides whether the
// visitor saw the claim as it is.
func (h *claimPages) step(w http.ResponseWriter, r *http.Request) error {
	o, campaign, err := h.companyIn(r)
	if err != nil {
		return err
	}
	change, faults := stepOf(r.PostForm, o.ID)
	visitor := page.VisitorOf(r)
	switch {
	case len(faults) > 0:
		return h.companies.showCompany(w, r, http.StatusUnprocessableEntity, o, faults...)
	case change.Action == survey.ActionReopen && !visitor.May(lead):
		return problemRole(lead, visitor)
	}

	changes := []survey.ClaimChange{change}
	if _, err := only(h.writer.ChangeClaims(r.Context(), page.Request(r), campaign.Cycle, changes)); err != nil {
		return err
	}
	return page.Redirect(w, r, companyInAddress(o.ID, campaign.Cycle)+"#claim")
}

// stepOf reads the form of one step.
func stepOf(form url.Values, id survey.Identifier) (survey.ClaimChange, []page.Fault) {
	change := survey.ClaimChange{Organisation: id, Action: survey.ClaimAction(form.Get("action"))}
	if token, err := strconv.ParseUint(form.Get("token"), 10, 64); err == nil {
		change.Token = token
	}
	if !slices.Contains(stepActions, change.Action) {
		return change, []page.Fault{{Field: "action", Message: "Choose what happened"}}
	}

	if needsReason(change.Action) {
		change.Reason = survey.ReasonCode(form.Get("reason"))
		if _, known := reasonTexts[change.Reason]; !known {
			return change, []page.Fault{{Field: "reason", Message: "Choose a reason"}}
		}
	}

	if change.Action == survey.ActionOffer {
		var err error
		if change.OfferTo, err = survey.ParseRegion(form.Get("to")); err != nil {
			return change, []page.Fault{{Field: "to", Message: "Choose the AHSN to which you offer the company"}}
		}
	}
	return change, nil
}

// stepActions are the steps that a page can take. An answer takes its step by
// itself.
var stepActions = []survey.ClaimAction{survey.ActionContact, survey.ActionDecline, survey.ActionUnreachable,
	survey.ActionIneligible, survey.ActionRelease, survey.ActionReopen, survey.ActionOffer, survey.ActionAccept,
	survey.ActionRefuse, survey.ActionWithdraw, survey.ActionRequest}

func needsReason(a survey.ClaimAction) bool {
	switch a {
	case survey.ActionDecline, survey.ActionUnreachable, survey.ActionIneligible, survey.ActionRelease,
		survey.ActionReopen:
		return true
	}
	return false
}
