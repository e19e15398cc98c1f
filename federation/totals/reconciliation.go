package totals

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// maxYears bounds a series.
const maxYears = 60

// Reconciliation puts the restated cumulative series of one metric beside the published one, from
// the given cycle on: certified years as they are now, others as they were published, marked so.
// Every difference between the two sums is explained line by line, and the lines add up to it. It
// returns an error wrapping survey.ErrNotFound for a metric without published figures.
func (q *query) Reconciliation(metric string, from survey.Cycle) (survey.Reconciliation, error) {
	published, err := survey.Published()
	if err != nil {
		return survey.Reconciliation{}, err
	}
	definitions, err := q.editions.Definitions(survey.CurrentDefinitions)
	if err != nil {
		return survey.Reconciliation{}, err
	}

	m, known := definitions.Metric(metric)
	if metric == companiesSupported {
		m, known = survey.Metric{ID: metric, Unit: survey.UnitCount}, true
	}

	r := reconciler{query: q, out: survey.Reconciliation{Metric: metric, Unit: m.Unit, From: from,
		Licences: published.Licences}}
	for _, f := range published.Figures {
		if f.Metric == metric && f.From >= from {
			r.figures = append(r.figures, f)
		}
	}

	switch {
	case !known || len(r.figures) == 0:
		return survey.Reconciliation{}, fmt.Errorf("reconcile %.40q: nothing was published of it since %s: %w",
			metric, from, survey.ErrNotFound)
	case m.Unit == survey.UnitBasisPoints:
		return survey.Reconciliation{}, fmt.Errorf("reconcile %.40q: %w: rates cannot be added up", metric,
			survey.ErrInvalid)
	}

	if err := r.series(from); err != nil {
		return survey.Reconciliation{}, fmt.Errorf("reconcile %s: %w", metric, err)
	}
	return r.out, nil
}

// reconciler builds one series.
type reconciler struct {
	query   *query
	figures []survey.PublishedFigure
	out     survey.Reconciliation

	ours, theirs int64 // sums so far; theirs of the published years
	lines        []survey.ReconcilingLine
	unpublished  []survey.Cycle
}

// series adds the cycles up to the last published or certified one.
func (r *reconciler) series(from survey.Cycle) error {
	last := from
	for _, f := range r.figures {
		last = max(last, f.To)
	}
	for _, c := range r.query.registry.Campaigns() {
		if c.State == survey.CampaignCertified {
			last = max(last, c.Cycle)
		}
	}

	cycle := from
	for range maxYears {
		if cycle > last {
			return nil
		}
		year, err := r.year(cycle)
		if err != nil {
			return err
		}
		r.out.Years = append(r.out.Years, year)
		if cycle, err = next(cycle); err != nil {
			return err
		}
	}
	return nil
}

func next(c survey.Cycle) (survey.Cycle, error) {
	from := c.FirstYear() + 1
	return survey.ParseCycle(fmt.Sprintf("%d/%d", from, from+1))
}

// year adds one cycle to the series.
func (r *reconciler) year(cycle survey.Cycle) (survey.ReconciledYear, error) {
	year := survey.ReconciledYear{Cycle: cycle, Basis: survey.BasisNone}
	at := slices.IndexFunc(r.figures, func(f survey.PublishedFigure) bool { return !f.Cumulative && f.To == cycle })
	if at >= 0 {
		f := r.figures[at]
		year.Published, year.Basis, year.Value, year.Qualifier = &f, survey.BasisPublished, f.Value, f.Qualifier
		if f.From != f.To {
			year.Since = f.From
		}
		r.theirs += f.Value
		r.unpublished = slices.DeleteFunc(r.unpublished, func(c survey.Cycle) bool { return c >= f.From })
	} else {
		r.unpublished = append(r.unpublished, cycle)
	}

	if err := r.certified(&year); err != nil {
		return year, err
	}
	r.ours += year.Value
	year.Cumulative = r.ours

	at = slices.IndexFunc(r.figures, func(f survey.PublishedFigure) bool {
		return f.Cumulative && f.From == r.out.From && f.To == cycle
	})
	if at >= 0 {
		f := r.figures[at]
		year.PublishedTotal, year.Difference = &f, f.Value-r.ours
		year.Lines = append(slices.Clone(r.lines), r.rest(f)...)
	}
	return year, nil
}

// certified replaces the year's figure with the newest certified one. Years that
// were published together are replaced together or not at all.
func (r *reconciler) certified(year *survey.ReconciledYear) error {
	since := year.Cycle
	if year.Since != "" {
		since = year.Since
	}

	sum, qualifier, revision := int64(0), survey.QualifierExact, 0
	for c := since; c <= year.Cycle; {
		totals, err := r.query.certified(survey.TotalsQuery{Cycle: c, Mode: survey.ModeCertified, All: true})
		if errors.Is(err, survey.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		at := slices.IndexFunc(totals.Figures, func(f survey.Figure) bool { return f.Metric == r.out.Metric })
		if at < 0 || totals.Figures[at].Absent() {
			return nil
		}
		f := totals.Figures[at]
		sum, revision = sum+f.Value, totals.Certified.Revision
		if f.Qualifier != survey.QualifierExact {
			qualifier = f.Qualifier
		}
		if c, err = next(c); err != nil {
			return err
		}
	}

	text := "certified instead of published: late answers, corrections, rounding"
	if year.Published == nil {
		text = "certified; nothing was published for the year"
	}
	if year.Value != sum {
		r.lines = append(r.lines, survey.ReconcilingLine{Cycle: year.Cycle, Value: year.Value - sum, Text: text})
	}
	year.Basis, year.Revision, year.Value, year.Qualifier = survey.BasisCertified, revision, sum, qualifier
	return nil
}

// rest explains the difference between the published sum and the sum of the published years.
func (r *reconciler) rest(f survey.PublishedFigure) []survey.ReconcilingLine {
	value := f.Value - r.theirs
	if value == 0 {
		return nil
	}
	text := "the published years do not add up to the published sum: " +
		"late answers, restatement, rounding, other definitions; not re-derivable"
	if len(r.unpublished) > 0 {
		years := make([]string, len(r.unpublished))
		for i, cycle := range r.unpublished {
			years[i] = string(cycle)
		}
		text = fmt.Sprintf("in the published sum only, with %s, for which nothing was published; "+
			"the rest of it is late answers, restatement, rounding; not re-derivable",
			strings.Join(years, ", "))
	}
	return []survey.ReconcilingLine{{Value: value, Text: text}}
}
