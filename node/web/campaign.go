package web

import (
	"net/http"

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
		s.problem(w, r, http.StatusNotFound, problem{Title: "There is no survey yet", Text: "No yearly survey has been opened.",
			Next: "An information lead opens one: tracker campaign open 2022-23. Companies can be found already.", Link: "/companies", Label: "Find a company"})
		return survey.Campaign{}, false
	}
	if cycle, err := survey.ParseCycle(asked); err == nil {
		for _, c := range campaigns {
			if c.Cycle == cycle {
				return c, true
			}
		}
	}
	s.problem(w, r, http.StatusNotFound, problem{Title: "There is no such survey", Text: "No survey of that year is known.", Next: "Look at the newest one.", Link: "/national", Label: "National figures"})
	return survey.Campaign{}, false
}

func current(campaigns []survey.Campaign) (survey.Campaign, bool) {
	for i := len(campaigns) - 1; i >= 0; i-- {
		if campaigns[i].State == survey.CampaignOpen {
			return campaigns[i], true
		}
	}
	if len(campaigns) == 0 {
		return survey.Campaign{}, false
	}
	return campaigns[len(campaigns)-1], true
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
