package node

import (
	"context"
	"errors"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// figures are the national totals as the API asks for them: what can never be
// answered is a refusal.
type figures struct{ totals *totals.Totals }

// National returns the nation's figures.
func (f figures) National(ctx context.Context, q survey.TotalsQuery) (survey.Totals, error) {
	out, err := f.totals.National(ctx, q)
	return out, definite(err)
}

// Compare puts them beside those of an earlier cycle.
func (f figures) Compare(ctx context.Context, q survey.TotalsQuery, against survey.Cycle) (survey.Comparison, error) {
	out, err := f.totals.Compare(ctx, q, against)
	return out, definite(err)
}

// Own returns this region's own figures.
func (f figures) Own(cycle survey.Cycle, by survey.Dimension) (api.OwnFigures, error) {
	own, err := f.totals.Own(cycle, by)
	return api.OwnFigures(own), definite(err)
}

// PublicTable returns one metric for the public.
func (f figures) PublicTable(cycle survey.Cycle, metric string, by survey.Dimension) (survey.PublicTable, error) {
	out, err := f.totals.PublicTable(cycle, metric, by)
	return out, definite(err)
}

// Reconciliation explains a metric's series beside the published one.
func (f figures) Reconciliation(metric string, from survey.Cycle) (survey.Reconciliation, error) {
	out, err := f.totals.Reconciliation(metric, from)
	return out, definite(err)
}

// definite turns what this node will not answer into a refusal with its words.
func definite(err error) error {
	for _, row := range []struct {
		is   error
		code survey.RefusalCode
	}{
		{totals.ErrNotFinal, survey.RefusedNotFinal},
		{totals.ErrTable, survey.RefusedNoTable},
		{totals.ErrNotComparable, survey.RefusedNotComparable},
		{disclosure.ErrExposed, survey.RefusedExposed},
	} {
		if errors.Is(err, row.is) {
			return &survey.Refusal{Code: row.code, Detail: err.Error()}
		}
	}
	return err
}
