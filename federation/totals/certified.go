package totals

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// certified answers from the registry alone. Summaries that a node hears
// afterwards never change it.
func (q *query) certified(asked survey.TotalsQuery) (survey.Totals, error) {
	revision, err := q.tables.certifiedRevision(asked.Cycle, asked.Revision)
	if err != nil {
		return survey.Totals{}, err
	}
	d, err := q.tables.verified(revision)
	if err != nil {
		return survey.Totals{}, fmt.Errorf("totals of %s: %w", asked.Cycle, err)
	}

	// A certified answer holds for ever, so that it is merged once.
	key := queryKey{cycle: asked.Cycle, by: asked.By, all: asked.All, certified: revision.Revision + 1}
	made, ok := q.cached(key)
	if !ok {
		in := *d.input
		in.by, in.all = asked.By, asked.All
		made = cachedTotals{input: &in}
		if made.totals, err = merge(&in); err != nil {
			return survey.Totals{}, err
		}
		if made.totals.Certified, err = q.tables.certificate(d, revision); err != nil {
			return survey.Totals{}, err
		}
		q.store(key, made)
	}

	out := made.totals
	out.Mode, out.RegistryIndex, out.Coverage = survey.ModeCertified, q.registry.Index(), d.coverage()
	return required(out, asked.Require)
}

// certificate describes the revision's decisions, and lists the figures that
// changed since the revision before.
func (t *tables) certificate(d *derivation, r survey.Revision) (*survey.Certificate, error) {
	c := &survey.Certificate{
		Revision: r.Revision, State: r.State, Reason: r.Reason, Table: survey.Hex(d.hash), Previous: survey.Hex(r.Previous),
		OpenedAt: r.OpenedAt, CertifiedAt: r.CertifiedAt, Number: r.Number, Settled: r.Settled, Needed: r.Needed,
		Answers: d.table.Answers, Responded: int64(r.Counts.Responded), Difference: d.table.Difference,
	}

	// Only co-signatures on this table count.
	for _, s := range r.CoSigned {
		if s.Table == d.hash {
			c.CoSigned = append(c.CoSigned, s.Region)
		}
	}
	for _, p := range d.table.Parts {
		c.Late += p.Answers - p.Released
	}
	if r.Revision == 0 {
		return c, nil
	}

	// The figures that changed.
	before, err := t.derive(r.Cycle, r.Revision-1)
	if err != nil {
		return nil, err
	}
	was, err := merge(before.input)
	if err != nil {
		return nil, err
	}
	now, err := merge(d.input)
	if err != nil {
		return nil, err
	}
	for i, f := range now.Figures {
		if was.Figures[i].Metric == f.Metric && was.Figures[i].Value != f.Value {
			c.Changes = append(c.Changes, survey.FigureChange{Metric: f.Metric, Unit: f.Unit,
				Before: was.Figures[i].Value, After: f.Value})
		}
	}
	return c, nil
}

// coverage returns the coverage of a certified table: settled figures are final, so that they are
// current.
func (d *derivation) coverage() survey.Coverage {
	c := survey.Coverage{Of: len(d.input.regions), Complete: true}
	for i, region := range d.input.regions {
		settled, _ := d.facts.settled(region)
		out := survey.RegionCoverage{Region: region, Status: survey.CoverageMissing, ConfirmedAt: settled.At,
			Reason: settledReason(settled)}
		// An absent region has no summary.
		h := d.input.summaries[i]
		if h != nil {
			out.Status = survey.CoverageCurrent
			h.describe(&out)
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
		return fmt.Sprintf("not signed off: %s and %s let its last signed figures stand (%s)", s.By,
			s.EndorsedBy, s.Reason)
	case survey.SettledAbsent:
		return fmt.Sprintf("absent: %s and %s went on without its figures (%s)", s.By, s.EndorsedBy, s.Reason)
	}
	return ""
}
