package web

import (
	"net/http"
	"slices"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// rollView is the step that takes the companies of an earlier survey over, and
// what came of it.
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
func (h *eligiblePages) rollForm(w http.ResponseWriter, r *http.Request) {
	campaign, ok := h.adding(w, r)
	if !ok {
		return
	}
	view, ok := h.rollFrom(w, r, campaign, r.URL.Query().Get("from"))
	if ok {
		h.Render(w, r, http.StatusOK, "roll", "Take over the companies of "+string(view.From), view)
	}
}

// rollFrom reads from which survey; without a word it is the newest before. It
// answers with a page itself and returns false if there is none.
func (h *eligiblePages) rollFrom(w http.ResponseWriter, r *http.Request, campaign survey.Campaign, text string) (rollView, bool) {
	view := rollView{Campaign: campaign, Earlier: h.earlier(campaign.Cycle)}
	if len(view.Earlier) == 0 {
		h.Problem(w, r, http.StatusNotFound, page.Problem{Title: "There is no earlier survey", Text: "No survey of a year before " + string(campaign.Cycle) + " is known, so there are no companies to take over.",
			Next: "Add a list of companies instead.", Link: eligibleAddress(campaign.Cycle) + "/add", Label: "Add a list of companies"})
		return view, false
	}
	view.From = view.Earlier[0]
	if cycle, err := survey.ParseCycle(text); err == nil && slices.Contains(view.Earlier, cycle) {
		view.From = cycle
	} else if text != "" {
		h.Problem(w, r, http.StatusNotFound, page.Problem{Title: "There is no such earlier survey", Text: "Companies are taken over from a survey before " + string(campaign.Cycle) + ". Nothing was changed.",
			Next: "Choose another year.", Link: eligibleAddress(campaign.Cycle) + "/take-over", Label: "Take over companies"})
		return view, false
	}
	view.There, view.Here = h.eligibleCount(view.From), h.eligibleCount(campaign.Cycle)
	return view, true
}

// roll takes the step.
func (h *eligiblePages) roll(w http.ResponseWriter, r *http.Request) {
	campaign, ok := h.adding(w, r)
	if !ok {
		return
	}
	view, ok := h.rollFrom(w, r, campaign, r.PostForm.Get("from"))
	if !ok {
		return
	}
	_, err := granted(h.writer.RollForward(r.Context(), page.Request(r), campaign.Cycle, view.From))
	if err != nil {
		h.fail(w, r, err)
		return
	}
	now := h.eligibleCount(campaign.Cycle)
	view.Added, view.Here, view.Done = max(0, now-view.Here), now, true
	h.Render(w, r, http.StatusOK, "roll", page.Plural(view.Added, "company")+" taken over", view)
}
