package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

const maxIdle = 200 // shown on one page

// idleView is the companies that other regions hold and have not contacted.
type idleView struct {
	Campaign survey.Campaign
	Rows     []idleRow
	More     bool
}

type idleRow struct {
	Name, Number, Address string
	Holder                survey.Region
	Since                 time.Time
	Freeing               *proposalView // what waits for a second AHSN
	FreeAddress           string
}

// idlePage lists the companies that other regions have not contacted for so
// long that two AHSNs can free them, the oldest first.
func (s *Site) idlePage(w http.ResponseWriter, r *http.Request) {
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	view := idleView{Campaign: campaign}
	claims, _ := s.options.Registry.Claims(survey.ClaimFilter{Cycle: campaign.Cycle, Idle: true}, "", maxOwnClaims)
	claims = slices.DeleteFunc(slices.Clone(claims), func(c survey.Claim) bool { return c.Region == s.Region })
	slices.SortStableFunc(claims, func(a, b survey.Claim) int { return a.ClaimedAt.Compare(b.ClaimedAt) })
	view.More = len(claims) > maxIdle
	freeing := s.freeing(campaign.Cycle)
	for _, c := range claims[:min(len(claims), maxIdle)] {
		row := idleRow{Name: string(c.Organisation), Address: companyAddress(c.Organisation) + "?" + url.Values{"cycle": {string(c.Cycle)}}.Encode() + "#claim", Holder: c.Region,
			Since: c.ClaimedAt, Freeing: freeing[c.Organisation], FreeAddress: freeAddress(c)}
		if o, err := s.options.Registry.Organisation(c.Organisation); err == nil {
			row.Name, row.Number = o.Name, numberOf(o)
		}
		view.Rows = append(view.Rows, row)
	}
	s.Render(w, r, http.StatusOK, "idle", "Not contacted by other AHSNs", view)
}

func freeAddress(c survey.Claim) string {
	return companyAddress(c.Organisation) + "/free?" + url.Values{"cycle": {string(c.Cycle)}}.Encode()
}

// freeing are the open proposals to take claims from their holders, by company.
func (s *Site) freeing(cycle survey.Cycle) map[survey.Identifier]*proposalView {
	out := map[survey.Identifier]*proposalView{}
	for _, p := range s.options.Proposals.Proposals() {
		if p.State == survey.ProposalOpen && p.Kind == survey.ProposeReleaseIdle && p.Cycle == cycle {
			view := proposalView{Number: p.Number, By: p.By, At: p.At, Lapses: p.Lapses, Ours: p.By == s.Region, About: p.Region == s.Region}
			view.MayAgree = !view.Ours && !view.About
			out[p.Organisation] = &view
		}
	}
	return out
}

// freeView is the step that takes a company from a holder that let it lie.
type freeView struct {
	Organisation survey.Organisation
	Campaign     survey.Campaign
	Claim        survey.Claim
	Freeing      *proposalView
}

// freePage explains the step before it is taken.
func (s *Site) freePage(w http.ResponseWriter, r *http.Request) {
	o, ok := s.company(w, r)
	if !ok {
		return
	}
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	claim, err := s.options.Registry.ClaimOf(campaign.Cycle, o.ID)
	p := page.Problem{Text: "Nothing was changed.", Link: companyAddress(o.ID), Label: o.Name}
	switch {
	case err != nil:
		p.Title, p.Next = "Nobody holds this company", "It can be claimed on its page."
	case claim.Region == s.Region:
		p.Title, p.Next = "Your AHSN holds this company", "Give the claim up on its page if another AHSN is to have it."
	case !s.idle(claim):
		p = problemStands(o)
	default:
		s.Render(w, r, http.StatusOK, "free", "Free "+o.Name, freeView{Organisation: o, Campaign: campaign, Claim: claim, Freeing: s.freeing(campaign.Cycle)[o.ID]})
		return
	}
	s.Problem(w, r, http.StatusConflict, p)
}

func problemStands(o survey.Organisation) page.Problem {
	return page.Problem{Title: "This claim stands", Text: "The AHSN that holds the company has 28 days to make contact, or has made it. Nothing was changed.",
		Next: "Ask for the company on its page.", Link: companyAddress(o.ID), Label: o.Name}
}

// free proposes to take the company from its holder, or consents to what
// another region proposed.
func (s *Site) free(w http.ResponseWriter, r *http.Request) {
	o, ok := s.company(w, r)
	if !ok {
		return
	}
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	outcome, err := s.options.Campaigns.ReleaseIdle(r.Context(), page.Request(r), campaign.Cycle, o.ID)
	if err == nil && outcome.Refusal != nil {
		err = outcome.Refusal
	}
	var refusal *survey.Refusal
	if errors.As(err, &refusal) && refusal.Code == survey.RefusedStanding {
		s.Problem(w, r, http.StatusConflict, problemStands(o))
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, companyAddress(o.ID)+"?"+url.Values{"cycle": {string(campaign.Cycle)}, "done": {stepDone(outcome, "freed")}}.Encode(), http.StatusSeeOther)
}

// freeTasks are the companies that this region's word would free.
func (s *Site) freeTasks() []task {
	waiting := map[survey.Cycle]int{}
	for _, p := range s.options.Proposals.Proposals() {
		if p.State == survey.ProposalOpen && p.Kind == survey.ProposeReleaseIdle && p.By != s.Region && p.Region != s.Region {
			waiting[p.Cycle]++
		}
	}
	var out []task
	for _, c := range slices.Backward(s.options.Registry.Campaigns()) {
		if n := waiting[c.Cycle]; n > 0 {
			out = append(out, task{"Agree to free a company, " + string(c.Cycle), "Its AHSN has not contacted it; it takes two others", "/claims/idle?cycle=" + string(c.Cycle), toDo(n)})
		}
	}
	return out
}
