package totals

import (
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// certified answers from the registry alone. What a node hears afterwards never
// moves it.
func (t *Totals) certified(q survey.TotalsQuery) (survey.Totals, error) {
	revision, err := t.final(q.Cycle, q.Revision)
	if err != nil {
		return survey.Totals{}, err
	}
	e, err := t.edition(q.Cycle, revision.Revision)
	if err != nil {
		return survey.Totals{}, fmt.Errorf("totals of %s: %w", q.Cycle, err)
	}
	if e.hash != revision.Table {
		err := fmt.Errorf("totals of %s: %w", q.Cycle, noTable("from the registry follows the table %s, certified was %s", hexOf(e.hash), hexOf(revision.Table)))
		t.report(problemTable, Problem{Region: t.options.Region, Cycle: q.Cycle, Alarm: true, Text: err.Error()})
		return survey.Totals{}, err
	}
	name := question{cycle: q.Cycle, by: q.By, all: q.All, edition: revision.Revision + 1}
	t.mu.Lock()
	known, ok := t.answers[name]
	t.mu.Unlock()
	if !ok {
		in := *e.input
		in.by, in.all = q.By, q.All
		known = answer{input: &in}
		if known.totals, err = merge(&in); err != nil {
			return survey.Totals{}, err
		}
		if known.totals.Certified, err = t.certificate(e, revision); err != nil {
			return survey.Totals{}, err
		}
		t.mu.Lock()
		t.answers[name] = known
		t.mu.Unlock()
	}
	out := known.totals
	out.Mode, out.RegistryIndex, out.Coverage = survey.ModeCertified, t.options.Facts.Index(), e.coverage()
	if out.Coverage.Included < q.Require {
		return survey.Totals{}, &CoverageError{Required: q.Require, Totals: out}
	}
	return out, nil
}

// final returns the certified revision that is asked for, nil meaning the
// newest.
func (t *Totals) final(cycle survey.Cycle, asked *int) (survey.Revision, error) {
	all, err := t.options.Facts.Revisions(cycle)
	if err != nil {
		return survey.Revision{}, fmt.Errorf("totals of %s: %w", cycle, err)
	}
	for _, r := range slices.Backward(all) {
		switch {
		case asked != nil && r.Revision == *asked && r.State != survey.RevisionCertified:
			return survey.Revision{}, fmt.Errorf("totals of %s: revision %d is %s, not certified yet: %w", cycle, r.Revision, r.State, survey.ErrNotFound)
		case r.State == survey.RevisionCertified && (asked == nil || r.Revision == *asked):
			return r, nil
		}
	}
	if asked != nil {
		return survey.Revision{}, fmt.Errorf("totals of %s: there is no revision %d: %w", cycle, *asked, survey.ErrNotFound)
	}
	return survey.Revision{}, fmt.Errorf("totals of %s: nothing is certified for this cycle yet: %w", cycle, survey.ErrNotFound)
}

// certificate says what the figures rest on, and what changed since the
// revision before.
func (t *Totals) certificate(e *edition, r survey.Revision) (*survey.Certificate, error) {
	c := &survey.Certificate{
		Revision: r.Revision, State: r.State, Reason: r.Reason, Table: hexOf(e.hash), Previous: hexOf(r.Previous),
		OpenedAt: r.OpenedAt, CertifiedAt: r.CertifiedAt, Number: r.Number, Settled: r.Settled, Needed: r.Needed,
		Answers: e.table.Answers, Responded: int64(r.Counts.Responded), Difference: e.table.Difference,
	}
	for _, s := range r.CoSigned {
		if s.Table == e.hash {
			c.CoSigned = append(c.CoSigned, s.Region)
		}
	}
	for _, p := range e.table.Parts {
		c.Late += p.Answers - p.Released
	}
	if r.Revision == 0 {
		return c, nil
	}
	before, err := t.edition(r.Cycle, r.Revision-1)
	if err != nil {
		return nil, err
	}
	was, err := merge(before.input)
	if err != nil {
		return nil, err
	}
	now, err := merge(e.input)
	if err != nil {
		return nil, err
	}
	for i, f := range now.Figures {
		if was.Figures[i].Metric == f.Metric && was.Figures[i].Value != f.Value {
			c.Changes = append(c.Changes, survey.FigureChange{Metric: f.Metric, Unit: f.Unit, Before: was.Figures[i].Value, After: f.Value})
		}
	}
	return c, nil
}

// coverage of a certified table: what was settled is final, so it is current.
func (e *edition) coverage() survey.Coverage {
	c := survey.Coverage{Of: len(e.input.regions), Complete: true}
	for i, region := range e.input.regions {
		settled, _ := e.facts.settled(region)
		out := survey.RegionCoverage{Region: region, Status: survey.CoverageMissing, ConfirmedAt: settled.At, Reason: settledReason(settled)}
		h := e.input.summaries[i]
		if h != nil {
			out.Status = survey.CoverageCurrent
			out.AsOf, out.AnswersIn, out.AnswersReleased = h.summary.asOf(), h.summary.AnswersIn, h.summary.AnswersReleased
			out.Incarnation, out.Sequence = h.summary.Incarnation, h.summary.Sequence
			c.Included++
			c.Current++
		}
		c.Complete = c.Complete && h != nil && !h.withholds
		c.Regions = append(c.Regions, out)
	}
	return c
}

func settledReason(s survey.Settled) string {
	switch s.How {
	case survey.SettledStands:
		return fmt.Sprintf("not signed off: %s and %s let its last signed figures stand (%s)", s.By, s.EndorsedBy, s.Reason)
	case survey.SettledAbsent:
		return fmt.Sprintf("absent: %s and %s went on without its figures (%s)", s.By, s.EndorsedBy, s.Reason)
	}
	return ""
}
