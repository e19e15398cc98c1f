package api

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// EligibleSets keeps the organisations that a campaign asks. ProposedClaims are
// those that a region leads, with the regions that support or hold them too.
type EligibleSets interface {
	AddSupported(context.Context, survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error)
	ImportEligible(context.Context, survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error)
	RollForward(ctx context.Context, request survey.Request, cycle, earlier survey.Cycle) (survey.Outcome, error)
	FreezeEligible(context.Context, survey.Request, survey.Cycle) (survey.Outcome, error)
	EligibleSet(cycle survey.Cycle, after string, limit int) (set []survey.Eligible, next string)
	ProposedClaims(
		cycle survey.Cycle, region survey.Region, after string, limit int,
	) (proposed []survey.ProposedClaim, next string)
}

// Roll says from which cycle an eligible set is rolled forward.
type Roll struct {
	From string `json:"from" maxLength:"16" example:"2021-22"`
}

type (
	rollForward struct {
		CyclePath
		Body Roll
	}
	listEligible struct {
		CyclePath
		Paging
		Freshness
	}
	eligiblePage struct {
		ReadHeaders
		Body Page[survey.Eligible]
	}
	proposedPage struct {
		ReadHeaders
		Body Page[survey.ProposedClaim]
	}
)

// eligibleHandlers read and fill the eligible set of a campaign.
type eligibleHandlers struct {
	region   survey.Region
	lists    campaignLists
	eligible EligibleSets
	steps    campaignSteps
}

func (h eligibleHandlers) addSupported(ctx context.Context, in *companiesOfCycle) (*batchDone, error) {
	return identifierBatch(ctx, in, in.Body.Sponsoring, h.eligible.AddSupported)
}

func (h eligibleHandlers) add(ctx context.Context, in *companiesOfCycle) (*batchDone, error) {
	// This node's region imports the set itself, so the body's region is ignored.
	return identifierBatch(ctx, in, Sponsoring{}, h.eligible.ImportEligible)
}

func (h eligibleHandlers) roll(ctx context.Context, in *rollForward) (*campaignWritten, error) {
	from, err := parseCycle("body.from", in.Body.From)
	if err != nil {
		return nil, err
	}

	return h.steps.take(ctx, in.CyclePath, func(request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
		return h.eligible.RollForward(ctx, request, cycle, from)
	})
}

func (h eligibleHandlers) freeze(ctx context.Context, in *CyclePath) (*campaignWritten, error) {
	return h.steps.take(ctx, *in, func(request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
		return h.eligible.FreezeEligible(ctx, request, cycle)
	})
}

func (h eligibleHandlers) list(ctx context.Context, in *listEligible) (*eligiblePage, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}

	headers, body, err := campaignPage(ctx, h.lists, cycle, "eligible "+string(cycle), in.Paging, in.Freshness,
		func(after string, limit int) ([]survey.Eligible, string) {
			return h.eligible.EligibleSet(cycle, after, limit)
		})
	if err != nil {
		return nil, err
	}
	return &eligiblePage{ReadHeaders: headers, Body: body}, nil
}

// proposed lists the companies that this region might claim. It claims nothing.
func (h eligibleHandlers) proposed(ctx context.Context, in *listEligible) (*proposedPage, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}

	headers, body, err := campaignPage(ctx, h.lists, cycle, "proposed "+string(cycle), in.Paging, in.Freshness,
		func(after string, limit int) ([]survey.ProposedClaim, string) {
			return h.eligible.ProposedClaims(cycle, h.region, after, limit)
		})
	if err != nil {
		return nil, err
	}
	return &proposedPage{ReadHeaders: headers, Body: body}, nil
}
