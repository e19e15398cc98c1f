package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// Takeovers ask the region that held a company before for what it knows. The
// error of TakeOver is survey.RefusedRegionAway if that region's node does not answer.
// Without such a region it and that of FormerHolder wrap survey.ErrNotFound.
type Takeovers interface {
	Takeovers(survey.Cycle) ([]survey.TakeoverOffer, error)
	FormerHolder(survey.Cycle, survey.Identifier) (survey.Region, error)
	TakeOver(context.Context, survey.Request, survey.Cycle, survey.Identifier) (survey.Takeover, error)
}

// takeoverView says what came from the region that held a company before.
type takeoverView struct {
	Organisation survey.Organisation
	Campaign     survey.Campaign
	Taken        survey.Takeover
	LastCycle    survey.Cycle
}

// formerHolder returns the other region that held the company last, "" if none
// did or the company is not ours.
func (h *companyPages) formerHolder(cycle survey.Cycle, id survey.Identifier) (survey.Region, error) {
	former, err := h.takeovers.FormerHolder(cycle, id)
	var refusal *survey.Refusal
	if errors.Is(err, survey.ErrNotFound) || errors.As(err, &refusal) {
		return "", nil
	}
	return former, err
}

// changedRegions lists our companies that answered another region last year,
// of which the answers are not here: without them a company's growth cannot be
// shown.
func (h *claimPages) changedRegions(cycle survey.Cycle) ([]claimRow, error) {
	offers, err := h.takeovers.Takeovers(cycle)
	if err != nil {
		return nil, err
	}
	var rows []claimRow
	for _, o := range offers {
		if o.ChangedRegion() {
			rows = append(rows, h.claimRow(survey.Claim{Organisation: o.Organisation, Region: o.From}, nil))
		}
	}
	return rows, nil
}

// takeOver asks the former holder for what it knows of a company.
func (h *companyPages) takeOver(w http.ResponseWriter, r *http.Request) {
	o, campaign, ok := h.companyIn(w, r)
	if !ok {
		return
	}
	taken, err := h.takeovers.TakeOver(r.Context(), page.Request(r), campaign.Cycle, o.ID)
	back := page.Problem{Link: companyAddress(o.ID) + "?cycle=" + string(campaign.Cycle), Label: o.Name}
	var refusal *survey.Refusal
	switch {
	case errors.Is(err, survey.RefusedRegionAway):
		p := page.Again(r, back)
		p.Title, p.Text, p.Next = "The other AHSN cannot be reached", "The node of the AHSN that held "+o.Name+" before does not answer. Nothing was taken over.",
			"Try again when it is back: asking twice does no harm."
		p.Label = "Try again"
		h.Problem(w, r, http.StatusServiceUnavailable, p)
	case errors.Is(err, survey.ErrNotFound):
		back.Title, back.Text, back.Next = "There is nothing to take over", "No other AHSN held this company before. Nothing was changed.", "Go on as you are."
		h.Problem(w, r, http.StatusNotFound, back)
	case errors.As(err, &refusal) && refusal.Code == survey.RefusedNotHolder && refusal.Holder == "":
		p := page.Again(r, back)
		p.Title, p.Text, p.Next = "The other AHSN does not know yet", "Its node has not heard that the company is yours. Nothing was taken over.", "Try again in a minute."
		p.Label = "Try again"
		h.Problem(w, r, http.StatusConflict, p)
	case errors.As(err, &refusal) && refusal.Code == survey.RefusedNotAllowed:
		back.Title, back.Text = "The company has not allowed it", survey.Sentence(refusal.Detail)
		back.Next = "Ask the company for its answers. If it lets you see what it told the other AHSN, that AHSN notes so; then take it over."
		h.Problem(w, r, http.StatusConflict, back)
	case err != nil:
		h.fail(w, r, err)
	default:
		h.Render(w, r, http.StatusOK, "taken-over", "Taken over from "+taken.From.Name(),
			takeoverView{Organisation: o, Campaign: campaign, Taken: taken, LastCycle: campaign.Cycle.Previous()})
	}
}
