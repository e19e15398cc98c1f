package web

import (
	"fmt"
	"net/http"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// regionView is the page of the node's own region.
type regionView struct {
	Campaign  survey.Campaign
	Funnel    []funnelStep
	Links     linkCounts
	Rows      []liveRow
	AnswersIn int64
	Released  int64
	Policy    string
}

// liveRow is one figure of this region as it is now, beside what the other
// AHSNs have been told of it.
type liveRow struct{ Label, Live, Released, Note string }

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
	cells, in, err := s.options.Figures.Cells(campaign.Cycle)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	totals, err := s.options.Totals.National(r.Context(), survey.TotalsQuery{Cycle: campaign.Cycle, By: survey.ByRegion, Mode: survey.ModeCached})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	links, err := s.options.Links.SurveyLinks(campaign.Cycle)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	view.AnswersIn, view.Policy, view.Links = in, totals.Policy, countLinks(links)
	for _, c := range totals.Coverage.Regions {
		if c.Region == s.region {
			view.Released = c.AnswersReleased
		}
	}
	if view.Rows, err = liveRows(totals, cells, s.region); err != nil {
		s.fail(w, r, err)
		return
	}
	view.Funnel = s.ownFunnel(campaign.Cycle)
	s.render(w, r, http.StatusOK, "region", s.region.Name(), view)
}

// liveRows puts the region's own sums beside its row of the national figures.
func liveRows(totals survey.Totals, cells []survey.Cell, region survey.Region) ([]liveRow, error) {
	definitions, err := survey.DefinitionsByID(totals.Definitions)
	if err != nil {
		return nil, fmt.Errorf("show the region's figures: %w", err)
	}
	live := map[string]survey.Cell{}
	for _, c := range cells {
		if c.Dimension == "" {
			live[c.Metric] = c
		}
	}
	total := func(metric string) (int64, bool) {
		c, ok := live[metric]
		return c.Value, ok
	}
	var released []survey.Figure
	for _, row := range totals.Rows {
		if row.Key == string(region) {
			released = row.Figures
		}
	}
	var out []liveRow
	for _, metric := range append(append([]survey.Metric{}, definitions.Metrics...), definitions.Derived...) {
		if !metric.Headline {
			continue
		}
		row := liveRow{Label: metric.Label, Live: "none yet", Released: "nothing yet"}
		value, ok := total(metric.ID)
		if metric.Formula != nil {
			value, ok = metric.Formula.Value(total)
		}
		if ok {
			row.Live = metric.Unit.Amount(value)
			if n := live[metric.ID].Contributors; n > 0 {
				row.Note = "from " + plural(int(n), "company")
			}
		}
		if f, ok := figureOf(released, metric.ID); ok {
			row.Released = f.Words()
		}
		out = append(out, row)
	}
	return out, nil
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
	claims, _ := s.options.Registry.Claims(survey.ClaimFilter{Cycle: cycle, Region: s.region}, "", maxOwnClaims)
	return claims
}
