package web

import (
	"net/http"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

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

func countLinks(links []store.SurveyLink) linkCounts {
	var n linkCounts
	for _, l := range links {
		n.Sent++
		switch l.Stage() {
		case store.LinkComplete:
			n.Complete++
			n.Begun++
			n.Opened++
		case store.LinkBegun:
			n.Begun++
			n.Opened++
		case store.LinkOpened:
			n.Opened++
		}
	}
	return n
}

func (s *Site) regionPage(w http.ResponseWriter, r *http.Request) {
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	view := regionView{Campaign: campaign}
	own, err := s.options.Totals.Own(campaign.Cycle)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	definitions, err := s.options.Editions.Definitions(own.Live.Definitions)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	links, err := s.options.Links.SurveyLinks(campaign.Cycle)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	view.Own, view.Policy, view.Links = ownViewOf(definitions, own), own.Released.Policy, countLinks(links)
	most := mostCompanies(own.Released.Figures)
	view.Waiting = progress(own.AnswersReleased, own.AnswersIn, most)
	if own.Final {
		view.Waiting = "final, " + fromAnswers(own.AnswersReleased, own.AnswersIn, most)
	}
	view.Funnel = s.ownFunnel(campaign.Cycle)
	s.Render(w, r, http.StatusOK, "region", s.Region.Name(), view)
}

// ownFunnel is the region's own way from claims to answers.
func (s *Site) ownFunnel(cycle survey.Cycle) []funnelStep {
	byState := map[survey.ClaimState]int{}
	all := 0
	for _, c := range s.ownClaims(cycle) {
		byState[c.State]++
		all++
	}
	steps := []funnelStep{
		{Label: "Claimed by us", Count: all},
		{Label: "To be contacted", Count: byState[survey.Claimed]},
		{Label: "Contacted, no answer yet", Count: byState[survey.Contacted]},
		{Label: "Answered", Count: byState[survey.Responded]},
		{Label: "Declined", Count: byState[survey.Declined]},
		{Label: "Cannot be reached", Count: byState[survey.Unreachable]},
	}
	for i := range steps {
		if all > 0 {
			steps[i].Share = steps[i].Count * 100 / all
		}
	}
	return steps
}

// maxOwnClaims bounds what one page reads. A region surveys some hundreds of
// companies a year.
const maxOwnClaims = 20_000

// ownClaims returns every claim that this region holds in the cycle, in the
// order of the identifiers.
func (s *Site) ownClaims(cycle survey.Cycle) []survey.Claim {
	claims, _ := s.options.Registry.Claims(survey.ClaimFilter{Cycle: cycle, Region: s.Region}, "", maxOwnClaims)
	return claims
}
