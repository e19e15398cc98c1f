package api

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// PublicTables makes tables for the public: cells that would give a company
// away are hidden, with others that would give those away.
type PublicTables interface {
	PublicTable(cycle survey.Cycle, metric string, by survey.Dimension) (survey.PublicTable, error)
}

// Reconciler puts a metric's restated series beside what was published.
type Reconciler interface {
	Reconciliation(metric string, from survey.Cycle) (survey.Reconciliation, error)
}

// firstPublished is the first cycle of which anything was published.
const firstPublished = survey.Cycle("2018-19")

type (
	getPublicTable struct {
		Cycle  string `query:"cycle" required:"true" maxLength:"16" example:"2021-22"`
		Metric string `query:"metric" required:"true" maxLength:"64" example:"investment_leveraged"`
		By     string `query:"by" required:"true" enum:"sector,size,stage,support" doc:"Columns; the rows are the regions"`
	}
	publicTableRead   struct{ Body survey.PublicTable }
	getReconciliation struct {
		Metric string `query:"metric" required:"true" maxLength:"64" example:"investment_leveraged"`
		From   string `query:"from" maxLength:"16" doc:"First cycle of the sums" example:"2018-19"`
	}
	reconciliationRead struct{ Body survey.Reconciliation }
)

func (s *server) getPublicTable(_ context.Context, in *getPublicTable) (*publicTableRead, error) {
	cycle, err := parseCycle("query.cycle", in.Cycle)
	if err != nil {
		return nil, err
	}
	table, err := s.totals.PublicTable(cycle, in.Metric, survey.Dimension(in.By))
	if err != nil {
		return nil, err
	}
	return &publicTableRead{Body: table}, nil
}

func (s *server) getReconciliation(_ context.Context, in *getReconciliation) (*reconciliationRead, error) {
	from := firstPublished
	if in.From != "" {
		var err error
		if from, err = parseCycle("query.from", in.From); err != nil {
			return nil, err
		}
	}
	series, err := s.totals.Reconciliation(in.Metric, from)
	if err != nil {
		return nil, err
	}
	return &reconciliationRead{Body: series}, nil
}
