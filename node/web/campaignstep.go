package web

import (
	"context"
	"net/http"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// campaignStep is one thing that two regions can change about an open survey.
type campaignStep struct{ Code, Label, Hint string }

// Steps of a survey, as its page names them.
const (
	stepDates  = "dates"
	stepPolicy = "policy"
	stepLapse  = "lapse"
	stepFreeze = "freeze"
	stepClose  = "close"
)

// campaignStepsOf lists what can be proposed for the survey as it stands.
// Whether it may be is the registry's to say.
func campaignStepsOf(c survey.Campaign) []campaignStep {
	if c.State != survey.CampaignOpen {
		return nil
	}
	steps := []campaignStep{
		{stepDates, "Change its days", "Enter them below"},
		{stepPolicy, "Change the release rules", "Choose them below"},
		{stepLapse, "Change how long a claim stands", "Enter the days below"},
	}
	if c.FrozenAt.IsZero() {
		steps = append(steps, campaignStep{stepFreeze, "Fix the list of companies", "Companies that are added later count as late"})
	}
	return append(steps, campaignStep{stepClose, "Close the survey", "Nobody can claim or answer any more, and the figures become final. Answers that still waited are added, and another AHSN may work out single ones of them"})
}

// changeCampaign proposes one step of an open survey, or consents to what
// another region proposed in the same words.
func (s *Site) changeCampaign(w http.ResponseWriter, r *http.Request) {
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	typed := typedIn(r)
	again := func(faults []page.Fault) {
		s.showCampaign(w, r, http.StatusUnprocessableEntity, campaign, typed, faults)
	}
	take := s.takeCampaignStep(typed)
	switch {
	case take == nil:
		again([]page.Fault{{Field: "step", Message: "Choose what is to change"}})
		return
	case typed.Step == stepDates && typed.Opens == "" && typed.Closes == "":
		again([]page.Fault{{Field: "opens", Message: "Enter the first day, the last day, or both"}})
		return
	case typed.Step == stepPolicy && typed.Policy == "":
		again([]page.Fault{{Field: "policy", Message: "Choose the release rules"}})
		return
	case typed.Step == stepLapse:
		if _, faults := lapseDays(typed.Lapse); len(faults) > 0 {
			again(faults)
			return
		}
	}
	outcome, err := take(r.Context(), page.Request(r), campaign.Cycle)
	s.campaignStepped(w, r, campaign.Cycle, outcome, err, again)
}

// takeCampaignStep returns what takes the chosen step, nil if none was chosen.
func (s *Site) takeCampaignStep(typed typedCampaign) func(context.Context, survey.Request, survey.Cycle) (survey.Outcome, error) {
	switch typed.Step {
	case stepDates:
		return func(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
			return s.options.Campaigns.CampaignDates(ctx, request, cycle, typed.Opens, typed.Closes)
		}
	case stepPolicy:
		return func(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
			return s.options.Campaigns.CampaignPolicy(ctx, request, cycle, typed.Policy)
		}
	case stepLapse:
		return func(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
			days, _ := lapseDays(typed.Lapse)
			return s.options.Campaigns.CampaignLapse(ctx, request, cycle, days)
		}
	case stepFreeze:
		return s.options.Campaigns.FreezeEligible
	case stepClose:
		return s.options.Campaigns.CloseCampaign
	}
	return nil
}
