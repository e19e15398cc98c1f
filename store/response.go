package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// responseRecord is one version of one organisation's answers. Counted is nil
// while it is in no aggregate, as earlier versions are. Wanted says that the
// region should ask for the claim if it is free: set by recording, taken back
// when the region loses or gives up the claim.
type responseRecord struct {
	Version     uint64            `cbor:"1,keyasint"`
	Answers     survey.Answers    `cbor:"2,keyasint"`
	Complete    bool              `cbor:"3,keyasint"`
	Ineligible  bool              `cbor:"4,keyasint"`
	Sector      survey.Sector     `cbor:"5,keyasint"`
	Size        survey.SizeBand   `cbor:"6,keyasint"`
	Actor       uint64            `cbor:"7,keyasint"`
	At          time.Time         `cbor:"8,keyasint"`
	RecordedFor survey.Identifier `cbor:"9,keyasint,omitempty"`
	Wanted      bool              `cbor:"10,keyasint"`
	Counted     *countedRecord    `cbor:"11,keyasint,omitempty"`
	Sharing     survey.Sharing    `cbor:"12,keyasint,omitempty"`
}

// responseTx is a transaction on the answers and what they count.
type responseTx struct{ *txn }

func (t *txn) responses() responseTx { return responseTx{t} }

func (t *txn) response(cycle survey.Cycle, id survey.Identifier) (*responseRecord, error) {
	var r responseRecord
	found, err := t.Get(responsesBucket, recordKey(cycle, id), &r)
	if err != nil || !found {
		return nil, err
	}
	return &r, nil
}

// RecordResponse records one organisation's answers as its newest version and
// keeps the earlier ones. In the same transaction the answers are counted if
// they are complete and the mirror shows the claim as this region's, and the
// work that follows for the registry is put into the outbox. Recording equal
// answers again changes nothing.
//
// It returns a *survey.Refusal (already-claimed, with the holder) if the
// mirror shows the claim as another region's, one (answer-changed) if there are
// other answers than the request has seen, and a *survey.FaultyAnswers for
// answers that break a rule; both mean that nothing was recorded.
func (s *Store) RecordResponse(ctx context.Context, request survey.RecordRequest) (survey.ResponseResult, error) {
	request, err := checkRequest(s.editions, request)
	if err != nil {
		return survey.ResponseResult{}, recordError(request, err)
	}
	var result survey.ResponseResult
	err = s.write(ctx, func(t *txn) (err error) {
		result, err = t.responses().record(request)
		return err
	})
	if err != nil {
		return survey.ResponseResult{}, recordError(request, err)
	}
	return result, nil
}

