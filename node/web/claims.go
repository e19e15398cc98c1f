package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

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
	Chase                 string // what is due, in words
	Idle                  bool
	RequestedBy           []survey.Region
	OfferedTo             survey.Region
	Link                  string
	Due                   time.Time
	Lapses                string // what becomes of it if nothing happens
}

// chaseAfter is how long after a contact the next one is due.
const chaseAfter = 14 // days

func (s *Site) claimsPage(w http.ResponseWriter, r *http.Request) {
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	claims := s.ownClaims(campaign.Cycle)
	view := claimsView{Campaign: campaign, State: survey.ClaimState(r.URL.Query().Get("state")), All: len(claims)}
	view.count(claims)
	links, err := s.linkStages(campaign.Cycle)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var chosen []survey.Claim
	for _, c := range claims {
		if len(c.RequestedBy) > 0 {
			view.Wanted = append(view.Wanted, s.claimRow(c, links))
		}
		if view.State == "" || c.State == view.State {
			chosen = append(chosen, c)
		}
	}
	for _, c := range s.offered(campaign.Cycle) {
		view.OfferedUs = append(view.OfferedUs, s.claimRow(c, links))
	}
	if page.VisitorOf(r).May(adviser) {
		if view.Changed, err = s.changedRegions(campaign.Cycle); err != nil {
			s.fail(w, r, err)
			return
		}
		view.MoreMoved = max(0, len(view.Changed)-maxMoved)
		view.Changed = view.Changed[:min(len(view.Changed), maxMoved)]
	}
	// What waits longest comes first: that is who to ring today.
	slices.SortStableFunc(chosen, func(a, b survey.Claim) int { return s.due(a).Compare(s.due(b)) })
	from := page0(r.URL.Query().Get("page"), len(chosen))
	for _, c := range chosen[from*claimsPerPage : min(len(chosen), (from+1)*claimsPerPage)] {
		view.Rows = append(view.Rows, s.claimRow(c, links))
	}
	if (from+1)*claimsPerPage < len(chosen) {
		view.Next = view.pageAddress(from + 1)
	}
	if from > 0 {
		view.Previous = view.pageAddress(from - 1)
	}
	s.Render(w, r, http.StatusOK, "claims", "My claims", view)
}

// offered returns the claims that other regions offer to this one.
func (s *Site) offered(cycle survey.Cycle) []survey.Claim {
	claims, _ := s.options.Registry.Claims(survey.ClaimFilter{Cycle: cycle, State: survey.Transferring}, "", maxOwnClaims)
	return slices.DeleteFunc(slices.Clone(claims), func(c survey.Claim) bool { return c.OfferedTo != s.Region })
}

// linkStages says how far each company has come with its link.
func (s *Site) linkStages(cycle survey.Cycle) (map[survey.Identifier]store.SurveyLink, error) {
	links, err := s.options.Links.SurveyLinks(cycle)
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
func (s *Site) due(c survey.Claim) time.Time {
	switch c.State {
	case survey.Claimed:
		return c.ClaimedAt
	case survey.Contacted:
		return c.ChangedAt.AddDate(0, 0, chaseAfter)
	case survey.Transferring:
		return c.ChangedAt.AddDate(0, 0, chaseAfter)
	}
	return time.Unix(1<<40, 0)
}

var linkWords = map[store.LinkStage]string{
	store.LinkSent: "link made", store.LinkOpened: "link opened", store.LinkBegun: "has begun", store.LinkComplete: "sent in by the company",
}

func (s *Site) claimRow(c survey.Claim, links map[survey.Identifier]store.SurveyLink) claimRow {
	row := claimRow{Name: string(c.Organisation), Address: companyAddress(c.Organisation), State: stateOf(c.State), Reason: c.Reason, Holder: c.Region,
		Since: c.ClaimedAt, RequestedBy: c.RequestedBy, OfferedTo: c.OfferedTo, Idle: s.idle(c), Lapses: s.lapseWords(c)}
	if o, err := s.options.Registry.Organisation(c.Organisation); err == nil {
		row.Name, row.Number = o.Name, numberOf(o)
	}
	if l, ok := links[c.Organisation]; ok {
		row.Link = linkWords[l.Stage()]
	}
	switch c.State {
	case survey.Claimed:
		row.Chase = "not contacted yet"
	case survey.Contacted:
		row.Contacted, row.Due = c.ChangedAt, s.due(c)
		row.Chase = "contacted " + s.Ago(c.ChangedAt)
		if s.Days(row.Due) >= 0 {
			row.Chase += "; ask again now"
		} else {
			row.Chase += "; ask again on " + s.Day(row.Due)
		}
	}
	return row
}

func (v *claimsView) count(claims []survey.Claim) {
	byState := map[survey.ClaimState]int{}
	for _, c := range claims {
		byState[c.State]++
	}
	v.States = append(v.States, stateChoice{Word: "All", Address: v.stateAddress(""), Count: len(claims), Chosen: v.State == ""})
	for _, state := range []survey.ClaimState{survey.Claimed, survey.Contacted, survey.Responded, survey.Declined, survey.Unreachable, survey.Ineligible, survey.Transferring} {
		if byState[state] > 0 || v.State == state {
			v.States = append(v.States, stateChoice{Word: stateOf(state).Word, Address: v.stateAddress(state), Count: byState[state], Chosen: v.State == state})
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

// page0 reads a page number from 1 and returns it from 0, inside the list.
func page0(text string, items int) int {
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' || n > items {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return max(0, min(n-1, (items-1)/claimsPerPage))
}
