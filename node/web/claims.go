package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Claims are who holds what, as the registry has it.
type Claims interface {
	ClaimOf(survey.Cycle, survey.Identifier) (survey.Claim, error)
	Claims(filter survey.ClaimFilter, after string, limit int) (claims []survey.Claim, next string)
	ClaimHistory(survey.Cycle, survey.Identifier) ([]survey.ClaimEvent, error)
	Supporters(survey.Cycle, survey.Identifier) []survey.Region
	Receipt(ctx context.Context, cycle survey.Cycle, id survey.Identifier, number uint64) ([]byte, error)
}

// claimFinder finds who holds one company.
type claimFinder interface {
	ClaimOf(survey.Cycle, survey.Identifier) (survey.Claim, error)
}

// ClaimWriter claims companies, takes claims a step further, and proposes to
// free what other regions let lie. Writes block until this node has applied the
// outcome.
type ClaimWriter interface {
	Claim(context.Context, survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error)
	ChangeClaims(context.Context, survey.Request, survey.Cycle, []survey.ClaimChange) ([]survey.Outcome, error)
	ReleaseIdle(context.Context, survey.Request, survey.Cycle, survey.Identifier) (survey.Outcome, error)
}

// claimPages are the pages of claims: of one company, of a list, of all.
type claimPages struct {
	base
	claims     Claims
	writer     ClaimWriter
	links      linkLister
	takeovers  Takeovers
	proposals  proposalLister
	federation Federation
	companies  *companyPages
}

const (
	claimsPerPage = 50
	maxMoved      = 20 // companies whose answers of last year can be taken over
)

// claimsView is the list of this region's claims.
type claimsView struct {
	Campaign  survey.Campaign
	State     survey.ClaimState
	States    []stateChoice
	Rows      []claimRow
	All       int
	Next      string // address of the next page, if any
	Previous  string
	OfferedUs []claimRow
	Wanted    []claimRow // another region asks for them
	Changed   []claimRow // they answered another region last year
	MoreMoved int        // of those that are not listed
}

type stateChoice struct {
	Word, Address string
	Count         int
	Chosen        bool
}

// claimRow is one claim in a list.
type claimRow struct {
	Name, Number, Address string
	State                 tag
	Reason                survey.ReasonCode
	Holder                survey.Region
	Since, Contacted      time.Time
	Chase                 string // the step that is due, in words
	Idle                  bool
	RequestedBy           []survey.Region
	OfferedTo             survey.Region
	Link                  string
	Due                   time.Time
	Lapses                string // what becomes of it if nothing happens
}

// chaseAfter is how long after a contact the next one is due.
const chaseAfter = 14 // days

func (h *claimPages) list(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	links, err := h.linkStages(campaign.Cycle)
	if err != nil {
		return err
	}

	claims := ownClaims(h.claims, h.Region, campaign.Cycle)
	view := claimsView{Campaign: campaign, State: survey.ClaimState(r.URL.Query().Get("state")), All: len(claims)}
	view.count(claims)
	var chosen []survey.Claim
	for _, c := range claims {
		if len(c.RequestedBy) > 0 {
			view.Wanted = append(view.Wanted, h.claimRow(c, links))
		}
		if view.State == "" || c.State == view.State {
			chosen = append(chosen, c)
		}
	}
	for _, c := range offered(h.claims, h.Region, campaign.Cycle) {
		view.OfferedUs = append(view.OfferedUs, h.claimRow(c, links))
	}

	// Only advisers can ask another region for answers.
	if page.VisitorOf(r).May(adviser) {
		if view.Changed, err = h.changedRegions(campaign.Cycle); err != nil {
			return err
		}
		view.MoreMoved = max(0, len(view.Changed)-maxMoved)
		view.Changed = view.Changed[:min(len(view.Changed), maxMoved)]
	}

	// The claim that waits longest comes first: its company is the one to ring today.
	slices.SortStableFunc(chosen, func(a, b survey.Claim) int { return due(a).Compare(due(b)) })
	from := pageNumber(r.URL.Query().Get("page"), len(chosen))
	for _, c := range chosen[from*claimsPerPage : min(len(chosen), (from+1)*claimsPerPage)] {
		view.Rows = append(view.Rows, h.claimRow(c, links))
	}
	if (from+1)*claimsPerPage < len(chosen) {
		view.Next = view.pageAddress(from + 1)
	}
	if from > 0 {
		view.Previous = view.pageAddress(from - 1)
	}
	return h.Render(w, r, http.StatusOK, "claims", "My claims", view)
}

