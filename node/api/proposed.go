package api

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// Proposer lists the eligible companies that a region leads, with who else
// supports or holds them.
type Proposer interface {
	ProposedClaims(cycle survey.Cycle, region survey.Region, after string, limit int) (proposed []survey.ProposedClaim, next string)
}

type (
	listProposed struct {
		CyclePath
		Paging
		Freshness
	}
	proposedPage struct {
		ReadHeaders
		Body Page[survey.ProposedClaim]
	}
)

// listProposed shows what this region might claim: it claims nothing.
func (s *server) listProposed(ctx context.Context, in *listProposed) (*proposedPage, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	list := "proposed " + string(cycle)
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
	proposed, next := s.registry.ProposedClaims(cycle, s.region, after, in.Limit)
	return &proposedPage{ReadHeaders: headers, Body: page(list, proposed, next)}, nil
}
