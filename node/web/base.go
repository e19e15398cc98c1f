package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// base is common to all groups of pages: the shell, and the companies and
// yearly surveys of the registry.
type base struct {
	*page.Shell
	organisations Organisations
	campaigns     Campaigns
}

// Organisations has the companies of the registry.
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
// else the newest that is open, else the newest. The error is a page.Problem if
// there is none.
func (h base) campaign(r *http.Request) (survey.Campaign, error) {
	asked := cmp.Or(r.PathValue("cycle"), r.FormValue("cycle"))
	if asked == "" {
		if c, ok := current(h.campaigns.Campaigns()); ok {
			return c, nil
		}
		return survey.Campaign{}, page.Problem{Status: http.StatusNotFound, Title: "There is no survey yet",
			Text: "No yearly survey has been opened.",
			Next: "An information lead opens one. You can look for companies already.", Link: "/campaigns",
			Label: "Yearly surveys"}
	}

	if cycle, err := survey.ParseCycle(asked); err == nil {
		if c, known := h.known(cycle); known {
			return c, nil
		}
	}
	return survey.Campaign{}, page.Problem{Status: http.StatusNotFound, Title: "There is no such survey",
		Text: "No survey of that year is known.", Next: "Look at the newest one.", Link: "/national",
		Label: "National figures"}
}

// current returns the newest survey that is open, else the newest that was,
// else one that waits for a second region.
func current(campaigns []survey.Campaign) (survey.Campaign, bool) {
	for _, states := range [][]survey.CampaignState{{survey.CampaignOpen},
		{survey.CampaignClosed, survey.CampaignCertified}, {survey.CampaignPlanned}} {
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
	return first(h.campaigns.Campaigns(), func(c survey.Campaign) bool { return c.Cycle == cycle })
}

// first returns the first thing of the list that fits, false if none does.
func first[T any](list []T, fits func(T) bool) (thing T, found bool) {
	if at := slices.IndexFunc(list, fits); at >= 0 {
		return list[at], true
	}
	return thing, false
}

// fail answers with the page of an error. A form can be sent again with the
// same key: it is done once.
func (h base) fail(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *survey.Refusal
	switch id := r.PathValue("id"); {
	case notReady(err):
		err = page.Problem{Status: http.StatusConflict, Title: "The final figures cannot be shown here",
			Text: "The data of this node does not add up to the national table that the AHSNs co-signed. " +
				"It shows no figures rather than wrong ones.",
			Next: "Tell whoever looks after the node, and read them at another AHSN meanwhile. " +
				"Today's figures are here:", Link: nowAddress(r), Label: "Today's figures"}

	// The page of a company is where the visitor can see why.
	case errors.As(err, &refusal) && id != "":
		p := page.Refused(refusal)
		if p.Link == "" {
			p.Link, p.Label = companyAddress(survey.Identifier(id)), "Back to the company"
		}
		err = p
	}
	h.Fail(w, r, err)
}

// company finds the organisation of the path.
func (h base) company(r *http.Request) (survey.Organisation, error) {
	id, err := survey.ParseIdentifier(r.PathValue("id"))
	if err != nil {
		return survey.Organisation{}, survey.ErrNotFound
	}
	return h.organisations.Organisation(id)
}

// companyIn finds the organisation and the survey that the request is about.
func (h base) companyIn(r *http.Request) (o survey.Organisation, campaign survey.Campaign, err error) {
	if o, err = h.company(r); err != nil {
		return o, campaign, err
	}
	campaign, err = h.campaign(r)
	return o, campaign, err
}

// named returns the company's name and number, its identifier and no number if the company is not known.
func (h base) named(id survey.Identifier) (name, number string) {
	o, err := h.organisations.Organisation(id)
	if err != nil {
		return string(id), ""
	}
	return o.Name, numberOf(o)
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
