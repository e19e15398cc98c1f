package api

import (
	"cmp"
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// PublicTables makes tables for the public: cells that would give a company
// away are hidden, with others that would give those away. Without a breakdown
// it is the nation beside its regions, or the nation's rounded figure until all
// is final.
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
		Metric string `query:"metric" maxLength:"64" example:"investment_leveraged" doc:"investment_leveraged if it is left out"`
		By     string `query:"by" enum:"sector,size,stage,support" doc:"Columns; the rows are the regions. Left out: the nation and the regions alone, and before all is final the nation's rounded figure"`
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
	table, err := s.publicTable(cycle, in.Metric, in.By)
	if err != nil {
		return nil, err
	}
	return &publicTableRead{Body: table}, nil
}

// usualMetric is the one of public tables that name none.
const usualMetric = "investment_leveraged"

func (s *server) publicTable(cycle survey.Cycle, metric, by string) (survey.PublicTable, error) {
	return s.totals.PublicTable(cycle, cmp.Or(metric, usualMetric), survey.Dimension(by))
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
