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
	Found    []found
	More     bool
}

// found is one company that a search found, with who holds it.
type found struct {
	Name, Matched string
	Number        string
	Address       string
	Place         string
	Holder        survey.Region
	State         tag
	Mine          bool
}

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
	for i, m := range matches {
		if i == maxFound {
			view.More = true
			break
		}
		f := found{Name: m.Name, Number: numberOf(m.Organisation), Address: companyAddress(m.ID), Place: m.Postcode}
		if m.Matched != m.Name && m.Matched != "" && !strings.Contains(f.Number, m.Matched) {
			f.Matched = m.Matched
		}
		if view.Open {
			if claim, err := h.claims.ClaimOf(view.Campaign.Cycle, m.ID); err == nil {
				f.Holder, f.State, f.Mine = claim.Region, stateOf(claim.State), claim.Region == h.Region
			}
		}
		view.Found = append(view.Found, f)
	}
	return view
}

func companyAddress(id survey.Identifier) string { return "/companies/" + url.PathEscape(string(id)) }

// numberOf is what people call the organisation's number.
func numberOf(o survey.Organisation) string {
	for _, id := range o.Identifiers {
		if !id.Minted() {
			return id.ID()
		}
	}
	return "no number"
}

func (h *companyPages) find(w http.ResponseWriter, r *http.Request) {
	view := h.search(r)
	title := "Find a company"
	if view.Asked {
		title = page.Plural(len(view.Found), "company") + " found"
	}
	h.Render(w, r, http.StatusOK, "companies", title, view)
}

// findResults is the part of the page that changes while one types.
func (h *companyPages) findResults(w http.ResponseWriter, r *http.Request) {
	h.RenderPart(w, r, "companies", "results", h.search(r))
}
