package api

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store"
)

type overduePage struct{ Body Page[store.Overdue] }

// retentionRoutes are about records that were kept for as long as their class
// says.
func (s *server) retentionRoutes() []route {
	return []route{
		on(get, "/retention", lead, records, "Records past their retention: contacts three years after the last contact, work six years after its cycle", s.overdue),
		on(post, "/retention:erase", lead, records, "Remove every record past its retention, for good; each leaves a line in the audit log", s.eraseOverdue),
	}
}

func (s *server) overdue(ctx context.Context, _ *nothingAsked) (*overduePage, error) {
	list, err := s.eraser.Overdue(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	return &overduePage{Body: page("retention", list, "")}, nil
}

func (s *server) eraseOverdue(ctx context.Context, _ *nothingAsked) (*overduePage, error) {
	list, err := s.eraser.EraseOverdue(ctx, time.Now(), caller(ctx).Actor)
	if err != nil {
		return nil, err
	}
	if err := s.imports.Forget(); err != nil {
		return nil, fmt.Errorf("forget the uploaded lists: %w", err)
	}
	return &overduePage{Body: page("retention", list, "")}, nil
}
