package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// base is what every group of pages stands on: the shell, and what the
// registry knows of companies and of the yearly surveys.
type base struct {
	*page.Shell
	organisations Organisations
	campaigns     Campaigns
}

// Organisations are what the registry knows of companies.
type Organisations interface {
	Organisation(survey.Identifier) (survey.Organisation, error)
	SearchOrganisations(text string, limit int) []survey.OrganisationMatch
	DuplicatesOf(survey.Organisation) []survey.PossibleDuplicate
}

// Campaigns are the yearly surveys, with the companies that each means to ask.
type Campaigns interface {
	Campaigns() []survey.Campaign
	Counts(survey.Cycle) (survey.CampaignCounts, error)
	EligibleSet(cycle survey.Cycle, after string, limit int) (set []survey.Eligible, next string)
}

// campaign returns the survey that the request is about: the one it names,
// else the newest that is open, else the newest. It answers with a page itself
// and returns false if there is none.
func (h base) campaign(w http.ResponseWriter, r *http.Request) (survey.Campaign, bool) {
	asked := r.PathValue("cycle")
	if asked == "" {
		asked = r.FormValue("cycle")
	}
	campaigns := h.campaigns.Campaigns()
	if asked == "" {
		if c, ok := current(campaigns); ok {
			return c, true
		}
		h.Problem(w, r, http.StatusNotFound, page.Problem{Title: "There is no survey yet", Text: "No yearly survey has been opened.",
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
	h.Problem(w, r, http.StatusNotFound, page.Problem{Title: "There is no such survey", Text: "No survey of that year is known.", Next: "Look at the newest one.", Link: "/national", Label: "National figures"})
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
func (h base) known(cycle survey.Cycle) (survey.Campaign, bool) {
	for _, c := range h.campaigns.Campaigns() {
		if c.Cycle == cycle {
			return c, true
		}
	}
	return survey.Campaign{}, false
}

// fail answers with the page of an error of the rooms below. What a form asked
// for can be sent again with the same key: it is done once.
func (h base) fail(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *survey.Refusal
	switch id := r.PathValue("id"); {
	case errors.As(err, &refusal) && id != "" && !notReady(err):
		p := page.Refused(refusal)
		if p.Link == "" {
			p.Link, p.Label = companyAddress(survey.Identifier(id)), "Back to the company"
		}
		h.Problem(w, r, http.StatusConflict, p)
	case notReady(err):
		h.Problem(w, r, http.StatusConflict, page.Problem{Title: "The final figures cannot be shown here", Text: "What this node holds does not add up to the national table that the AHSNs co-signed. It shows none rather than wrong ones.",
			Next: "Tell whoever looks after the node, and read them at another AHSN meanwhile. The figures of now are here:", Link: nowAddress(r), Label: "Figures of now"})
	default:
		h.Fail(w, r, err)
	}
}

// company finds the organisation of the path; false means that a page was
// answered instead.
func (h base) company(w http.ResponseWriter, r *http.Request) (survey.Organisation, bool) {
	id, err := survey.ParseIdentifier(r.PathValue("id"))
	if err != nil {
		h.NotFound(w, r)
		return survey.Organisation{}, false
	}
	o, err := h.organisations.Organisation(id)
	if err != nil {
		h.fail(w, r, err)
		return survey.Organisation{}, false
	}
	return o, true
}

// companyIn finds the organisation and the survey that the request is about;
// false means that a page was answered instead.
func (h base) companyIn(w http.ResponseWriter, r *http.Request) (survey.Organisation, survey.Campaign, bool) {
	o, ok := h.company(w, r)
	if !ok {
		return o, survey.Campaign{}, false
	}
	campaign, ok := h.campaign(w, r)
	return o, campaign, ok
}

// anyYear is later than every year.
const anyYear survey.Cycle = "9999"

// earlier are the surveys before the cycle, the newest first.
func (h base) earlier(cycle survey.Cycle) []survey.Cycle {
	var out []survey.Cycle
	for _, c := range slices.Backward(h.campaigns.Campaigns()) {
		if c.Cycle < cycle && c.State != survey.CampaignPlanned {
			out = append(out, c.Cycle)
		}
	}
	return out
}

// eligibleCount is how many companies are in a survey.
func (h base) eligibleCount(cycle survey.Cycle) int {
	counts, err := h.campaigns.Counts(cycle)
	if err != nil {
		return 0
	}
	return counts.Eligible
}

// granted returns the outcome of a command, or its refusal as the error.
func granted(outcome survey.Outcome, err error) (survey.Outcome, error) {
	if err == nil && outcome.Refusal != nil {
		err = outcome.Refusal
	}
	return outcome, err
}

// only returns the one outcome of a command about one thing, or its refusal.
func only(outcomes []survey.Outcome, err error) (survey.Outcome, error) {
	if err != nil {
		return survey.Outcome{}, err
	}
	if len(outcomes) != 1 {
		return survey.Outcome{}, fmt.Errorf("the registry gave %d outcomes for one thing", len(outcomes))
	}
	return granted(outcomes[0], nil)
}
