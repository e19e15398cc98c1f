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

// rollPage explains the step, and what it would bring.
func (s *Site) rollPage(w http.ResponseWriter, r *http.Request) {
	campaign, ok := s.adding(w, r)
	if !ok {
		return
	}
	view, ok := s.rollFrom(w, r, campaign, r.URL.Query().Get("from"))
	if ok {
		s.Render(w, r, http.StatusOK, "roll", "Take over the companies of "+string(view.From), view)
	}
}

// rollFrom reads from which survey; without a word it is the newest before. It
// answers with a page itself and returns false if there is none.
func (s *Site) rollFrom(w http.ResponseWriter, r *http.Request, campaign survey.Campaign, text string) (rollView, bool) {
	view := rollView{Campaign: campaign, Earlier: s.earlier(campaign.Cycle)}
	if len(view.Earlier) == 0 {
		s.Problem(w, r, http.StatusNotFound, page.Problem{Title: "There is no earlier survey", Text: "No survey of a year before " + string(campaign.Cycle) + " is known, so there are no companies to take over.",
			Next: "Add a list of companies instead.", Link: eligibleAddress(campaign.Cycle) + "/add", Label: "Add a list of companies"})
		return view, false
	}
	view.From = view.Earlier[0]
	if cycle, err := survey.ParseCycle(text); err == nil && slices.Contains(view.Earlier, cycle) {
		view.From = cycle
	} else if text != "" {
		s.Problem(w, r, http.StatusNotFound, page.Problem{Title: "There is no such earlier survey", Text: "Companies are taken over from a survey before " + string(campaign.Cycle) + ". Nothing was changed.",
			Next: "Choose another year.", Link: eligibleAddress(campaign.Cycle) + "/take-over", Label: "Take over companies"})
		return view, false
	}
	view.There, view.Here = s.eligibleCount(view.From), s.eligibleCount(campaign.Cycle)
	return view, true
}

// eligibleCount is how many companies are in a survey.
func (s *Site) eligibleCount(cycle survey.Cycle) int {
	counts, err := s.options.Registry.Counts(cycle)
	if err != nil {
		return 0
	}
	return counts.Eligible
}

// roll takes the step.
func (s *Site) roll(w http.ResponseWriter, r *http.Request) {
	campaign, ok := s.adding(w, r)
	if !ok {
		return
	}
	view, ok := s.rollFrom(w, r, campaign, r.PostForm.Get("from"))
	if !ok {
		return
	}
	outcome, err := s.options.Campaigns.RollForward(r.Context(), page.Request(r), campaign.Cycle, view.From)
	if err == nil && outcome.Refusal != nil {
		err = outcome.Refusal
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	now := s.eligibleCount(campaign.Cycle)
	view.Added, view.Here, view.Done = max(0, now-view.Here), now, true
	s.Render(w, r, http.StatusOK, "roll", page.Plural(view.Added, "company")+" taken over", view)
}
