package web

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// homePages are what a person should do next, and the statement on
// accessibility.
type homePages struct {
	base
	claims        claimLister
	proposals     proposalLister
	certification revisions
	federation    Federation
}

// homeView is what a person should do next.
type homeView struct {
	Campaign    survey.Campaign
	HasCampaign bool
	Tasks       []task
	Problems    []string
}

// task is one thing to do: where, how much of it there is.
type task struct {
	Label, Hint, Address string
	Tag                  tag
}

func (h *homePages) start(w http.ResponseWriter, r *http.Request) error {
	var view homeView
	view.Campaign, view.HasCampaign = current(h.campaigns.Campaigns())
	if q := h.federation.FederationStatus().Quorum; q.Reachable < q.Needed {
		view.Problems = append(view.Problems, fmt.Sprintf("%d of %d AHSNs must be reachable to claim; "+
			"%d can be reached now. You can still record answers: they count once the claim is granted.", q.Needed, q.Voters, q.Reachable))
	}

	if view.HasCampaign {
		view.Tasks = h.tasks(view.Campaign)
	}

	// The steps that wait for a lead come first: the nation waits for them.
	if page.VisitorOf(r).May(lead) {
		view.Tasks = slices.Concat(h.leadTasks(), h.freeTasks(), view.Tasks)
	}
	return h.Render(w, r, http.StatusOK, "home", h.Region.Name(), view)
}

// tasks are the claims of the survey that wait for an adviser.
func (h *homePages) tasks(campaign survey.Campaign) []task {
	claims := ownClaims(h.claims, h.Region, campaign.Cycle)
	var fresh, chase, asked int
	for _, c := range claims {
		switch {
		case c.State == survey.Claimed:
			fresh++
		case c.State == survey.Contacted && h.Days(due(c)) >= 0:
			chase++
		}
		if len(c.RequestedBy) > 0 {
			asked++
		}
	}

	offered := len(offered(h.claims, h.Region, campaign.Cycle))

	list := "/claims?cycle=" + string(campaign.Cycle)
	tasks := []task{
		{"Contact companies for the first time", "You claimed them; nobody has been in touch",
			list + "&state=" + string(survey.Claimed), toDo(fresh)},
		{"Ask again", fmt.Sprintf("Contacted %d days ago or more, and no answer", chaseAfter),
			list + "&state=" + string(survey.Contacted), toDo(chase)},
		{"Answer other AHSNs", "They ask for a company that you hold, or offer you one", list, toDo(asked + offered)},
	}
	if len(claims) == 0 {
		tasks = slices.Insert(tasks, 0, task{"Claim your first companies",
			"Paste a list of company numbers, or find one by name", "/claims/list",
			tag{"Begin here", "nhsuk-tag--blue"}})
	}
	return tasks
}

func (h *homePages) accessibility(w http.ResponseWriter, r *http.Request) error {
	return h.Render(w, r, http.StatusOK, "accessibility", "Accessibility", nil)
}
