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

// takeoverView is the data that came from the former holder of a company.
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

// takeOver asks the former holder for its data about a company.
func (h *companyPages) takeOver(w http.ResponseWriter, r *http.Request) error {
	o, campaign, err := h.companyIn(r)
	if err != nil {
		return err
	}
	taken, err := h.takeovers.TakeOver(r.Context(), page.Request(r), campaign.Cycle, o.ID)

	p := page.Problem{Status: http.StatusConflict, Link: companyInAddress(o.ID, campaign.Cycle), Label: o.Name}
	var refusal *survey.Refusal
	switch {
	case err == nil:
		return h.Render(w, r, http.StatusOK, "taken-over", "Taken over from "+taken.From.Name(),
			takeoverView{Organisation: o, Campaign: campaign, Taken: taken, LastCycle: campaign.Cycle.Previous()})
	case errors.Is(err, survey.RefusedRegionAway):
		p.Status, p.Title, p.Label = http.StatusServiceUnavailable, "The other AHSN cannot be reached", "Try again"
		p.Text = "The node of the AHSN that held " + o.Name + " before does not answer. Nothing was taken over."
		p.Next = "Try again when it is back: asking twice does no harm."
		return page.Again(r, p)
	case errors.Is(err, survey.ErrNotFound):
		p.Status, p.Title = http.StatusNotFound, "There is nothing to take over"
		p.Text, p.Next = "No other AHSN held this company before. Nothing was changed.", "Carry on as you are."
		return p
	case errors.As(err, &refusal) && refusal.Code == survey.RefusedNotHolder && refusal.Holder == "":
		p.Title, p.Label = "The other AHSN does not know yet", "Try again"
		p.Text = "Its node has not heard that the company is yours. Nothing was taken over."
		p.Next = "Try again in a minute."
		return page.Again(r, p)
	case errors.As(err, &refusal) && refusal.Code == survey.RefusedNotAllowed:
		p.Title, p.Text = "The company has not allowed it", survey.Sentence(refusal.Detail)
		p.Next = "Ask the company for its answers. If it agrees that you see the answers that it gave to the " +
			"other AHSN, that AHSN records this; then take them over."
		return p
	}
	return err
}
