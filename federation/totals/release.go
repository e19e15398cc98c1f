package totals

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// release fills the draft with what may leave the region now: the one door. It
// returns what has to be kept before the summary is signed, nil if the policy
// lets everything leave at once.
func (t *Totals) release(next *Summary, policy disclosure.Policy, definitions survey.Definitions, last *held) (*leaving, error) {
	switch {
	case policy.Immediate():
		return nil, t.share(next, policy, definitions)
	case next.Status == SummaryOpen:
		return t.tick(next, policy, definitions, last)
	}
	return t.decide(next, policy, definitions, last, disclosure.Plan)
}

// revise fills the draft of a revision's summary: what was final changes only
// where enough contributors changed.
func (t *Totals) revise(next *Summary, policy disclosure.Policy, definitions survey.Definitions, last *held) (*leaving, error) {
	if policy.Immediate() {
		return nil, t.share(next, policy, definitions)
	}
	return t.decide(next, policy, definitions, last, func(state disclosure.State, in disclosure.Input) disclosure.Release {
		former := slices.DeleteFunc(slices.Clone(last.summary.Cells), func(c survey.Cell) bool { return ofRegion(definitions, c.Metric) })
		return disclosure.Revise(state, in, former)
	})
}

// tick lets leave what may while the campaign is open. What the region measured
// of its own work leaves as it is.
func (t *Totals) tick(next *Summary, policy disclosure.Policy, definitions survey.Definitions, last *held) (*leaving, error) {
	d, err := t.released(next.Cycle, last, definitions)
	if err != nil {
		return nil, err
	}
	if err := t.follow(next.Cycle, d, definitions, next.DictionaryHash); err != nil {
		return nil, err
	}
	next.ClaimsRoot, next.ClaimsCount = d.counted.claims.root()
	cells, answers := d.ledger.Tick(policy, func(id survey.Identifier) bool { return t.knownElsewhere(next.Cycle, id) })
	next.Cells = slices.Concat(cells, d.counted.measures)
	next.AnswersIn = next.ClaimsCount
	next.AnswersReleased = min(answers, next.AnswersIn)
	return &leaving{same: !d.ledger.Dirty()}, nil
}

// decide lets the rule of the close or of a revision decide on all that comes
// from companies.
func (t *Totals) decide(next *Summary, policy disclosure.Policy, definitions survey.Definitions, last *held,
	rule func(disclosure.State, disclosure.Input) disclosure.Release) (*leaving, error) {
	in, measures, err := t.everything(next, policy, definitions)
	if err != nil {
		return nil, err
	}
	d, err := t.released(next.Cycle, last, definitions)
	if err != nil {
		return nil, err
	}
	out := rule(d.close(), in)
	next.Cells = slices.Concat(out.Cells, measures)
	next.AnswersIn = next.ClaimsCount
	next.AnswersReleased = min(out.Answers, next.AnswersIn)
	return &leaving{state: &out.State, same: out.Same}, nil
}

// share lets everything leave, as a policy says that shares it by agreement.
func (t *Totals) share(next *Summary, policy disclosure.Policy, definitions survey.Definitions) error {
	in, measures, err := t.beside(next, policy, definitions)
	if err != nil {
		return err
	}
	cells, answersIn, err := t.options.Records.Cells(next.Cycle)
	if err != nil {
		return err
	}
	next.Cells = slices.Concat(declared(definitions, cells), disclosure.Supplement(in), measures)
	next.AnswersIn, next.AnswersReleased = answersIn, answersIn
	return nil
}

