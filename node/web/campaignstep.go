package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

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

// change proposes one step of an open survey, or consents to what
// another region proposed in the same words.
func (h *campaignPages) change(w http.ResponseWriter, r *http.Request) {
	campaign, ok := h.campaign(w, r)
	if !ok {
		return
	}
	typed := typedIn(r)
	again := func(faults []page.Fault) {
		h.showCampaign(w, r, http.StatusUnprocessableEntity, campaign, typed, faults)
	}
	take := h.takeCampaignStep(typed)
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
	h.campaignStepped(w, r, campaign.Cycle, outcome, err, again)
}

// takeCampaignStep returns what takes the chosen step, nil if none was chosen.
func (h *campaignPages) takeCampaignStep(typed typedCampaign) func(context.Context, survey.Request, survey.Cycle) (survey.Outcome, error) {
	switch typed.Step {
	case stepDates:
		return func(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
			return h.writer.CampaignDates(ctx, request, cycle, typed.Opens, typed.Closes)
		}
	case stepPolicy:
		return func(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
			return h.writer.CampaignPolicy(ctx, request, cycle, typed.Policy)
		}
	case stepLapse:
		return func(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
			days, _ := lapseDays(typed.Lapse)
			return h.writer.CampaignLapse(ctx, request, cycle, days)
		}
	case stepFreeze:
		return h.writer.FreezeEligible
	case stepClose:
		return h.writer.CloseCampaign
	}
	return nil
}

// lapseDays reads the term that was entered into the form of a survey.
func lapseDays(text string) (int, []page.Fault) {
	days, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(text, "days")))
	if err != nil || days < 0 || days > survey.MaxLapseDays {
		return 0, []page.Fault{{Field: "lapse", Message: fmt.Sprintf("Enter a number of days up to %d, or 0 for no end", survey.MaxLapseDays)}}
	}
	return days, nil
}