// offered returns the claims that other regions offer to ours.
func offered(lister claimLister, ours survey.Region, cycle survey.Cycle) []survey.Claim {
	claims, _ := lister.Claims(survey.ClaimFilter{Cycle: cycle, State: survey.Transferring}, "", maxOwnClaims)
	return slices.DeleteFunc(slices.Clone(claims), func(c survey.Claim) bool { return c.OfferedTo != ours })
}

// linkStages says how far each company has come with its link.
func (h *claimPages) linkStages(cycle survey.Cycle) (map[survey.Identifier]store.SurveyLink, error) {
	links, err := h.links.SurveyLinks(cycle)
	if err != nil {
		return nil, err
	}
	out := make(map[survey.Identifier]store.SurveyLink, len(links))

	for _, l := range links {
		out[l.Organisation] = l // the newest comes last
	}
	return out, nil
}

// due is when somebody should act on the claim: at once when nobody has been
// in touch, two weeks after the last contact, never when it has ended.
func due(c survey.Claim) time.Time {
	switch c.State {
	case survey.Claimed:
		return c.ClaimedAt
	case survey.Contacted, survey.Transferring:
		return c.ChangedAt.AddDate(0, 0, chaseAfter)
	}
	return time.Unix(1<<40, 0)
}

var linkWords = map[store.LinkStage]string{
	store.LinkSent: "link made", store.LinkOpened: "link opened", store.LinkBegun: "has begun",
	store.LinkComplete: "sent in by the company",
}

func (h *claimPages) claimRow(c survey.Claim, links map[survey.Identifier]store.SurveyLink) claimRow {
	row := claimRow{Address: companyAddress(c.Organisation), State: stateOf(c.State), Reason: c.Reason,
		Holder: c.Region, Since: c.ClaimedAt, RequestedBy: c.RequestedBy, OfferedTo: c.OfferedTo,
		Idle: idle(h.Clock, c), Lapses: lapseWords(h.Clock, c)}
	row.Name, row.Number = h.named(c.Organisation)
	if l, ok := links[c.Organisation]; ok {
		row.Link = linkWords[l.Stage()]
	}

	switch c.State {
	case survey.Claimed:
		row.Chase = "not contacted yet"
	case survey.Contacted:
		row.Contacted, row.Due = c.ChangedAt, due(c)
		when := "now"
		if h.Days(row.Due) < 0 {
			when = "on " + h.Day(row.Due)
		}
		row.Chase = "contacted " + h.Ago(c.ChangedAt) + "; ask again " + when
	}
	return row
}

// count adds the states that claims have, with how many there are in each.
func (v *claimsView) count(claims []survey.Claim) {
	byState := map[survey.ClaimState]int{}
	for _, c := range claims {
		byState[c.State]++
	}
	v.States = []stateChoice{{Word: "All", Address: v.stateAddress(""), Count: len(claims), Chosen: v.State == ""}}
	for _, state := range []survey.ClaimState{survey.Claimed, survey.Contacted, survey.Responded, survey.Declined,
		survey.Unreachable, survey.Ineligible, survey.Transferring} {
		if byState[state] > 0 || v.State == state {
			v.States = append(v.States, stateChoice{Word: stateOf(state).Word, Address: v.stateAddress(state),
				Count: byState[state], Chosen: v.State == state})
		}
	}
}

func (v *claimsView) stateAddress(state survey.ClaimState) string {
	q := url.Values{"cycle": {string(v.Campaign.Cycle)}}
	if state != "" {
		q.Set("state", string(state))
	}
	return "/claims?" + q.Encode()
}

func (v *claimsView) pageAddress(page int) string {
	return v.stateAddress(v.State) + "&page=" + survey.UnitCount.Amount(int64(page+1))
}

// pageNumber reads a page number from 1 and returns it from 0, inside the list.
func pageNumber(text string, items int) int {
	n, _ := strconv.Atoi(text)
	return max(0, min(n-1, (items-1)/claimsPerPage))
}
