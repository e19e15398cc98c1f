package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

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

// campaigns lists the yearly surveys.
func (s *Site) campaigns(w http.ResponseWriter, r *http.Request) {
	s.showCampaigns(w, r, http.StatusOK, typedCampaign{Cycle: string(s.nextCycle())}, nil)
}

func (s *Site) showCampaigns(w http.ResponseWriter, r *http.Request, status int, typed typedCampaign, faults []page.Fault) {
	view := campaignsView{Next: s.nextCycle(), Policies: policyTexts, Typed: typed, Earlier: s.earlier(anyYear)}
	for _, c := range slices.Backward(s.options.Registry.Campaigns()) {
		view.Rows = append(view.Rows, campaignRow{Cycle: c.Cycle, Address: campaignAddress(c.Cycle), State: survey.Sentence(s.openWords(c)), Waits: c.State == survey.CampaignPlanned})
	}
	s.RenderFaulty(w, r, status, "campaigns", "Yearly surveys", view, faults)
}

// nextCycle is the year that is most likely to be asked about next: that after
// the newest survey, else the one that ended last.
func (s *Site) nextCycle() survey.Cycle {
	newest := s.Now().In(s.London).AddDate(-1, -3, 0).Year() - 1
	for _, c := range s.options.Registry.Campaigns() {
		newest = max(newest, c.Cycle.FirstYear())
	}
	return survey.Cycle(fmt.Sprintf("%04d-%02d", newest+1, (newest+2)%100))
}

// openCampaign proposes to open a survey, or consents to what another region
// proposed in the same words.
func (s *Site) openCampaign(w http.ResponseWriter, r *http.Request) {
	typed := typedIn(r)
	cycle, err := survey.ParseCycle(typed.Cycle)
	if err != nil {
		s.showCampaigns(w, r, http.StatusUnprocessableEntity, typed, []page.Fault{{Field: "cycle", Message: "Enter a year such as " + string(s.nextCycle())}})
		return
	}
	request := page.Request(r)
	outcome, err := s.options.Campaigns.OpenCampaign(r.Context(), request, survey.Campaign{Cycle: cycle, Policy: typed.Policy, Opens: typed.Opens, Closes: typed.Closes})
	if from, parseErr := survey.ParseCycle(typed.From); parseErr == nil && err == nil && outcome.Refusal == nil && outcome.Status != survey.OutcomeProposed {
		request.ID += "/take-over"
		outcome, err = s.options.Campaigns.RollForward(r.Context(), request, cycle, from)
	}
	s.campaignStepped(w, r, cycle, outcome, err, func(faults []page.Fault) { s.showCampaigns(w, r, http.StatusUnprocessableEntity, typed, faults) })
}

// campaignStepped answers after a step of a survey: the survey as it is then,
// or the form again with what the registry found wrong with it.
func (s *Site) campaignStepped(w http.ResponseWriter, r *http.Request, cycle survey.Cycle, outcome survey.Outcome, err error, again func([]page.Fault)) {
	if err == nil && outcome.Refusal != nil {
		err = outcome.Refusal
	}
	var refusal *survey.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Code == survey.RefusedInvalid:
		field := "opens"
		switch {
		case strings.Contains(refusal.Detail, "polic"):
			field = "policy"
		case strings.Contains(refusal.Detail, "lapse"):
			field = "lapse"
		}
		again([]page.Fault{{Field: field, Message: surveyWords(refusal.Detail)}})
	case errors.As(err, &refusal):
		p := page.Refused(refusal)
		p.Link, p.Label = campaignAddress(cycle), "Survey "+string(cycle)
		s.Problem(w, r, http.StatusConflict, p)
	case err != nil:
		s.fail(w, r, err)
	default:
		http.Redirect(w, r, campaignAddress(cycle)+"?done="+stepDone(outcome, "taken"), http.StatusSeeOther)
	}
}

// surveyWords is what the registry says of a campaign, in the pages' word.
func surveyWords(detail string) string {
	return strings.TrimSuffix(survey.Sentence(strings.ReplaceAll(strings.ReplaceAll(detail, "campaign", "survey"), "policy", "set of release rules")), ".")
}
