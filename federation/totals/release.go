package totals

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// release fills the draft with what may leave the region now: the one door. It
// returns the state that has to be kept before the summary is signed, nil if
// the policy lets everything leave at once.
func (t *Totals) release(next *Summary, policy disclosure.Policy, definitions survey.Definitions, last *held) ([]byte, error) {
	if policy.Immediate() {
		cells, answers, err := t.options.Records.Cells(next.Cycle)
		if err != nil {
			return nil, err
		}
		next.Cells, next.AnswersIn, next.AnswersReleased = cells, answers, answers
		return nil, nil
	}
	state, err := t.released(next.Cycle, last)
	if err != nil {
		return nil, err
	}
	answers, err := t.answersOf(next.Cycle)
	if err != nil {
		return nil, err
	}
	out := disclosure.Plan(state, disclosure.Input{
		Policy: policy, Definitions: definitions, Answers: answers, Closed: next.Status == SummaryFinal,
	})
	next.Cells = out.Cells
	next.AnswersIn = int64(len(answers))
	next.AnswersReleased = min(out.Answers, next.AnswersIn)
	kept, err := encode(out.State)
	if err != nil {
		return nil, fmt.Errorf("keep what leaves: %w", err)
	}
	return kept, nil
}

// revise fills the draft of a revision's summary: what was final changes only
// where enough contributors changed.
func (t *Totals) revise(next *Summary, policy disclosure.Policy, definitions survey.Definitions, last *held) ([]byte, error) {
	if policy.Immediate() {
		return t.release(next, policy, definitions, last)
	}
	state, err := t.released(next.Cycle, last)
	if err != nil {
		return nil, err
	}
	answers, err := t.answersOf(next.Cycle)
	if err != nil {
		return nil, err
	}
	out := disclosure.Revise(state, disclosure.Input{Policy: policy, Definitions: definitions, Answers: answers}, last.summary.Cells)
	next.Cells = out.Cells
	next.AnswersIn = int64(len(answers))
	next.AnswersReleased = min(out.Answers, next.AnswersIn)
	kept, err := encode(out.State)
	if err != nil {
		return nil, fmt.Errorf("keep what leaves: %w", err)
	}
	return kept, nil
}

// released returns what has left of the cycle, company by company. If the last
// summary says something else, this node's disk is older than what it
// published: it knows what left, but no longer of whom.
func (t *Totals) released(cycle survey.Cycle, last *held) (disclosure.State, error) {
	kept, err := t.options.Archive.Released(cycle)
	if err != nil {
		return disclosure.State{}, err
	}
	var state disclosure.State
	if len(kept.State) > 0 {
		if err := cbor.Unmarshal(kept.State, &state); err != nil {
			return disclosure.State{}, fmt.Errorf("read what has left of %s: %w", cycle, err)
		}
		if err := state.Check(); err != nil {
			return disclosure.State{}, err
		}
	}
	if last == nil {
		return state, nil
	}
	switch version := last.version(); {
	case version.Less(kept.Version):
		return state, nil // decided, and never signed: it leaves now
	case version == kept.Version && state.Explains(last.summary.Cells):
		return state, nil
	case kept.State == nil && state.Explains(last.summary.Cells):
		return state, nil // nothing has left yet
	}
	return disclosure.Forgotten(last.summary.Cells, last.summary.AnswersReleased), nil
}

// answersOf returns the counted answers as the release rules read them.
func (t *Totals) answersOf(cycle survey.Cycle) ([]disclosure.Answer, error) {
	counted, err := t.options.Records.Counted(cycle)
	if err != nil {
		return nil, err
	}
	waivers, err := t.options.Records.Waivers(cycle)
	if err != nil {
		return nil, err
	}
	out := make([]disclosure.Answer, len(counted))
	for i, c := range counted {
		out[i] = disclosure.Answer{Organisation: c.Organisation, Values: c.Values, Keys: keysOf(c),
			Known:  t.knownElsewhere(cycle, c.Organisation),
			Waived: slices.ContainsFunc(waivers, func(w store.Waiver) bool { return w.Organisation == c.Organisation })}
	}
	return out, nil
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
