package api

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// CampaignLife closes campaigns and keeps their eligible sets.
type CampaignLife interface {
	CloseCampaign(context.Context, survey.Request, survey.Cycle) (survey.Outcome, error)
	FreezeEligible(context.Context, survey.Request, survey.Cycle) (survey.Outcome, error)
	ImportEligible(context.Context, survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error)
	RollForward(ctx context.Context, request survey.Request, cycle, earlier survey.Cycle) (survey.Outcome, error)
	LiftDoNotSurvey(context.Context, survey.Request, survey.Identifier) (survey.Outcome, error)
	EligibleSet(cycle survey.Cycle, after string, limit int) (set []survey.Eligible, next string)
}

// Roll says from which cycle an eligible set is rolled forward.
type Roll struct {
	From string `json:"from" maxLength:"16" example:"2021-22"`
}

type (
	cycleOnly    struct{ CyclePath }
	listEligible struct {
		CyclePath
		Paging
		Freshness
	}
	eligiblePage struct {
		ReadHeaders
		Body Page[survey.Eligible]
	}
	importEligible struct {
		CyclePath
		Body IdentifierBatch
	}
	rollForward struct {
		CyclePath
		Body Roll
	}
	liftRefusal struct {
		OrganisationPath
	}
)

func (s *server) closeCampaign(ctx context.Context, in *cycleOnly) (*campaignWritten, error) {
	return s.stepCampaign(ctx, in.CyclePath, s.registry.CloseCampaign)
}

func (s *server) freezeEligible(ctx context.Context, in *cycleOnly) (*campaignWritten, error) {
	return s.stepCampaign(ctx, in.CyclePath, s.registry.FreezeEligible)
}

func (s *server) rollForward(ctx context.Context, in *rollForward) (*campaignWritten, error) {
	from, err := parseCycle("body.from", in.Body.From)
	if err != nil {
		return nil, err
	}
	return s.stepCampaign(ctx, in.CyclePath, func(ctx context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
		return s.registry.RollForward(ctx, request, cycle, from)
	})
}

// stepCampaign takes a campaign one step and returns it as it is then.
func (s *server) stepCampaign(ctx context.Context, path CyclePath, step func(context.Context, survey.Request, survey.Cycle) (survey.Outcome, error)) (*campaignWritten, error) {
	cycle, err := path.parse()
	if err != nil {
		return nil, err
	}
	outcome, err := step(ctx, request(ctx), cycle)
	if err != nil {
		return nil, err
	}
	return s.campaignAfter(outcome, cycle, ok)
}

func (s *server) listEligible(ctx context.Context, in *listEligible) (*eligiblePage, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	list := "eligible " + string(cycle)
	after, err := decodeCursor(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	headers, err := s.await(ctx, in.Freshness)
	if err != nil {
		return nil, err
	}
	if _, err := s.registry.Campaign(cycle); err != nil {
		return nil, err
	}
	set, next := s.registry.EligibleSet(cycle, after, in.Limit)
	return &eligiblePage{ReadHeaders: headers, Body: page(list, set, next)}, nil
}

func (s *server) importEligible(ctx context.Context, in *importEligible) (*batchDone, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	return identifierBatch(in.Body, func(ids []survey.Identifier) ([]survey.Outcome, error) {
		return s.registry.ImportEligible(ctx, request(ctx), cycle, ids)
	})
}

func (s *server) liftRefusal(ctx context.Context, in *liftRefusal) (*organisationChanged, error) {
	id, err := parseIdentifier("path.id", in.ID)
	if err != nil {
		return nil, err
	}
	outcome, err := s.registry.LiftDoNotSurvey(ctx, request(ctx), id)
	return s.organisationAfter(outcome, err, id)
}

// asList marks a route that takes a list.
func (r route) asList() route {
	r.list = true
	return r
}
