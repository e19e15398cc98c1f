// Package report makes the national report of one year: one self-contained HTML page, to be
// printed, sent on and kept. It shows the public the certified figures of the regions, or rounded
// provisional ones until they are certified. Equal inputs give equal bytes at every node. Start
// from [Compose] and [Render].
//
// Imports store/survey.
package report

import (
	"context"
	"errors"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// ErrWithheld: a table cannot be published without revealing a company's figure.
var ErrWithheld = errors.New("it cannot be published without showing a company's figure")

// Source provides the data of a report. Public returns the nation's figures for the public: the
// newest certified ones, else provisional and rounded ones, or survey.ErrNotFound if there was no
// such survey. PublicTable is made of certified figures. It returns an error wrapping ErrWithheld
// if no suppression protects every company.
type Source interface {
	Campaign(survey.Cycle) (survey.Campaign, error)
	Public(context.Context, survey.Cycle) (survey.Totals, error)
	PublicTable(cycle survey.Cycle, metric string, by survey.Dimension) (survey.PublicTable, error)
	Compare(ctx context.Context, query survey.TotalsQuery, against survey.Cycle) (survey.Comparison, error)
	Reconciliation(metric string, from survey.Cycle) (survey.Reconciliation, error)
	Rule(policy string) (Rule, error)
	Definitions(id string) (survey.Definitions, error)
}

// Rule is the part of a release policy that concerns the public: how many companies a published
// figure needs, what percentage of the largest must remain without the two largest, and how
// provisional figures are rounded (money in pence).
type Rule struct {
	Contributors, Percent  int64
	RoundCount, RoundMoney int64
}

// Report is the content of one report. Last are the public figures of the year before, nil if there
// was no survey. Panel compares the companies that answered in both certified years, nil if there
// is nothing to compare. Withheld are the metrics whose regional figures cannot be published.
type Report struct {
	Campaign    survey.Campaign
	Rule        Rule
	Definitions survey.Definitions
	Totals      survey.Totals
	Tables      []survey.PublicTable
	Withheld    []string
	Last        *survey.Totals
	Panel       *survey.Comparison
	Published   []survey.Reconciliation
	Licence     survey.Licence
}

// Final reports whether the figures are certified.
func (r Report) Final() bool { return r.Totals.Certified != nil }

// regional are the metrics that are shown by region, each in one table: from two tables of one
// metric, hidden figures could be worked out.
var regional = []string{"investment_leveraged", "jobs_created", "jobs_safeguarded"}

// Compose gathers the report of the cycle's survey. It asks no other node. It returns an error
// wrapping survey.ErrNotFound if there was no survey.
func Compose(ctx context.Context, source Source, cycle survey.Cycle) (Report, error) {
	r, err := compose(ctx, source, cycle)
	if err != nil {
		return Report{}, fmt.Errorf("report of %s: %w", cycle, err)
	}
	return r, nil
}

func compose(ctx context.Context, source Source, cycle survey.Cycle) (Report, error) {
	var r Report
	var err error

	if r.Campaign, err = source.Campaign(cycle); err != nil {
		return r, err
	}
	if r.Definitions, err = source.Definitions(r.Campaign.Definitions); err != nil {
		return r, err
	}
	if r.Rule, err = source.Rule(r.Campaign.Policy); err != nil {
		return r, err
	}
	if r.Totals, err = source.Public(ctx, cycle); err != nil {
		return r, err
	}
	r.Totals = protect(r.Totals, r.Definitions, r.Rule)

	if err := r.gatherTables(source); err != nil {
		return r, err
	}
	if err := r.gatherLast(ctx, source); err != nil {
		return r, err
	}
	return r, r.gatherPublished(source)
}

// gatherTables reads the regional figures. Provisional reports have none: the public sees regions
// when they are final.
func (r *Report) gatherTables(source Source) error {
	if !r.Final() {
		return nil
	}
	for _, metric := range regional {
		// The regional figures of a hidden national figure would add up to it.
		if nation, known := survey.FigureOf(r.Totals.Figures, metric); !known || nation.Absent() {
			if known {
				r.Withheld = append(r.Withheld, metric)
			}
			continue
		}

		table, err := source.PublicTable(r.Campaign.Cycle, metric, survey.BySector)
		switch {
		case errors.Is(err, ErrWithheld):
			r.Withheld = append(r.Withheld, metric)
		case err != nil:
			return err
		case table.Revision != r.Totals.Certified.Revision:
			return fmt.Errorf("%w: another revision became final meanwhile: ask again", survey.ErrUnknownOutcome)
		default:
			r.Tables = append(r.Tables, table)
		}
	}
	return nil
}

func (r *Report) gatherLast(ctx context.Context, source Source) error {
	before := r.Campaign.Cycle.Previous()
	last, err := source.Public(ctx, before)
	switch {
	case errors.Is(err, survey.ErrNotFound):
		return nil
	case err != nil:
		return err
	}

	definitions, err := source.Definitions(last.Definitions)
	if err != nil {
		return err
	}

	rule, err := source.Rule(last.Policy)
	if err != nil {
		return err
	}

	// The year before has the rule of its own policy.
	last = protect(last, definitions, rule)
	r.Last = &last

	if !r.Final() || last.Certified == nil || last.Definitions != r.Totals.Definitions {
		return nil
	}

	query := survey.TotalsQuery{Cycle: r.Campaign.Cycle, Mode: survey.ModeCertified}
	compared, err := source.Compare(ctx, query, before)
	if err != nil {
		return err
	}
	r.Panel = &compared
	return nil
}

func (r *Report) gatherPublished(source Source) error {
	published, err := survey.Published()
	if err != nil {
		return err
	}
	r.Licence = published.LicenceOf(r.Campaign.Cycle)

	seen := map[string]bool{}
	for _, f := range published.Figures {
		if m, known := r.Definitions.Metric(f.Metric); seen[f.Metric] || f.From < r.Licence.From || known && m.People {
			continue
		}

		seen[f.Metric] = true
		series, err := source.Reconciliation(f.Metric, r.Licence.From)

		// Rates are not added up over years, so they have no such series.
		if errors.Is(err, survey.ErrNotFound) || errors.Is(err, survey.ErrInvalid) {
			continue
		}
		if err != nil {
			return err
		}
		r.Published = append(r.Published, series)
	}
	return nil
}

// protect hides national figures of fewer companies than the public rule asks for, and the figures
// that are calculated from them. It also removes the bounds, which only members may see. A source
// that does all this already is not changed.
func protect(totals survey.Totals, definitions survey.Definitions, rule Rule) survey.Totals {
	out := totals
	out.Figures = make([]survey.Figure, len(totals.Figures))

	hidden := map[string]bool{}
	for i, f := range totals.Figures {
		metric, known := definitions.Metric(f.Metric)
		few := f.Contributors > 0 && f.Contributors < rule.Contributors
		if known && metric.Formula == nil && few && !f.Absent() {
			f = hiddenFigure(f)
			hidden[f.Metric] = true
		}

		f.Bounds = nil
		out.Figures[i] = f
	}

	// A figure that is calculated from a hidden one could reveal it.
	for i, f := range out.Figures {
		metric, _ := definitions.Metric(f.Metric)
		if metric.Formula == nil {
			continue
		}

		for _, part := range metric.Formula.Of {
			if hidden[part] {
				out.Figures[i] = hiddenFigure(f)
			}
		}
	}
	return out
}

func hiddenFigure(f survey.Figure) survey.Figure {
	return survey.Figure{Metric: f.Metric, Unit: f.Unit, Status: survey.FigureHidden,
		Qualifier: survey.QualifierAtLeast, Reason: survey.FigureFew.Words(), ReasonCode: survey.FigureFew}
}