// beside returns what is needed of what is counted besides the region's
// aggregates, as everything does. While the campaign is open and nothing can be
// matched with the year before, only what changed is read.
func (t *Totals) beside(next *Summary, policy disclosure.Policy, definitions survey.Definitions) (in disclosure.Input, measures []survey.Cell, err error) {
	if next.Status != SummaryOpen {
		return t.everything(next, policy, definitions)
	}
	d, err := t.desk(next.Cycle)
	if err != nil {
		return in, nil, err
	}
	before, taken, err := t.match(next.Cycle)
	if err != nil {
		return in, nil, err
	}
	if len(before)+len(taken) > 0 {
		return t.all(next, policy, definitions, before, taken)
	}
	if err := t.follow(next.Cycle, d, definitions, next.DictionaryHash); err != nil {
		return in, nil, err
	}
	next.ClaimsRoot, next.ClaimsCount = d.counted.claims.root()
	return disclosure.Input{Policy: policy, Definitions: definitions, Answers: d.counted.adopted()}, d.counted.measures, nil
}

// everything reads all that is counted, to whose claims the draft commits, and
// what the region measured of its own work.
func (t *Totals) everything(next *Summary, policy disclosure.Policy, definitions survey.Definitions) (in disclosure.Input, measures []survey.Cell, err error) {
	before, taken, err := t.match(next.Cycle)
	if err != nil {
		return in, nil, err
	}
	return t.all(next, policy, definitions, before, taken)
}

// all is everything, beside the answers of the year before.
func (t *Totals) all(next *Summary, policy disclosure.Policy, definitions survey.Definitions,
	before []disclosure.Answer, taken []disclosure.Taken) (in disclosure.Input, measures []survey.Cell, err error) {
	all, err := t.options.Records.CountedSince(next.Cycle, store.Mark{})
	if err != nil {
		return in, nil, err
	}
	var c claims
	c.replace(answered(all.Companies))
	next.ClaimsRoot, next.ClaimsCount = c.root()
	answers := t.answersOf(next.Cycle, all.Companies)
	if measures, err = t.options.Records.Measures(next.Cycle); err != nil {
		return in, nil, err
	}
	in = disclosure.Input{Policy: policy, Definitions: definitions, Answers: answers, Closed: next.Status == SummaryFinal, Before: before, Taken: taken}
	return in, declared(definitions, measures), nil
}

// declared leaves out what the campaign's definitions have no metric for: a
// statement of a stakeholders' survey that this region alone loaded, say. What
// nobody declared does not leave.
func declared(d survey.Definitions, cells []survey.Cell) []survey.Cell {
	return slices.DeleteFunc(slices.Clone(cells), func(c survey.Cell) bool {
		_, known := d.Metric(c.Metric)
		return !known
	})
}

// ofRegion reports whether the metric is measured of the region's own work: no
// company's figure is in it.
func ofRegion(d survey.Definitions, metric string) bool {
	m, known := d.Metric(metric)
	return known && m.OfRegion()
}

// released returns the desk with what has left of the cycle, company by company.
// If the last summary says something else, this node's disk is older than what
// it published: it knows what left, but no longer of whom.
func (t *Totals) released(cycle survey.Cycle, last *held, definitions survey.Definitions) (*desk, error) {
	d, err := t.desk(cycle)
	if err != nil || last == nil {
		return d, err
	}
	published := slices.DeleteFunc(slices.Clone(last.summary.Cells), func(c survey.Cell) bool { return ofRegion(definitions, c.Metric) })
	switch version := last.version(); {
	case version.Less(d.version):
		return d, nil // decided, and never signed: it leaves now
	case version == d.version && d.explains(published):
		return d, nil
	case !d.kept && d.explains(published):
		return d, nil // nothing has left yet
	}
	d.forget(published, last.summary.AnswersReleased)
	return d, nil
}

// dictionaryHash identifies what the definitions say, not only their name: the
// figures of two nodes add up only if both mean the same.
func dictionaryHash(d survey.Definitions) ([32]byte, error) {
	h := sha256.New()
	for _, m := range d.Metrics {
		_, err := fmt.Fprintf(h, "%q %q %q %q %q %d\n", m.ID, m.Unit, m.Question, m.Part, m.Measure, m.Threshold)
		if err != nil {
			return [32]byte{}, err
		}
	}
	return [32]byte(h.Sum(nil)), nil
}
