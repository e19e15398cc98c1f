package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// EligibleWriter puts companies into the list that a survey means to ask.
type EligibleWriter interface {
	RollForward(ctx context.Context, request survey.Request, cycle, earlier survey.Cycle) (survey.Outcome, error)
	ImportEligible(context.Context, survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error)
}

// eligiblePages are the list of companies that a survey means to ask.
type eligiblePages struct {
	base
	writer EligibleWriter
	claims claimFinder
}

const eligiblePerPage = 50

// eligibleView is the list of companies that a survey means to ask, a page at a
// time.
type eligibleView struct {
	Campaign survey.Campaign
	Counts   survey.CampaignCounts
	Rows     []eligibleRow
	First    string // address of the first page, on a later one
	Next     string
	Earlier  []survey.Cycle // whose companies can be taken over
	MayAdd   bool
}

// eligibleRow is one company of the list: why it is in it, what the survey
// before left, and where it stands.
type eligibleRow struct {
	Name, Number, Address string
	Source                string
	SupportedBy           []survey.Region
	Late, DoNotSurvey     bool
	LastHolder            survey.Region
	Last                  tag
	LastReason            survey.ReasonCode
	Holder                survey.Region
	State                 tag
}

var sourceTexts = map[survey.EligibleSource]string{
	survey.EligibleSupported: "Supported by an AHSN",
	survey.EligibleImported:  "From a list",
	survey.EligibleRolled:    "In an earlier survey",
	survey.EligibleClaimed:   "Claimed",
}

func eligibleAddress(cycle survey.Cycle) string { return campaignAddress(cycle) + "/companies" }

// list lists the companies that a survey means to ask.
func (h *eligiblePages) list(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	view := eligibleView{Campaign: campaign, MayAdd: mayAdd(r, campaign), Earlier: h.earlier(campaign.Cycle)}
	if view.Counts, err = h.campaigns.Counts(campaign.Cycle); err != nil && !errors.Is(err, survey.ErrNotFound) {
		return err
	}
	after := r.URL.Query().Get("after")
	if len(after) > maxQueryText {
		after = ""
	}

	// The list goes on behind the last company of the page, so it needs no page numbers.
	set, next := h.campaigns.EligibleSet(campaign.Cycle, after, eligiblePerPage)
	for _, e := range set {
		view.Rows = append(view.Rows, h.eligibleRow(e))
	}
	if next != "" {
		view.Next = eligibleAddress(campaign.Cycle) + "?" + url.Values{"after": {next}}.Encode()
	}
	if after != "" {
		view.First = eligibleAddress(campaign.Cycle)
	}
	return h.Render(w, r, http.StatusOK, "eligible", "Companies in the survey "+string(campaign.Cycle), view)
}

func (h *eligiblePages) eligibleRow(e survey.Eligible) eligibleRow {
	row := eligibleRow{Address: companyInAddress(e.Organisation, e.Cycle), Source: sourceTexts[e.Source],
		SupportedBy: e.SupportedBy, Late: e.Late, DoNotSurvey: e.DoNotSurvey,
		LastHolder: e.LastHolder, LastReason: e.LastReason}
	row.Name, row.Number = h.named(e.Organisation)
	if e.LastState != "" {
		row.Last = stateOf(e.LastState)
	}

	if claim, err := h.claims.ClaimOf(e.Cycle, e.Organisation); err == nil {
		row.Holder, row.State = claim.Region, stateOf(claim.State)
	}
	return row
}

// mayAdd reports whether the visitor may put companies into the list, and the
// list still takes them.
func mayAdd(r *http.Request, c survey.Campaign) bool {
	return page.VisitorOf(r).May(lead) && c.State == survey.CampaignOpen && c.FrozenAt.IsZero()
}

// adding returns the survey of the request. The error is a page.Problem if its
// list takes no more companies.
func (h *eligiblePages) adding(r *http.Request) (survey.Campaign, error) {
	campaign, err := h.campaign(r)
	if err != nil {
		return campaign, err
	}

	p := page.Problem{Status: http.StatusConflict, Text: "Nothing was changed.",
		Link: eligibleAddress(campaign.Cycle), Label: "Companies in the survey"}
	switch {
	case campaign.State != survey.CampaignOpen:
		p.Title, p.Next = "The survey is not open", "Companies are added while it is open."
	case !campaign.FrozenAt.IsZero():
		p.Title = "The list of companies is fixed"
		p.Next = "Companies that an AHSN supports or claims from now on are added by themselves, and count as late."
	default:
		return campaign, nil
	}
	return campaign, p
}
