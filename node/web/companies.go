package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// OrganisationWriter adds companies, and lets one be asked again.
type OrganisationWriter interface {
	AddOrganisations(context.Context, survey.Request, []survey.NewOrganisation) ([]survey.Outcome, error)
	LiftDoNotSurvey(context.Context, survey.Request, survey.Identifier) (survey.Outcome, error)
}

// Federation says how the AHSNs' nodes are, without waiting for anybody.
type Federation interface {
	FederationStatus() survey.FederationStatus
}

// companyPages find companies, add them, and show all that may be known here
// about one.
type companyPages struct {
	base
	writer    OrganisationWriter
	claims    Claims
	responses Responses
	records   Records
	sharing   Sharing
	takeovers Takeovers
	links     interface {
		SurveyLinkOf(survey.Cycle, survey.Identifier) (store.SurveyLink, error)
	}
	proposals  proposalLister
	federation Federation
	post       letters.Sender
	editions   *survey.Editions
}

const (
	maxFound     = 25
	maxQueryText = 200
)

// findView is a search for companies and what it found.
type findView struct {
	Text     string
	Campaign survey.Campaign
	Open     bool
	Asked    bool
	Found    []foundRow
	More     bool
}

// foundRow is one company that a search found, with who holds it.
type foundRow struct {
	Name, Matched string
	Number        string
	Address       string
	Place         string
	Holder        survey.Region
	State         tag
	Mine          bool
}

// search finds the companies of the request's text, with who holds each.
func (h *companyPages) search(r *http.Request) findView {
	view := findView{Text: strings.TrimSpace(r.URL.Query().Get("q"))}
	if len(view.Text) > maxQueryText {
		view.Text = strings.ToValidUTF8(view.Text[:maxQueryText], "")
	}
	view.Campaign, view.Open = current(h.campaigns.Campaigns())
	if view.Text == "" {
		return view
	}

	view.Asked = true
	matches := h.organisations.SearchOrganisations(view.Text, maxFound+1)
	view.More = len(matches) > maxFound
	for _, m := range matches[:min(len(matches), maxFound)] {
		f := foundRow{Name: m.Name, Number: numberOf(m.Organisation), Address: companyAddress(m.ID), Place: m.Postcode}
		if m.Matched != m.Name && m.Matched != "" && !strings.Contains(f.Number, m.Matched) {
			f.Matched = m.Matched
		}
		if claim, err := h.claims.ClaimOf(view.Campaign.Cycle, m.ID); view.Open && err == nil {
			f.Holder, f.State, f.Mine = claim.Region, stateOf(claim.State), claim.Region == h.Region
		}
		view.Found = append(view.Found, f)
	}
	return view
}

func companyAddress(id survey.Identifier) string { return "/companies/" + url.PathEscape(string(id)) }

// companyInAddress is the page of the company in one survey.
func companyInAddress(id survey.Identifier, cycle survey.Cycle) string {
	return companyAddress(id) + "?" + url.Values{"cycle": {string(cycle)}}.Encode()
}

// numberOf is what people call the organisation's number.
func numberOf(o survey.Organisation) string {
	for _, id := range o.Identifiers {
		if !id.Minted() {
			return id.ID()
		}
	}
	return "no number"
}

func (h *companyPages) find(w http.ResponseWriter, r *http.Request) error {
	view := h.search(r)
	title := "Find a company"
	if view.Asked {
		title = page.Plural(len(view.Found), "company") + " found"
	}
	return h.Render(w, r, http.StatusOK, "companies", title, view)
}

// findResults is the part of the page that changes while a person types.
func (h *companyPages) findResults(w http.ResponseWriter, r *http.Request) error {
	return h.RenderPart(w, r, "companies", "results", h.search(r))
}
