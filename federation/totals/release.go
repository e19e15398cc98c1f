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
// returns the state that has to be kept before the summary is signed, nil if
// the policy lets everything leave at once.
func (t *Totals) release(next *Summary, policy disclosure.Policy, definitions survey.Definitions, last *held) (*leaving, error) {
	return t.decide(next, policy, definitions, last, disclosure.Plan)
}

// revise fills the draft of a revision's summary: what was final changes only
// where enough contributors changed.
func (t *Totals) revise(next *Summary, policy disclosure.Policy, definitions survey.Definitions, last *held) (*leaving, error) {
	return t.decide(next, policy, definitions, last, func(state disclosure.State, in disclosure.Input) disclosure.Release {
		former := slices.DeleteFunc(slices.Clone(last.summary.Cells), func(c survey.Cell) bool { return ofRegion(definitions, c.Metric) })
		return disclosure.Revise(state, in, former)
	})
}

// decide lets the rule decide on all that comes from companies. What the
// region measured of its own work leaves as it is.
func (t *Totals) decide(next *Summary, policy disclosure.Policy, definitions survey.Definitions, last *held,
	rule func(disclosure.State, disclosure.Input) disclosure.Release) (*leaving, error) {
	answers, n, err := t.answersOf(next)
	if err != nil {
		return nil, err
	}
	before, taken, err := t.match(next.Cycle)
	if err != nil {
		return nil, err
	}
	measured, err := t.options.Records.Measures(next.Cycle)
	if err != nil {
		return nil, err
	}
	measured = declared(definitions, measured)
	in := disclosure.Input{Policy: policy, Definitions: definitions, Answers: answers, Closed: next.Status == SummaryFinal, Before: before, Taken: taken}
	if policy.Immediate() {
		cells, answersIn, err := t.options.Records.Cells(next.Cycle)
		if err != nil {
			return nil, err
		}
		next.Cells = slices.Concat(declared(definitions, cells), disclosure.Beside(in), measured)
		next.AnswersIn, next.AnswersReleased = answersIn, answersIn
		return nil, nil
	}
	state, err := t.released(next.Cycle, last, definitions)
	if err != nil {
		return nil, err
	}
	out := rule(state, in)
	next.Cells = slices.Concat(out.Cells, measured)
	next.AnswersIn = n
	next.AnswersReleased = min(out.Answers, n)
	return &leaving{state: out.State, same: out.Same}, nil
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

// released returns what has left of the cycle, company by company. If the last
// summary says something else, this node's disk is older than what it
// published: it knows what left, but no longer of whom.
func (t *Totals) released(cycle survey.Cycle, last *held, definitions survey.Definitions) (disclosure.State, error) {
	desk, err := t.desk(cycle)
	if err != nil {
		return disclosure.State{}, err
	}
	state := desk.state
	if last == nil {
		return state, nil
	}
	published := slices.DeleteFunc(slices.Clone(last.summary.Cells), func(c survey.Cell) bool { return ofRegion(definitions, c.Metric) })
	switch version := last.version(); {
	case version.Less(desk.version):
		return state, nil // decided, and never signed: it leaves now
	case version == desk.version && state.Explains(published):
		return state, nil
	case !desk.kept && state.Explains(published):
		return state, nil // nothing has left yet
	}
	return disclosure.Forgotten(published, last.summary.AnswersReleased), nil
}

// Appended to an organisation's identifier where its records are meant and not
// its answer: it may have all of them.
const (
	recordsOf   = "#records"
	adoptionsOf = "#adoptions"
)

// answersOf returns the counted answers as the release rules read them, then
// what the region's records count of each company, and the number of answers,
// to whose claims the draft commits.
func (t *Totals) answersOf(next *Summary) (out []disclosure.Answer, answers int64, err error) {
	cycle := next.Cycle
	counted, err := t.options.Records.Counted(cycle)
	if err != nil {
		return nil, 0, err
	}
	activities, err := t.options.Records.CountedActivities(cycle)
	if err != nil {
		return nil, 0, err
	}
	adoptions, err := t.options.Records.CountedAdoptions(cycle)
	if err != nil {
		return nil, 0, err
	}
	waivers, err := t.options.Records.Waivers(cycle)
	if err != nil {
		return nil, 0, err
	}
	next.ClaimsRoot, next.ClaimsCount = claimsCounted(counted)
	waived := make(map[survey.Identifier]bool, len(waivers))
	for _, w := range waivers {
		waived[w.Organisation] = true
	}
	out = make([]disclosure.Answer, 0, len(counted)+len(activities)+len(adoptions))
	for _, c := range counted {
		a := answerOf(c)
		a.Known, a.Waived = t.knownElsewhere(cycle, c.Organisation), waived[c.Organisation]
		out = append(out, a)
	}
	for _, c := range activities {
		a := answerOf(c)
		a.Organisation, a.Record = c.Organisation+recordsOf, true
		out = append(out, a)
	}
	for _, c := range adoptions {
		a := answerOf(c)
		a.Organisation, a.Record = c.Organisation+adoptionsOf, true
		out = append(out, a)
	}
	return out, int64(len(counted)), nil
}

func answerOf(c store.CountedAnswer) disclosure.Answer {
	return disclosure.Answer{Organisation: c.Organisation, Values: c.Values, Keys: keysOf(c)}
}

// knownElsewhere reports whether another region held the claim earlier in the
// campaign: it may know the answer.
func (t *Totals) knownElsewhere(cycle survey.Cycle, id survey.Identifier) bool {
	claim, err := t.options.Facts.ClaimOf(cycle, id)
	return err == nil && slices.ContainsFunc(claim.Before, func(r survey.Region) bool { return r != t.options.Region })
}

func keysOf(c store.CountedAnswer) []disclosure.Key {
	keys := []disclosure.Key{
		{Dimension: survey.BySector, Key: c.Sector}, {Dimension: survey.BySize, Key: c.Size}, {Dimension: survey.ByStage, Key: c.Stage},
	}
	for _, support := range c.Support {
		keys = append(keys, disclosure.Key{Dimension: survey.BySupport, Key: support})
	}
	return keys
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
