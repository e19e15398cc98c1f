package api

import (
	"context"
	"net/http"

	"github.com/ahsn-network/tracker/store/survey"
)

// Campaigns reads campaigns from this node's copy of the registry, opens and
// closes them, and changes the terms on which the regions agreed. A refusal may
// be in the outcome or be the error.
type Campaigns interface {
	campaignFinder
	Campaigns() []survey.Campaign
	Counts(survey.Cycle) (survey.CampaignCounts, error)
	OpenCampaign(context.Context, survey.Request, survey.Campaign) (survey.Outcome, error)
	CloseCampaign(context.Context, survey.Request, survey.Cycle) (survey.Outcome, error)
	CampaignDates(
		ctx context.Context, request survey.Request, cycle survey.Cycle, opens, closes string,
	) (survey.Outcome, error)
	CampaignPolicy(
		ctx context.Context, request survey.Request, cycle survey.Cycle, policy string,
	) (survey.Outcome, error)
	CampaignLapse(ctx context.Context, request survey.Request, cycle survey.Cycle, days int) (survey.Outcome, error)
}

// NewCampaign opens the campaign of one cycle. Questionnaire and definitions
// default to the current ones, the policy to the federation's.
type NewCampaign struct {
	Cycle         string `json:"cycle" maxLength:"16" example:"2022-23"`
	Questionnaire string `json:"questionnaire,omitempty" pattern:"^[a-z0-9-]{1,32}$" example:"nq-1"`
	Definitions   string `json:"definitions,omitempty" pattern:"^[a-z0-9-]{1,32}$" example:"md-1"`
	Policy        string `json:"policy,omitempty" pattern:"^[a-z0-9-]{1,32}$" example:"standard"`
	Opens         string `json:"opens,omitempty" format:"date" doc:"Day in Europe/London"`
	Closes        string `json:"closes,omitempty" format:"date" doc:"Last day, in Europe/London"`
}

// CampaignDetail is a campaign with the registry's own counts: they are right
// even when regions are down.
type CampaignDetail struct {
	survey.Campaign
	Counts survey.CampaignCounts `json:"counts"`
}

// CampaignStepped is a campaign as it is after a step.
type CampaignStepped struct {
	survey.Campaign
	Waiting
}

// CampaignChange has one of: the open campaign's new days, its new policy, or
// the days after which an idle claim lapses.
type CampaignChange struct {
	Opens  string `json:"opens,omitempty" format:"date" doc:"Day in Europe/London; absent: stays"`
	Closes string `json:"closes,omitempty" format:"date" doc:"Last day, in Europe/London; absent: stays"`
	Policy string `json:"policy,omitempty" pattern:"^[a-z0-9-]{1,32}$" example:"standard"`

	Lapse *int `json:"lapse_days,omitempty" minimum:"0" maximum:"366" doc:"Days without any change after which a claim is free again, by the registry's clock; 0: never"`
}

type (
	listCampaigns struct{ Freshness }
	oneCampaign   struct {
		CyclePath
		Freshness
	}
	openCampaign    struct{ Body NewCampaign }
	campaignWritten struct {
		Status int
		Body   CampaignStepped
	}
	changeCampaign struct {
		CyclePath
		Body CampaignChange
	}
)

// campaignHandlers read campaigns and take their steps.
type campaignHandlers struct {
	replica        Replica
	campaigns      Campaigns
	questionnaires questionnaireHandlers
	steps          campaignSteps
}

func (h campaignHandlers) list(ctx context.Context, in *listCampaigns) (*registryRead[Page[survey.Campaign]], error) {
	return readOne(ctx, nil, in.Freshness, h.replica, func() (Page[survey.Campaign], error) {
		return page("campaigns", h.campaigns.Campaigns(), ""), nil
	})
}

