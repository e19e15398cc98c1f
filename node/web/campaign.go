package web

import (
	"net/http"
	"slices"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// campaign returns the survey that the request is about: the one it names,
// else the newest that is open, else the newest. It answers with a page itself
// and returns false if there is none.
func (s *Site) campaign(w http.ResponseWriter, r *http.Request) (survey.Campaign, bool) {
	asked := r.PathValue("cycle")
	if asked == "" {
		asked = r.FormValue("cycle")
	}
	campaigns := s.options.Registry.Campaigns()
	if asked == "" {
		if c, ok := current(campaigns); ok {
			return c, true
		}
		s.Problem(w, r, http.StatusNotFound, page.Problem{Title: "There is no survey yet", Text: "No yearly survey has been opened.",
			Next: "An information lead opens one. Companies can be found already.", Link: "/campaigns", Label: "Yearly surveys"})
		return survey.Campaign{}, false
	}
	if cycle, err := survey.ParseCycle(asked); err == nil {
		for _, c := range campaigns {
			if c.Cycle == cycle {
				return c, true
			}
		}
	}
	s.Problem(w, r, http.StatusNotFound, page.Problem{Title: "There is no such survey", Text: "No survey of that year is known.", Next: "Look at the newest one.", Link: "/national", Label: "National figures"})
	return survey.Campaign{}, false
}

// current returns the newest survey that is open, else the newest that was,
// else one that waits for a second region.
func current(campaigns []survey.Campaign) (survey.Campaign, bool) {
	for _, states := range [][]survey.CampaignState{{survey.CampaignOpen}, {survey.CampaignClosed, survey.CampaignCertified}, {survey.CampaignPlanned}} {
		for _, c := range slices.Backward(campaigns) {
			if slices.Contains(states, c.State) {
				return c, true
			}
		}
	}
	return survey.Campaign{}, false
}

// known returns the survey of the cycle, false if there was none.
func (s *Site) known(cycle survey.Cycle) (survey.Campaign, bool) {
	for _, c := range s.options.Registry.Campaigns() {
		if c.Cycle == cycle {
			return c, true
		}
	}
	return survey.Campaign{}, false
}
