package api

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// ClaimHistorian tells every change of a claim, in the order of the numbers.
type ClaimHistorian interface {
	ClaimHistory(survey.Cycle, survey.Identifier) ([]survey.ClaimEvent, error)
}

type (
	claimHistory struct {
		ClaimPath
		Freshness
	}
	claimHistoryRead struct {
		ReadHeaders
		Body Page[survey.ClaimEvent]
	}
)

func (s *server) claimHistory(ctx context.Context, in *claimHistory) (*claimHistoryRead, error) {
	cycle, id, err := in.parse()
	if err != nil {
		return nil, err
	}
	headers, err := s.await(ctx, in.Freshness)
	if err != nil {
		return nil, err
	}
	events, err := s.registry.ClaimHistory(cycle, id)
	if err != nil {
		return nil, err
	}
	return &claimHistoryRead{ReadHeaders: headers, Body: page("claim-history", events, "")}, nil
}
