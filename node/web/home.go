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

func (h *homePages) start(w http.ResponseWriter, r *http.Request) {
	view := homeView{}
	view.Campaign, view.HasCampaign = current(h.campaigns.Campaigns())
	status := h.federation.FederationStatus()
	if q := status.Quorum; q.Reachable < q.Needed {
		view.Problems = append(view.Problems, fmt.Sprintf("%d of %d AHSNs must be reachable to claim; %d can be reached now. Answers can still be recorded: they count once the claim is granted.",
			q.Needed, q.Voters, q.Reachable))
	}
	if view.HasCampaign {
		view.Tasks = h.tasks(view.Campaign)
	}
	if page.VisitorOf(r).May(lead) {
		view.Tasks = slices.Concat(h.leadTasks(), h.freeTasks(), view.Tasks)
	}
	h.Render(w, r, http.StatusOK, "home", h.Region.Name(), view)
}

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
	list := func(state survey.ClaimState) string {
		return "/claims?cycle=" + string(campaign.Cycle) + "&state=" + string(state)
	}
	tasks := []task{
		{"Contact companies for the first time", "You claimed them; nobody has been in touch", list(survey.Claimed), toDo(fresh)},
		{"Ask again", fmt.Sprintf("Contacted %d days ago or more, and no answer", chaseAfter), list(survey.Contacted), toDo(chase)},
		{"Answer other AHSNs", "They ask for a company that you hold, or offer you one", "/claims?cycle=" + string(campaign.Cycle), toDo(asked + offered)},
	}
	if len(claims) == 0 {
		tasks = append([]task{{"Claim your first companies", "Paste a list of company numbers, or find one by name", "/claims/list", tag{"Begin here", "nhsuk-tag--blue"}}}, tasks...)
	}
	return tasks
}

func (h *homePages) accessibility(w http.ResponseWriter, r *http.Request) {
	h.Render(w, r, http.StatusOK, "accessibility", "Accessibility", nil)
}
