package totals

import (
	"slices"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// releaser decides by the rules of federation/disclosure which figures leave the
// region. Figures leave through [releaser.fill] alone.
type releaser struct {
	self       survey.Region
	records    Records
	registry   Registry
	claims     Claims
	editions   *survey.Editions
	archive    Releases
	handedOver func(cycle survey.Cycle) ([]TakenOver, error)
	stricter   *disclosure.Policy
	writing    semaphore

	open map[survey.Cycle]*openRelease // the holder of writing has it
}

// draft is a summary in the making.
type draft struct {
	summary     Summary
	policy      disclosure.Policy
	definitions survey.Definitions
	last        *held // the published one, nil if there is none
	revising    bool  // the published one is final
}

// rule decides which figures leave at the close or with a revision.
type rule func(disclosure.State, disclosure.Input) disclosure.Release

// fill puts all figures into the draft that may leave the region now. It returns
// the state to keep before the summary is signed, nil if the policy lets
// everything leave at once. The caller holds the right to write.
func (r *releaser) fill(d *draft) (*leaving, error) {
	switch {
	case d.policy.Immediate():
		return nil, r.fillAll(d)
	case d.summary.Status == SummaryOpen:
		return r.fillOpen(d)
	}
	if !d.revising {
		return r.fillClosed(d, disclosure.Plan)
	}
	return r.fillClosed(d, func(state disclosure.State, in disclosure.Input) disclosure.Release {
		return disclosure.Revise(state, in, ofCompanies(d.definitions, d.last.summary.Cells))
	})
}

// fillOpen releases the next batches of an open campaign. Measures of the
// region's own work leave as they are.
func (r *releaser) fillOpen(d *draft) (*leaving, error) {
	o, err := r.reconciled(d)
	if err != nil {
		return nil, err
	}
	if err := r.follow(d, o); err != nil {
		return nil, err
	}

	cells, answers := o.queue.Tick(d.policy, func(id survey.Identifier) bool { return r.knownElsewhere(d.summary.Cycle, id) })
	d.summary.Cells = slices.Concat(cells, o.counted.measures)
	d.summary.AnswersIn = d.summary.ClaimsCount
	d.summary.AnswersReleased = min(answers, d.summary.AnswersIn)
	return &leaving{same: !o.queue.Dirty()}, nil
}

// fillClosed lets the rule of the close or of a revision decide on all figures of
// companies.
func (r *releaser) fillClosed(d *draft, rule rule) (*leaving, error) {
	in, measures, err := r.readAll(d)
	if err != nil {
		return nil, err
	}
	o, err := r.reconciled(d)
	if err != nil {
		return nil, err
	}

	out := rule(o.closeQueue(), in)
	d.summary.Cells = slices.Concat(out.Cells, measures)
	d.summary.AnswersIn = d.summary.ClaimsCount
	d.summary.AnswersReleased = min(out.Answers, d.summary.AnswersIn)
	return &leaving{state: &out.State, same: out.Same}, nil
}

// fillAll lets everything leave, under a policy that shares it by agreement.
func (r *releaser) fillAll(d *draft) error {
	in, measures, err := r.supplement(d)
	if err != nil {
		return err
	}
	cells, answersIn, err := r.records.Cells(d.summary.Cycle)
	if err != nil {
		return err
	}
	d.summary.Cells = slices.Concat(declared(d.definitions, cells), disclosure.Supplement(in), measures)
	d.summary.AnswersIn, d.summary.AnswersReleased = answersIn, answersIn
	return nil
}

// supplement returns the answers of which the region's aggregates do not have
// everything. While the campaign is open and nothing can be matched with the year
// before, only changes are read.
func (r *releaser) supplement(d *draft) (in disclosure.Input, measures []survey.Cell, err error) {
	if d.summary.Status != SummaryOpen {
		return r.readAll(d)
	}
	o, err := r.opened(d.summary.Cycle)
	if err != nil {
		return in, nil, err
	}
	before, taken, err := r.match(d.summary.Cycle)
	if err != nil {
		return in, nil, err
	}
	if len(before)+len(taken) > 0 {
		return r.readMatched(d, before, taken)
	}

	if err := r.follow(d, o); err != nil {
		return in, nil, err
	}
	in = disclosure.Input{Policy: d.policy, Definitions: d.definitions, Answers: o.counted.adopted()}
	return in, o.counted.measures, nil
}

// readAll reads all counted answers, to whose claims the draft commits, and the
// measures of the region's own work.
func (r *releaser) readAll(d *draft) (in disclosure.Input, measures []survey.Cell, err error) {
	before, taken, err := r.match(d.summary.Cycle)
	if err != nil {
		return in, nil, err
	}
	return r.readMatched(d, before, taken)
}

// readMatched is readAll with the answers of the year before.
func (r *releaser) readMatched(d *draft, before []disclosure.Answer, taken []disclosure.Taken,
) (in disclosure.Input, measures []survey.Cell, err error) {
	all, err := r.records.CountedSince(d.summary.Cycle, store.Mark{})
	if err != nil {
		return in, nil, err
	}
	if measures, err = r.records.Measures(d.summary.Cycle); err != nil {
		return in, nil, err
	}

	var c claims
	c.replace(answered(all.Companies))
	d.summary.ClaimsRoot, d.summary.ClaimsCount = c.root()
	in = disclosure.Input{Policy: d.policy, Definitions: d.definitions,
		Answers: r.answersOf(d.summary.Cycle, all.Companies),
		Closed:  d.summary.Status == SummaryFinal, Before: before, Taken: taken}
	return in, declared(d.definitions, measures), nil
}

// reconciled returns the open release of the draft's cycle, in line with the
// last published summary. If the two differ, this node's disk is older than its
// publications: the published figures are known, but no longer the companies in
// them.
func (r *releaser) reconciled(d *draft) (*openRelease, error) {
	o, err := r.opened(d.summary.Cycle)
	if err != nil || d.last == nil {
		return o, err
	}

	published := ofCompanies(d.definitions, d.last.summary.Cells)
	// In these cases the companies in the published figures are known.
	switch version := d.last.version(); {
	case version.Less(o.version):
		return o, nil // decided, and never signed: it leaves now
	case version == o.version && o.explains(published):
		return o, nil
	case !o.kept && o.explains(published):
		return o, nil // nothing has left yet
	}
	o.forget(published, d.last.summary.AnswersReleased)
	return o, nil
}