// RecordResponses records a list in one transaction: all or nothing. The error
// names the first organisation that cannot be recorded and wraps what
// RecordResponse would return for it.
func (s *Store) RecordResponses(ctx context.Context, requests []survey.RecordRequest) ([]survey.ResponseResult, error) {
	checked := make([]survey.RecordRequest, len(requests))
	for i, request := range requests {
		var err error
		if checked[i], err = checkRequest(s.editions, request); err != nil {
			return nil, recordError(request, err)
		}
	}
	results := make([]survey.ResponseResult, len(checked))
	err := s.write(ctx, func(t *txn) (err error) {
		for i, request := range checked {
			if results[i], err = t.responses().record(request); err != nil {
				return recordError(request, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

func recordError(request survey.RecordRequest, err error) error {
	return fmt.Errorf("record the answers of %s for %s: %w", request.Organisation.ID, request.Cycle, err)
}

func checkRequest(editions *survey.Editions, request survey.RecordRequest) (survey.RecordRequest, error) {
	if err := checkKey(request.Cycle, request.Organisation.ID); err != nil {
		return request, err
	}
	if request.Questionnaire != "" && request.Questionnaire != request.Answers.Questionnaire {
		return request, survey.Invalid("the campaign asks %s, the answers are to %s", request.Questionnaire, request.Answers.Questionnaire)
	}
	asked, err := editions.Recorded(request.Answers.Questionnaire)
	if err != nil {
		return request, &survey.FaultyAnswers{Problems: []survey.FieldProblem{{Field: "questionnaire", Code: survey.ProblemUnknownCode, Message: "this node does not know it"}}}
	}
	if problems, _ := asked.Validate(request.Answers, nil); len(problems) > 0 {
		return request, &survey.FaultyAnswers{Problems: problems}
	}
	sharing, known := survey.ParseSharing(string(request.Sharing))
	if request.Sharing = sharing; !known {
		return request, survey.Invalid("sharing is allowed or refused")
	}
	if request.At.IsZero() {
		return request, survey.Invalid("the time of recording is missing")
	}
	request.At = request.At.UTC()
	return request, nil
}

// record does the work of RecordResponse. Nothing is written before the
// decision is made, so that a refusal costs no other writer anything.
func (t responseTx) record(request survey.RecordRequest) (survey.ResponseResult, error) {
	var result survey.ResponseResult
	id, err := t.canonical(request.Organisation.ID)
	if err != nil {
		return result, err
	}
	claim, _, err := t.claim(request.Cycle, id)
	if err != nil {
		return result, err
	}
	if claim.heldByOther(t.store.region) {
		return result, claim.refusal()
	}
	if result.Warnings, err = t.warnings(request, id); err != nil {
		return result, err
	}
	current, err := t.response(request.Cycle, id)
	if err != nil {
		return result, err
	}
	if err := current.seenBy(request); err != nil {
		return result, err
	}
	record := t.newRecord(request, id, current)
	changed := changed(current, record)
	if changed {
		if err := t.supersede(request.Cycle, id, current, record); err != nil {
			return result, err
		}
	} else {
		record = current
	}
	resting, err := t.outbox().resting(request.Cycle, id)
	if err != nil {
		return result, err
	}
	if changed || resting || !record.Wanted {
		record.Wanted = true
		if err := t.settle(request.Cycle, id, record, occasion{at: request.At, actor: request.Actor, retry: true}); err != nil {
			return result, err
		}
	}
	result.State = record.state(claim, t.store.region)
	result.Complete = record.Complete
	result.Version = record.Version
	result.Counted = record.Counted != nil
	if !changed {
		return result, nil
	}
	return result, t.audit(AuditEntry{At: request.At, Actor: request.Actor, Action: "response.record",
		Object: string(request.Cycle) + "/" + string(id), Outcome: string(result.State)})
}

// seenBy refuses answers that were made from others than the current ones. The
// same answers once more are no change, whoever sends them.
func (r *responseRecord) seenBy(request survey.RecordRequest) error {
	version := uint64(0)
	if r != nil {
		version = r.Version
	}
	if request.Seen == nil || *request.Seen == version || r != nil && r.Answers.Same(request.Answers) {
		return nil
	}
	return &survey.Refusal{Code: survey.RefusedAnswerChanged, Detail: fmt.Sprintf("there is version %d of the answers, and these were made from version %d", version, *request.Seen)}
}

// warnings compares with the organisation's answers of the cycle before.
func (t responseTx) warnings(request survey.RecordRequest, id survey.Identifier) ([]survey.FieldProblem, error) {
	last, err := t.response(request.Cycle.Previous(), id)
	if err != nil {
		return nil, err
	}
	var before *survey.Answers
	if last != nil {
		before = &last.Answers
	}
	asked, err := t.store.editions.Recorded(request.Answers.Questionnaire)
	if err != nil {
		return nil, err
	}
	_, warnings := asked.Validate(request.Answers, before)
	if warnings == nil {
		warnings = []survey.FieldProblem{} // an empty list in JSON, not null
	}
	return warnings, nil
}

func (t responseTx) newRecord(request survey.RecordRequest, id survey.Identifier, current *responseRecord) *responseRecord {
	record := &responseRecord{
		Version: 1, Answers: request.Answers,
		Complete: t.complete(request.Answers), Ineligible: survey.NotSupported(request.Answers),
		Sector: request.Organisation.Sector, Size: request.Organisation.SizeBand,
		Actor: request.Actor, At: request.At, Sharing: request.Sharing,
	}
	if record.Sharing == survey.SharingUnasked && current != nil {
		record.Sharing = current.Sharing
	}
	// The caller's copy of the organisation may be older than what the
	// registry has told since, or be of one that was merged away.
	merged := id != request.Organisation.ID
	if o, ok := t.store.recent.of(id); ok && (merged || o.version > request.Organisation.Version) {
		record.Sector, record.Size = o.sector, o.size
	} else if merged && current != nil {
		record.Sector, record.Size = current.Sector, current.Size
	}
	return record
}

// changed reports whether the new record says anything that the current one
// does not.
func changed(current, record *responseRecord) bool {
	if current == nil || current.Sector != record.Sector || current.Size != record.Size || current.Sharing != record.Sharing {
		return true
	}
	return !current.Answers.Same(record.Answers)
}

// complete reports whether the answers to the questionnaire of their name are
// complete. Those to one that is not known here are not.
func (t responseTx) complete(answers survey.Answers) bool {
	asked, err := t.store.editions.National(answers.Questionnaire)
	return err == nil && asked.Complete(answers)
}

// supersede makes record the version after current and keeps current as
// history. The new record takes over what is counted, so that settle takes
// away exactly that.
func (t responseTx) supersede(cycle survey.Cycle, id survey.Identifier, current, record *responseRecord) error {
	if current == nil {
		return t.changeCycle(cycle, func(r *cycleRecord) { r.Responses++ })
	}
	record.Version = current.Version + 1
	record.Counted = current.Counted
	old := *current
	old.Counted = nil
	return t.Put(historyBucket, historyKey(cycle, id, old.Version), old)
}

// state says whether the region may count the answer.
func (r *responseRecord) state(claim claimRecord, region survey.Region) survey.ResponseState {
	if claim.mine(region) {
		return survey.ResponseAccepted
	}
	return survey.ResponseProvisional
}

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