func (h campaignHandlers) get(ctx context.Context, in *oneCampaign) (*registryRead[CampaignDetail], error) {
	cycle, err := in.parse()
	return readOne(ctx, err, in.Freshness, h.replica, func() (CampaignDetail, error) {
		campaign, err := h.campaigns.Campaign(cycle)
		if err != nil {
			return CampaignDetail{}, err
		}

		counts, err := h.campaigns.Counts(cycle)
		// Clients get {} rather than null.
		if counts.ByRegion == nil {
			counts.ByRegion = map[survey.Region]survey.RegionCounts{}
		}
		return CampaignDetail{Campaign: campaign, Counts: counts}, err
	})
}

func (h campaignHandlers) open(ctx context.Context, in *openCampaign) (*campaignWritten, error) {
	cycle, err := parseCycle("body.cycle", in.Body.Cycle)
	if err != nil {
		return nil, err
	}

	if in.Body.Opens != "" && in.Body.Closes != "" && in.Body.Closes < in.Body.Opens {
		return nil, invalidField("body.closes", "lies before opens")
	}

	questionnaire, definitions, err := h.questionnaires.choose(in.Body.Questionnaire, in.Body.Definitions)
	if err != nil {
		return nil, err
	}

	outcome, err := h.campaigns.OpenCampaign(ctx, request(ctx), survey.Campaign{
		Cycle: cycle, Questionnaire: questionnaire, Definitions: definitions,
		Policy: in.Body.Policy, Opens: in.Body.Opens, Closes: in.Body.Closes,
	})
	if err != nil {
		return nil, err
	}
	return h.steps.after(outcome, cycle, createdOrExisting(outcome))
}

func (h campaignHandlers) change(ctx context.Context, in *changeCampaign) (*campaignWritten, error) {
	change := in.Body
	// Each kind of change may need the consent of another region by itself.
	dates, policy, lapse := change.Opens != "" || change.Closes != "", change.Policy != "", change.Lapse != nil
	if dates && policy || dates && lapse || policy && lapse || !dates && !policy && !lapse {
		return nil, invalidField("body",
			"name new days (opens, closes), a new policy, or lapse_days: each is decided by itself")
	}

	return h.steps.take(ctx, in.CyclePath, func(request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
		switch {
		case lapse:
			return h.campaigns.CampaignLapse(ctx, request, cycle, *change.Lapse)
		case dates:
			return h.campaigns.CampaignDates(ctx, request, cycle, change.Opens, change.Closes)
		}
		return h.campaigns.CampaignPolicy(ctx, request, cycle, change.Policy)
	})
}

func (h campaignHandlers) close(ctx context.Context, in *CyclePath) (*campaignWritten, error) {
	return h.steps.take(ctx, *in, func(request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
		return h.campaigns.CloseCampaign(ctx, request, cycle)
	})
}

// campaignSteps answer steps with the campaign as it is afterwards.
type campaignSteps struct {
	campaigns campaignFinder
	decisions decisionReader
}

// take parses the cycle, takes the step and returns the campaign.
func (s campaignSteps) take(
	ctx context.Context, path CyclePath, step func(survey.Request, survey.Cycle) (survey.Outcome, error),
) (*campaignWritten, error) {
	cycle, err := path.parse()
	if err != nil {
		return nil, err
	}

	outcome, err := step(request(ctx), cycle)
	if err != nil {
		return nil, err
	}
	return s.after(outcome, cycle, http.StatusOK)
}

// after returns the campaign. Done is the status of a step in effect; a step
// that waits for a second region is 202.
func (s campaignSteps) after(outcome survey.Outcome, cycle survey.Cycle, done int) (*campaignWritten, error) {
	if outcome.Refusal != nil {
		return nil, outcome.Refusal
	}

	campaign, err := s.campaigns.Campaign(cycle)
	if err != nil {
		return nil, err
	}

	out := &campaignWritten{Status: done, Body: CampaignStepped{Campaign: campaign}}
	if waiting, yes := waits(s.decisions, outcome); yes {
		out.Status, out.Body.Waiting = http.StatusAccepted, waiting
	}
	return out, nil
}
