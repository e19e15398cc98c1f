package store

import (
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// occasion says on what occasion a response is settled. renew gives work for
// the registry a new request id (the claim changed, so an earlier refusal says
// nothing any more); retry does so only for work that was refused.
type occasion struct {
	at    time.Time
	actor uint64
	renew bool
	retry bool
}

// settle brings the aggregates and the outbox in line with a response and the
// mirror's claim, and writes the response. Every change of either ends here.
func (t responseTx) settle(cycle survey.Cycle, id survey.Identifier, r *responseRecord, on occasion) error {
	claim, _, err := t.claim(cycle, id)
	if err != nil {
		return err
	}
	var want *countedRecord
	if claim.mine(t.store.region) && r.Complete && !r.Ineligible {
		if want, err = t.countedWith(cycle, r); err != nil {
			return err
		}
	}
	if !r.Counted.same(want) {
		if err := t.recount(cycle, id, r, want, on); err != nil {
			return err
		}
	}
	if err := t.Put(responsesBucket, recordKey(cycle, id), r); err != nil {
		return err
	}
	if err := t.planSharing(cycle, id, r, claim, on); err != nil {
		return err
	}
	return t.outbox().plan(cycle, id, desiredWork(r, claim, t.store.region), on)
}

// recount takes away what the response counted with and counts it with want,
// nil for not at all.
func (t responseTx) recount(cycle survey.Cycle, id survey.Identifier, r *responseRecord, want *countedRecord, on occasion) error {
	t.recounted[activityKey{cycle, id}] = true
	action := "response.recount"
	if r.Counted != nil {
		if err := t.countAnswer(cycle, r.Counted, -1); err != nil {
			return err
		}
	} else {
		action = "response.count"
	}
	r.Counted = want
	if want == nil {
		action = "response.uncount"
	} else {
		sequence, err := t.Next(aggregatesBucket)
		if err != nil {
			return err
		}
		want.Sequence = sequence
		if err := t.countAnswer(cycle, want, 1); err != nil {
			return err
		}
	}
	return t.audit(AuditEntry{At: on.at, Actor: on.actor, Action: action, Object: string(cycle) + "/" + string(id), Outcome: "done"})
}

// countAnswer counts an answer, and that there is one more or less.
func (t responseTx) countAnswer(cycle survey.Cycle, c *countedRecord, sign int64) error {
	if err := t.count(cycle, c, sign); err != nil {
		return err
	}
	return t.changeCycle(cycle, func(r *cycleRecord) { r.AnswersIn += sign })
}
