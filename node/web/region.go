package web

import (
	"net/http"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// regionPages are the node's own region.
type regionPages struct {
	base
	totals   ownFigures
	links    linkLister
	claims   claimLister
	editions *survey.Editions
}

// regionView is the page of the node's own region.
type regionView struct {
	Campaign survey.Campaign
	Funnel   []funnelStep
	Links    linkCounts
	Own      *ownView
	Waiting  string // what happens to the answers that have not left yet
	Policy   string
}

// linkCounts is how far companies have come with their links.
type linkCounts struct{ Sent, Opened, Begun, Complete int }

// countLinks counts each link for its stage and all stages before it.
func countLinks(links []store.SurveyLink) linkCounts {
	n := linkCounts{Sent: len(links)}
	for _, l := range links {
		switch l.Stage() {
		case store.LinkComplete:
			n.Complete++
			fallthrough
		case store.LinkBegun:
			n.Begun++
			fallthrough
		case store.LinkOpened:
			n.Opened++
		}
	}
	return n
}

func (h *regionPages) show(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	own, err := h.totals.Own(campaign.Cycle, "")
	if err != nil {
		return err
	}
	definitions, err := h.editions.Definitions(own.Live.Definitions)
	if err != nil {
		return err
	}
	links, err := h.links.SurveyLinks(campaign.Cycle)
	if err != nil {
		return err
	}

	// Final figures never change, so nothing waits to be added to them.
	most := mostCompanies(own.Released.Figures)
	view := regionView{Campaign: campaign, Own: ownViewOf(definitions, own), Policy: own.Released.Policy,
		Links: countLinks(links), Funnel: h.ownFunnel(campaign.Cycle),
		Waiting: progress(own.AnswersReleased, own.AnswersIn, most)}
	if own.Final {
		view.Waiting = "final, " + fromAnswers(own.AnswersReleased, own.AnswersIn, most)
	}

	return h.Render(w, r, http.StatusOK, "region", h.Region.Name(), view)
}

// ownFunnel is the region's own way from claims to answers.
func (h *regionPages) ownFunnel(cycle survey.Cycle) []funnelStep {
	byState := map[survey.ClaimState]int{}
	claims := ownClaims(h.claims, h.Region, cycle)
	for _, c := range claims {
		byState[c.State]++
	}
	return shares(len(claims), []funnelStep{
		{Label: "Claimed by us", Count: len(claims)},
		{Label: "To be contacted", Count: byState[survey.Claimed]},
		{Label: "Contacted, no answer yet", Count: byState[survey.Contacted]},
		{Label: "Answered", Count: byState[survey.Responded]},
		{Label: "Declined", Count: byState[survey.Declined]},
		{Label: "Cannot be reached", Count: byState[survey.Unreachable]},
	})
}

// maxOwnClaims bounds what one page reads. A region surveys some hundreds of
// companies a year.
const maxOwnClaims = 20_000

// claimLister lists claims.
type claimLister interface {
	Claims(filter survey.ClaimFilter, after string, limit int) (claims []survey.Claim, next string)
}

// ownClaims returns every claim that the region holds in the cycle, in the
// order of the identifiers.
func ownClaims(lister claimLister, ours survey.Region, cycle survey.Cycle) []survey.Claim {
	claims, _ := lister.Claims(survey.ClaimFilter{Cycle: cycle, Region: ours}, "", maxOwnClaims)
	return claims
}
