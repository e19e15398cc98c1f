package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/node/report"
	"github.com/ahsn-network/tracker/store/survey"
)

// public has the figures that a report may show to everybody: final figures as they were certified,
// and provisional ones rounded.
type public struct {
	campaigns
	*totals.Totals
	editions *survey.Editions
}

// Public returns the nation's figures for the public.
func (p public) Public(ctx context.Context, cycle survey.Cycle) (survey.Totals, error) {
	show := totals.Final

	// A year without a certified revision has provisional figures alone.
	figures, err := p.National(ctx, survey.TotalsQuery{Cycle: cycle, Mode: survey.ModeCertified})
	if errors.Is(err, survey.ErrNotFound) {
		show = totals.Provisional
		figures, err = p.National(ctx, survey.TotalsQuery{Cycle: cycle, Mode: survey.ModeCached})
	}

	if err != nil {
		return survey.Totals{}, err
	}
	definitions, err := p.editions.Definitions(figures.Definitions)
	if err != nil {
		return survey.Totals{}, err
	}
	return show(definitions, figures)
}

// Definitions are those that this node knows under the name.
func (p public) Definitions(id string) (survey.Definitions, error) { return p.editions.Definitions(id) }

// PublicTable is one metric by region and a breakdown.
func (p public) PublicTable(cycle survey.Cycle, metric string, by survey.Dimension) (survey.PublicTable, error) {
	table, err := p.Totals.PublicTable(cycle, metric, by)
	if errors.Is(err, survey.RefusedExposed) {
		err = fmt.Errorf("%w: %w", report.ErrWithheld, err)
	}
	return table, err
}

// Rule returns the public's part of a release policy.
func (p public) Rule(policy string) (report.Rule, error) {
	rules, err := disclosure.ByName(policy)
	if err != nil {
		return report.Rule{}, err
	}
	return report.Rule{Contributors: rules.Public.Contributors, Percent: rules.Public.Percent,
		RoundCount: rules.RoundCount, RoundMoney: rules.RoundMoney}, nil
}

// reports make the report for the pages and the API.
type reports struct{ source report.Source }

func (n *Node) reports() reports {
	return reports{public{n.federation.Campaigns(), n.federation.Totals(), n.records.Editions()}}
}

// Report returns the page of the cycle's report and the policy under which it
// works.
func (r reports) Report(ctx context.Context, cycle survey.Cycle) (page []byte, policy string, err error) {
	made, err := report.Compose(ctx, r.source, cycle)
	if err != nil {
		return nil, "", err
	}
	var out bytes.Buffer
	err = report.Render(&out, made)
	return out.Bytes(), report.ContentPolicy(), err
}
