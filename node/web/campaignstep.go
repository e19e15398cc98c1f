package web

import (
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

// campaignStepsOf lists the steps of the survey. The registry decides whether
// one is allowed.
func campaignStepsOf(c survey.Campaign) []campaignStep {
	if c.State != survey.CampaignOpen {
		return nil
	}

	steps := []campaignStep{
		{stepDates, "Change its dates", "Enter them below"},
		{stepPolicy, "Change the release rules", "Choose them below"},
		{stepLapse, "Change how long a claim stands", "Enter the days below"},
	}
	if c.FrozenAt.IsZero() {
		steps = append(steps, campaignStep{stepFreeze, "Fix the list of companies",
			"Companies that are added later count as late"})
	}
	return append(steps, campaignStep{stepClose, "Close the survey",
		"Nobody can claim or answer any more, and the figures become final. " +
			"Answers that were still waiting are added, and another AHSN may work out single ones of them"})
}

// change proposes one step of an open survey, or consents to the same proposal of
// another region.
func (h *campaignPages) change(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	typed := typedIn(r)
	again := func(fault page.Fault) error {
		return h.showCampaign(w, r, http.StatusUnprocessableEntity, campaign, typed, fault)
	}
	outcome, fault, err := h.take(r, typed, campaign.Cycle)
	if fault.Field != "" {
		return again(fault)
	}
	return h.stepped(w, r, campaign.Cycle, outcome, err, again)
}

// take takes the chosen step. The fault says why the form cannot be sent.
func (h *campaignPages) take(r *http.Request, typed typedCampaign, cycle survey.Cycle) (outcome survey.Outcome,
	fault page.Fault, err error) {
	ctx, request := r.Context(), page.Request(r)
	switch days, dayFault := lapseDays(typed.Lapse); {
	case typed.Step == stepDates && typed.Opens == "" && typed.Closes == "":
		fault = page.Fault{Field: "opens", Message: "Enter the first day, the last day, or both"}
	case typed.Step == stepDates:
		outcome, err = h.writer.CampaignDates(ctx, request, cycle, typed.Opens, typed.Closes)
	case typed.Step == stepPolicy && typed.Policy == "":
		fault = page.Fault{Field: "policy", Message: "Choose the release rules"}
	case typed.Step == stepPolicy:
		outcome, err = h.writer.CampaignPolicy(ctx, request, cycle, typed.Policy)
	case typed.Step == stepLapse && dayFault.Field != "":
		fault = dayFault
	case typed.Step == stepLapse:
		outcome, err = h.writer.CampaignLapse(ctx, request, cycle, days)
	case typed.Step == stepFreeze:
		outcome, err = h.writer.FreezeEligible(ctx, request, cycle)
	case typed.Step == stepClose:
		outcome, err = h.writer.CloseCampaign(ctx, request, cycle)
	default:
		fault = page.Fault{Field: "step", Message: "Choose what is to change"}
	}

	outcome, err = granted(outcome, err)
	return outcome, fault, err
}

var lapseFault = page.Fault{Field: "lapse",
	Message: fmt.Sprintf("Enter a number of days up to %d, or 0 for no end", survey.MaxLapseDays)}

// lapseDays reads for how many days a claim stands.
func lapseDays(text string) (int, page.Fault) {
	days, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(text, "days")))
	if err != nil || days < 0 || days > survey.MaxLapseDays {
		return 0, lapseFault
	}
	return days, page.Fault{}
}
