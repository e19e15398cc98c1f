package api

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// CampaignReader reads campaigns from this node's copy of the registry.
type CampaignReader interface {
	Campaign(survey.Cycle) (survey.Campaign, error)
	Campaigns() []survey.Campaign
	Counts(survey.Cycle) (survey.CampaignCounts, error)
}

// CampaignWriter opens campaigns and says which organisations this region
// supported in their cycle.
type CampaignWriter interface {
	OpenCampaign(context.Context, survey.Request, survey.Campaign) (survey.Outcome, error)
	AddSupported(context.Context, survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error)
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

// CampaignDetail is a campaign with the registry's own counts, which are right
// even when regions are down.
type CampaignDetail struct {
	survey.Campaign
	Counts survey.CampaignCounts `json:"counts"`
}

// IdentifierBatch is a list of organisations by any of their identifiers.
type IdentifierBatch struct {
	Organisations []string `json:"organisations" nullable:"false" minItems:"1" maxItems:"5000" maxLength:"80"`
	Sponsoring
}

type (
	listCampaigns struct{ Freshness }
	campaignsPage struct {
		ReadHeaders
		Body Page[survey.Campaign]
	}
	oneCampaign struct {
		CyclePath
		Freshness
	}
	campaignRead struct {
		ReadHeaders
		Body CampaignDetail
	}
	openCampaign    struct{ Body NewCampaign }
	campaignWritten struct {
		Status int
		Body   CampaignStepped
	}
	addSupported struct {
		CyclePath
		Body IdentifierBatch
	}
)

// CyclePath is the cycle in a path.
type CyclePath struct {
	Cycle string `path:"cycle" maxLength:"16" example:"2022-23"`
}

func (c CyclePath) parse() (survey.Cycle, error) { return parseCycle("path.cycle", c.Cycle) }

func (s *server) listCampaigns(ctx context.Context, in *listCampaigns) (*campaignsPage, error) {
	headers, err := s.await(ctx, in.Freshness)
	if err != nil {
		return nil, err
	}
	return &campaignsPage{ReadHeaders: headers, Body: page("campaigns", s.registry.Campaigns(), "")}, nil
}

func (s *server) getCampaign(ctx context.Context, in *oneCampaign) (*campaignRead, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	headers, err := s.await(ctx, in.Freshness)
	if err != nil {
		return nil, err
	}
	campaign, err := s.registry.Campaign(cycle)
	if err != nil {
		return nil, err
	}
	counts, err := s.registry.Counts(cycle)
	if err != nil {
		return nil, err
	}
	if counts.ByRegion == nil {
		counts.ByRegion = map[survey.Region]survey.RegionCounts{}
	}
	return &campaignRead{ReadHeaders: headers, Body: CampaignDetail{Campaign: campaign, Counts: counts}}, nil
}

func (s *server) openCampaign(ctx context.Context, in *openCampaign) (*campaignWritten, error) {
	cycle, err := parseCycle("body.cycle", in.Body.Cycle)
	if err != nil {
		return nil, err
	}
	if in.Body.Opens != "" && in.Body.Closes != "" && in.Body.Closes < in.Body.Opens {
		return nil, invalidField("body.closes", "lies before opens")
	}
	questionnaire, definitions, err := s.campaignEditions(in.Body.Questionnaire, in.Body.Definitions)
	if err != nil {
		return nil, err
	}
	outcome, err := s.registry.OpenCampaign(ctx, request(ctx), survey.Campaign{Cycle: cycle, Questionnaire: questionnaire, Definitions: definitions,
		Policy: in.Body.Policy, Opens: in.Body.Opens, Closes: in.Body.Closes})
	if err != nil {
		return nil, err
	}
	return s.campaignAfter(outcome, cycle, createdOrExisting(outcome))
}

func (s *server) addSupported(ctx context.Context, in *addSupported) (*batchDone, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	request, err := in.Body.request(ctx)
	if err != nil {
		return nil, err
	}
	return identifierBatch(in.Body, func(ids []survey.Identifier) ([]survey.Outcome, error) {
		return s.registry.AddSupported(ctx, request, cycle, ids)
	})
}

func identifierBatch(rows IdentifierBatch, send func([]survey.Identifier) ([]survey.Outcome, error)) (*batchDone, error) {
	return batch(len(rows.Organisations), func(i int) (survey.Identifier, error) {
		return parseIdentifier(at("body.organisations", i), rows.Organisations[i])
	}, send)
}
