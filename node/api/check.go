package api

import (
	"context"

	"github.com/ahsn-network/tracker/store"
)

// Checker recomputes this region's figures from its records and verifies the
// checksums and the audit log: *store.Store is one. An error means that the
// check itself could not be done.
type Checker interface {
	Check(context.Context) (store.Report, error)
}

type checked struct{ Body store.Report }

func (s *server) check(ctx context.Context, _ *nothingAsked) (*checked, error) {
	report, err := s.records.Check(ctx)
	if err != nil {
		return nil, err
	}
	if report.Findings == nil {
		report.Findings = []store.Finding{}
	}
	return &checked{Body: report}, nil
}
