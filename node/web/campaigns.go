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

// CampaignWriter opens, changes and closes the yearly surveys. A step that
// binds the nation waits for a second region; the outcome says so.
type CampaignWriter interface {
	OpenCampaign(context.Context, survey.Request, survey.Campaign) (survey.Outcome, error)
	CampaignDates(ctx context.Context, request survey.Request, cycle survey.Cycle,
		opens, closes string) (survey.Outcome, error)
	CampaignPolicy(ctx context.Context, request survey.Request, cycle survey.Cycle,
		policy string) (survey.Outcome, error)
	CampaignLapse(ctx context.Context, request survey.Request, cycle survey.Cycle, days int) (survey.Outcome, error)
	FreezeEligible(context.Context, survey.Request, survey.Cycle) (survey.Outcome, error)
	CloseCampaign(context.Context, survey.Request, survey.Cycle) (survey.Outcome, error)
}

// campaignPages are the pages of campaigns, which pages call yearly surveys.
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

// typedCampaign is the input of the form of a survey.
type typedCampaign struct{ Cycle, Opens, Closes, Policy, Lapse, Step, From string }

// typedIn reads the form of a survey.
func typedIn(r *http.Request) typedCampaign {
	field := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	return typedCampaign{Cycle: field("cycle"), Opens: field("opens"), Closes: field("closes"), Policy: field("policy"),
		Lapse: field("lapse"), Step: field("step"), From: field("from")}
}

// list lists the yearly surveys.
func (h *campaignPages) list(w http.ResponseWriter, r *http.Request) error {
	return h.showCampaigns(w, r, http.StatusOK, typedCampaign{Cycle: string(h.nextCycle())})
}

func (h *campaignPages) showCampaigns(w http.ResponseWriter, r *http.Request, status int, typed typedCampaign,
	faults ...page.Fault) error {
	view := campaignsView{Next: h.nextCycle(), Policies: policyTexts, Typed: typed, Earlier: h.earlier(anyYear)}

	for _, c := range slices.Backward(h.campaigns.Campaigns()) {
		view.Rows = append(view.Rows, campaignRow{Cycle: c.Cycle, Address: campaignAddress(c.Cycle),
			State: survey.Sentence(openWords(h.Clock, c)), Waits: c.State == survey.CampaignPlanned})
	}
	return h.Render(w, r, status, "campaigns", "Yearly surveys", view, faults...)
}

// nextCycle is the year that is most likely to be asked about next: that after
// the newest survey, else the one that ended last.
func (h *campaignPages) nextCycle() survey.Cycle {
	// A survey asks about the financial year before it, which ends in March.
	newest := h.Now().In(h.London).AddDate(-1, -3, 0).Year() - 1
	for _, c := range h.campaigns.Campaigns() {
		newest = max(newest, c.Cycle.FirstYear())
	}
	return survey.Cycle(fmt.Sprintf("%04d-%02d", newest+1, (newest+2)%100))
}

// open proposes to open a survey, or consents to the same proposal of another
// region.
func (h *campaignPages) open(w http.ResponseWriter, r *http.Request) error {
	typed := typedIn(r)
	again := func(fault page.Fault) error {
		return h.showCampaigns(w, r, http.StatusUnprocessableEntity, typed, fault)
	}
	cycle, err := survey.ParseCycle(typed.Cycle)
	if err != nil {
		return again(page.Fault{Field: "cycle", Message: "Enter a year such as " + string(h.nextCycle())})
	}

	request := page.Request(r)
	outcome, err := granted(h.writer.OpenCampaign(r.Context(), request,
		survey.Campaign{Cycle: cycle, Policy: typed.Policy, Opens: typed.Opens, Closes: typed.Closes}))

	// Companies are taken over at once if no second region has to agree.
	from, parseErr := survey.ParseCycle(typed.From)
	if parseErr == nil && err == nil && outcome.Status != survey.OutcomeProposed {
		request.ID += "/take-over"
		outcome, err = granted(h.eligible.RollForward(r.Context(), request, cycle, from))
	}
	return h.stepped(w, r, cycle, outcome, err, again)
}

// stepped answers after a step of a survey: the survey as it is then,
// or the form again with the fault that the registry found.
func (h *campaignPages) stepped(w http.ResponseWriter, r *http.Request, cycle survey.Cycle, outcome survey.Outcome,
	err error, again func(page.Fault) error) error {
	var refusal *survey.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Code == survey.RefusedInvalid:
		return again(campaignFault(refusal))
	case errors.As(err, &refusal):
		p := page.Refused(refusal)
		p.Link, p.Label = campaignAddress(cycle), "Survey "+string(cycle)
		return p
	case err != nil:
		return err
	}

	return page.Redirect(w, r, campaignAddress(cycle)+"?done="+stepDone(outcome, "taken"))
}

// campaignFaults are the faults of a form in the pages' words, by words of the
// detail of the registry's refusal.
var campaignFaults = []struct {
	detail string
	fault  page.Fault
}{
	{"a cycle is written as", page.Fault{Field: "cycle", Message: "A year is written as 2019-20"}},
	{"a date is written as", page.Fault{Field: "opens", Message: "A day is written as 2023-04-01"}},
	{"cannot close before it opens", page.Fault{Field: "opens", Message: "A survey cannot close before it opens"}},
	{"is laxer", page.Fault{Field: "policy", Message: "The set of release rules is laxer than the federation's"}},
	{"its campaigns have the same", page.Fault{Field: "policy",
		Message: "The set of release rules has to be the federation's"}},
	{"a policy is standard", page.Fault{Field: "policy", Message: "Choose one of the release rules"}},
	{"is not known here", page.Fault{Field: "policy",
		Message: "This node does not know the release rules that the federation was founded with"}},
	{"claims lapse after", lapseFault},
}

// campaignFault returns the fault of the form. The detail of a newer node's
// registry is shown as it is.
func campaignFault(refusal *survey.Refusal) page.Fault {
	for _, known := range campaignFaults {
		if strings.Contains(refusal.Detail, known.detail) {
			return known.fault
		}
	}
	return page.Fault{Field: "opens", Message: strings.TrimSuffix(survey.Sentence(refusal.Detail), ".")}
}
