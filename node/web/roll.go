package web

import (
	"net/http"
	"slices"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// rollView is the step that takes the companies of an earlier survey over, and
// its result.
type rollView struct {
	Campaign survey.Campaign
	From     survey.Cycle
	Earlier  []survey.Cycle
	There    int // in the earlier survey
	Here     int // in this one
	Added    int
	Done     bool
}

// rollForm explains the step, and what it would bring.
func (h *eligiblePages) rollForm(w http.ResponseWriter, r *http.Request) error {
	view, err := h.rollFrom(r, r.URL.Query().Get("from"))
	if err != nil {
		return err
	}
	return h.Render(w, r, http.StatusOK, "roll", "Take over the companies of "+string(view.From), view)
}

// rollFrom reads from which survey companies are taken over: the newest before, if
// the text is empty. The error is a page.Problem if there is none.
func (h *eligiblePages) rollFrom(r *http.Request, text string) (rollView, error) {
	campaign, err := h.adding(r)
	view := rollView{Campaign: campaign, Earlier: h.earlier(campaign.Cycle)}
	if err != nil {
		return view, err
	}
	if len(view.Earlier) == 0 {
		return view, page.Problem{Status: http.StatusNotFound, Title: "There is no earlier survey",
			Text: "No survey of a year before " + string(campaign.Cycle) +
				" is known, so there are no companies to take over.", Next: "Add a list of companies instead.",
			Link: eligibleAddress(campaign.Cycle) + "/add", Label: "Add a list of companies"}
	}

	view.From = view.Earlier[0]
	if text != "" {
		view.From, err = survey.ParseCycle(text)
		if err != nil || !slices.Contains(view.Earlier, view.From) {
			return view, page.Problem{Status: http.StatusNotFound, Title: "There is no such earlier survey",
				Text: "Companies are taken over from a survey before " + string(campaign.Cycle) +
					". Nothing was changed.", Next: "Choose another year.",
				Link: eligibleAddress(campaign.Cycle) + "/take-over", Label: "Take over companies"}
		}
	}
	view.There, view.Here = h.eligibleCount(view.From), h.eligibleCount(campaign.Cycle)
	return view, nil
}

// roll takes the step.
func (h *eligiblePages) roll(w http.ResponseWriter, r *http.Request) error {
	view, err := h.rollFrom(r, r.PostForm.Get("from"))
	if err != nil {
		return err
	}

	cycle := view.Campaign.Cycle
	if _, err := granted(h.writer.RollForward(r.Context(), page.Request(r), cycle, view.From)); err != nil {
		return err
	}

	// The registry does not say how many were new, so they are counted.
	now := h.eligibleCount(cycle)
	view.Added, view.Here, view.Done = max(0, now-view.Here), now, true
	return h.Render(w, r, http.StatusOK, "roll", page.Plural(view.Added, "company")+" taken over", view)
}
