// Package report makes the national report of one year: one HTML page that
// needs nothing else, to be printed, sent on and kept. It tells the public
// what the regions certified, or rounded provisional figures until then.
// Equal inputs give equal bytes at every node. Start from Compose and Render.
package report

import (
	"context"
	"errors"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// ErrWithheld: a table cannot be published without giving a company's figure
// away.
var ErrWithheld = errors.New("it cannot be published without showing a company's figure")

// Source is what a report is made from. Public are the nation's figures for
// the public: the newest certified ones, else provisional ones, rounded;
// survey.ErrNotFound if there was no such survey. PublicTable is of certified
// figures and returns an error wrapping ErrWithheld if no suppression helps.
type Source interface {
	Campaign(survey.Cycle) (survey.Campaign, error)
	Public(context.Context, survey.Cycle) (survey.Totals, error)
	PublicTable(cycle survey.Cycle, metric string, by survey.Dimension) (survey.PublicTable, error)
	Compare(ctx context.Context, query survey.TotalsQuery, against survey.Cycle) (survey.Comparison, error)
	Reconciliation(metric string, from survey.Cycle) (survey.Reconciliation, error)
	Rule(policy string) (Rule, error)
	Definitions(id string) (survey.Definitions, error)
}

// Rule is what of a release policy the public is told: how many companies a
// published figure needs, how much of the largest has to remain beside the
// two largest (percent), and how provisional figures are rounded (pence for
// money).
type Rule struct {
	Contributors, Percent  int64
	RoundCount, RoundMoney int64
}

// Report is all that one report says. Last are the public figures of the year
// before, nil if there was no survey; Panel what both certified years say of
// the companies that answered in both, nil if there is nothing. Withheld are
// the metrics whose regional figures cannot be published.
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

// regional are the metrics that are shown by region. There is one table of
// each and no other: what two tables of one metric hide could be worked out
// from both.
var regional = []string{"investment_leveraged", "jobs_created", "jobs_safeguarded"}

// Compose gathers the report of the cycle's survey. It returns an error
// wrapping survey.ErrNotFound if there was none, and asks no other node.
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

// gatherTables reads the regional figures. Provisional ones have none: the
// public sees regions when they are final.
func (r *Report) gatherTables(source Source) error {
	if !r.Final() {
		return nil
	}
	for _, metric := range regional {
		if nation, known := figureOf(r.Totals.Figures, metric); !known || nation.Absent() {
			if known {
				r.Withheld = append(r.Withheld, metric) // its parts would say what it is
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
	last = protect(last, definitions, rule)
	r.Last = &last
	if !r.Final() || last.Certified == nil || last.Definitions != r.Totals.Definitions {
		return nil
	}
	compared, err := source.Compare(ctx, survey.TotalsQuery{Cycle: r.Campaign.Cycle, Mode: survey.ModeCertified}, before)
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
		if errors.Is(err, survey.ErrNotFound) || errors.Is(err, survey.ErrInvalid) {
			continue // rates are not added up
		}
		if err != nil {
			return err
		}
		r.Published = append(r.Published, series)
	}
	return nil
}

// protect hides national figures of fewer companies than the public rule asks
// for, and those that are made from them, and takes the bounds away that only
// the members may see.
func protect(totals survey.Totals, definitions survey.Definitions, rule Rule) survey.Totals {
	out := totals
	out.Figures = make([]survey.Figure, len(totals.Figures))
	hidden := map[string]bool{}
	for i, f := range totals.Figures {
		if metric, known := definitions.Metric(f.Metric); known && metric.Formula == nil && f.Contributors > 0 && f.Contributors < rule.Contributors && !f.Absent() {
			f = hiddenFigure(f)
			hidden[f.Metric] = true
		}
		f.Bounds = nil
		out.Figures[i] = f
	}
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
	return survey.Figure{Metric: f.Metric, Unit: f.Unit, Status: survey.FigureHidden, Qualifier: survey.QualifierAtLeast,
		Reason: "fewer companies than a published figure needs", ReasonCode: survey.FigureFew}
}
