package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// CampaignWriter opens, changes and closes the yearly surveys. What binds the
// nation waits for a second region; the outcome says so.
type CampaignWriter interface {
	OpenCampaign(context.Context, survey.Request, survey.Campaign) (survey.Outcome, error)
	CampaignDates(ctx context.Context, request survey.Request, cycle survey.Cycle, opens, closes string) (survey.Outcome, error)
	CampaignPolicy(ctx context.Context, request survey.Request, cycle survey.Cycle, policy string) (survey.Outcome, error)
	CampaignLapse(ctx context.Context, request survey.Request, cycle survey.Cycle, days int) (survey.Outcome, error)
	FreezeEligible(context.Context, survey.Request, survey.Cycle) (survey.Outcome, error)
	CloseCampaign(context.Context, survey.Request, survey.Cycle) (survey.Outcome, error)
}

// campaignPages are the yearly surveys: what they are called on pages.
type campaignPages struct {
	base
	writer    CampaignWriter
	eligible  EligibleWriter
	proposals Proposals
}

// campaignsView is every yearly survey, and the form that opens another.
type campaignsView struct {
	Rows     []campaignRow
	Next     survey.Cycle // the year that is likely to be opened
	Policies []policyView
	Earlier  []survey.Cycle // whose companies can be taken over
	Typed    typedCampaign
}

// campaignRow is one survey in the list, the newest first.
type campaignRow struct {
	Cycle          survey.Cycle
	Address, State string
	Waits          bool // until a second AHSN agrees
}

// typedCampaign is what was entered into the form of a survey.
type typedCampaign struct{ Cycle, Opens, Closes, Policy, Lapse, Step, From string }

func typedIn(r *http.Request) typedCampaign {
	f := r.PostForm
	return typedCampaign{Cycle: strings.TrimSpace(f.Get("cycle")), Opens: strings.TrimSpace(f.Get("opens")), Closes: strings.TrimSpace(f.Get("closes")),
		Policy: f.Get("policy"), Lapse: strings.TrimSpace(f.Get("lapse")), Step: f.Get("step"), From: f.Get("from")}
}

// list lists the yearly surveys.
func (h *campaignPages) list(w http.ResponseWriter, r *http.Request) {
	h.showCampaigns(w, r, http.StatusOK, typedCampaign{Cycle: string(h.nextCycle())}, nil)
}

func (h *campaignPages) showCampaigns(w http.ResponseWriter, r *http.Request, status int, typed typedCampaign, faults []page.Fault) {
	view := campaignsView{Next: h.nextCycle(), Policies: policyTexts, Typed: typed, Earlier: h.earlier(anyYear)}
	for _, c := range slices.Backward(h.campaigns.Campaigns()) {
		view.Rows = append(view.Rows, campaignRow{Cycle: c.Cycle, Address: campaignAddress(c.Cycle), State: survey.Sentence(openWords(h.Clock, c)), Waits: c.State == survey.CampaignPlanned})
	}
	h.RenderFaulty(w, r, status, "campaigns", "Yearly surveys", view, faults)
}

// nextCycle is the year that is most likely to be asked about next: that after
// the newest survey, else the one that ended last.
func (h *campaignPages) nextCycle() survey.Cycle {
	newest := h.Now().In(h.London).AddDate(-1, -3, 0).Year() - 1
	for _, c := range h.campaigns.Campaigns() {
		newest = max(newest, c.Cycle.FirstYear())
	}
	return survey.Cycle(fmt.Sprintf("%04d-%02d", newest+1, (newest+2)%100))
}

// open proposes to open a survey, or consents to what another region
// proposed in the same words.
func (h *campaignPages) open(w http.ResponseWriter, r *http.Request) {
	typed := typedIn(r)
	cycle, err := survey.ParseCycle(typed.Cycle)
	if err != nil {
		h.showCampaigns(w, r, http.StatusUnprocessableEntity, typed, []page.Fault{{Field: "cycle", Message: "Enter a year such as " + string(h.nextCycle())}})
		return
	}
	request := page.Request(r)
	outcome, err := h.writer.OpenCampaign(r.Context(), request, survey.Campaign{Cycle: cycle, Policy: typed.Policy, Opens: typed.Opens, Closes: typed.Closes})
	if from, parseErr := survey.ParseCycle(typed.From); parseErr == nil && err == nil && outcome.Refusal == nil && outcome.Status != survey.OutcomeProposed {
		request.ID += "/take-over"
		outcome, err = h.eligible.RollForward(r.Context(), request, cycle, from)
	}
	h.campaignStepped(w, r, cycle, outcome, err, func(faults []page.Fault) { h.showCampaigns(w, r, http.StatusUnprocessableEntity, typed, faults) })
}

// campaignStepped answers after a step of a survey: the survey as it is then,
// or the form again with what the registry found wrong with it.
func (h *campaignPages) campaignStepped(w http.ResponseWriter, r *http.Request, cycle survey.Cycle, outcome survey.Outcome, err error, again func([]page.Fault)) {
	outcome, err = granted(outcome, err)
	var refusal *survey.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Code == survey.RefusedInvalid:
		again([]page.Fault{campaignFault(refusal)})
	case errors.As(err, &refusal):
		p := page.Refused(refusal)
		p.Link, p.Label = campaignAddress(cycle), "Survey "+string(cycle)
		h.Problem(w, r, http.StatusConflict, p)
	case err != nil:
		h.fail(w, r, err)
	default:
		http.Redirect(w, r, campaignAddress(cycle)+"?done="+stepDone(outcome, "taken"), http.StatusSeeOther)
	}
}

// campaignFaults are what the registry finds wrong with a campaign, by words of
// its refusal's detail, in the pages' words, which call it a survey.
var campaignFaults = []struct {
	detail string
	fault  page.Fault
}{
	{"a cycle is written as", page.Fault{Field: "cycle", Message: "A year is written as 2019-20"}},
	{"a date is written as", page.Fault{Field: "opens", Message: "A day is written as 2023-04-01"}},
	{"cannot close before it opens", page.Fault{Field: "opens", Message: "A survey cannot close before it opens"}},
	{"is laxer", page.Fault{Field: "policy", Message: "The set of release rules is laxer than the federation's"}},
	{"its campaigns have the same", page.Fault{Field: "policy", Message: "The set of release rules has to be the federation's"}},
	{"a policy is standard", page.Fault{Field: "policy", Message: "Choose one of the release rules"}},
	{"is not known here", page.Fault{Field: "policy", Message: "This node does not know the release rules that the federation was founded with"}},
	{"claims lapse after", page.Fault{Field: "lapse", Message: fmt.Sprintf("Enter a number of days up to %d, or 0 for no end", survey.MaxLapseDays)}},
}

// campaignFault says what is wrong with the form. What a newer node's registry
// says is shown as it is.
func campaignFault(refusal *survey.Refusal) page.Fault {
	for _, known := range campaignFaults {
		if strings.Contains(refusal.Detail, known.detail) {
			return known.fault
		}
	}
	return page.Fault{Field: "opens", Message: strings.TrimSuffix(survey.Sentence(refusal.Detail), ".")}
}
