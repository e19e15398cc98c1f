package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// responseRecord is one version of one organisation's answers. Counted is nil if it is in no
// aggregate; earlier versions never are. Wanted says that the region should ask for the claim if it
// is free: recording sets it, losing or giving up the claim clears it.
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

// responseTx is a transaction on the answers and their part of the aggregates.
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

// RecordResponse records one organisation's answers as its newest version and keeps the earlier
// ones. The same transaction counts them if they are complete and the mirror shows the claim as
// this region's, and puts the work for the registry into the outbox. Equal answers change nothing.
//
// It returns a *survey.Refusal (already-claimed, with the holder) if the mirror shows the claim as
// another region's, one (answer-changed) if the answers have a newer version than the request was
// made from, and a *survey.FaultyAnswers for answers that break a rule. After any of them nothing
// was recorded.
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

// RecordResponses records a list in one transaction, all or nothing. The error names the first
// organisation that cannot be recorded and wraps the error that RecordResponse would return for it.
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
		// One transaction: after an error none of them is recorded.
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
		return request, survey.Invalid("the campaign asks %s, the answers are to %s",
			request.Questionnaire, request.Answers.Questionnaire)
	}

	asked, err := editions.Recorded(request.Answers.Questionnaire)
	if err != nil {
		return request, &survey.FaultyAnswers{Problems: []survey.FieldProblem{{Field: "questionnaire",
			Code: survey.ProblemUnknownCode, Message: "this node does not know it"}}}
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

// record does the work of RecordResponse. It decides before it writes, so that a refusal costs no
// other writer anything.
func (t responseTx) record(request survey.RecordRequest) (survey.ResponseResult, error) {
	var result survey.ResponseResult
	id, err := t.canonical(request.Organisation.ID)
	if err != nil {
		return result, err
	}

	// The holder of the claim records; a second record would count the company twice.
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

	// Recording again retries refused work even if the answers are the same.
	resting, err := t.outbox().resting(request.Cycle, id)
	if err != nil {
		return result, err
	}
	if changed || resting || !record.Wanted {
		record.Wanted = true
		on := occasion{at: request.At, actor: request.Actor, retry: true}
		if err := t.settle(request.Cycle, id, record, on); err != nil {
			return result, err
		}
	}

	result.State = record.state(claim, t.store.region)
	result.Complete, result.Version, result.Counted = record.Complete, record.Version, record.Counted != nil

	if !changed {
		return result, nil
	}
	return result, t.auditChange(occasion{at: request.At, actor: request.Actor}, "response.record",
		string(recordKey(request.Cycle, id)), string(result.State))
}

// seenBy returns a refusal if the request was made from another version than the current one. Equal
// answers are no change and always pass.
func (r *responseRecord) seenBy(request survey.RecordRequest) error {
	version := uint64(0)
	if r != nil {
		version = r.Version
	}
	if request.Seen == nil || *request.Seen == version || r != nil && r.Answers.Same(request.Answers) {
		return nil
	}
	detail := fmt.Sprintf("there is version %d of the answers, and these were made from version %d", version, *request.Seen)
	return &survey.Refusal{Code: survey.RefusedAnswerChanged, Detail: detail}
}

// warnings compares the answers with the organisation's of the cycle before.
func (t responseTx) warnings(request survey.RecordRequest, id survey.Identifier) ([]survey.FieldProblem, error) {
	last, err := t.response(request.Cycle.Previous(), id)
	if err != nil {
		return nil, err
	}
	var before *survey.Answers
	if last != nil {
		before = &last.Answers
	}

	// Warnings need both years; faults were refused before the transaction.
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

func (t responseTx) newRecord(request survey.RecordRequest, id survey.Identifier,
	current *responseRecord) *responseRecord {
	record := &responseRecord{
		Version: 1, Answers: request.Answers,
		Complete: t.complete(request.Answers), Ineligible: survey.NotSupported(request.Answers),
		Sector: request.Organisation.Sector, Size: request.Organisation.SizeBand,
		Actor: request.Actor, At: request.At, Sharing: request.Sharing,
	}

	if record.Sharing == survey.SharingUnasked && current != nil {
		record.Sharing = current.Sharing
	}
	// The caller's copy of the organisation may be older than the registry's last change, or be of
	// one that was merged away.
	merged := id != request.Organisation.ID
	if o, ok := t.store.recent.of(id); ok && (merged || o.version > request.Organisation.Version) {
		record.Sector, record.Size = o.sector, o.size
	} else if merged && current != nil {
		record.Sector, record.Size = current.Sector, current.Size
	}
	return record
}

// changed reports whether the new record differs from the current one in anything that is kept.
func changed(current, record *responseRecord) bool {
	return current == nil || current.Sector != record.Sector || current.Size != record.Size ||
		current.Sharing != record.Sharing || !current.Answers.Same(record.Answers)
}

// complete reports whether the answers are complete by their questionnaire. Answers to an unknown
// questionnaire are not.
func (t responseTx) complete(answers survey.Answers) bool {
	asked, err := t.store.editions.National(answers.Questionnaire)
	return err == nil && asked.Complete(answers)
}

// supersede makes record the version after current and keeps current as history. The new record
// takes over Counted, so that settle subtracts exactly that.
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

// state tells whether the region may count the answers: it holds the claim.
func (r *responseRecord) state(claim claimRecord, region survey.Region) survey.ResponseState {
	if claim.mine(region) {
		return survey.ResponseAccepted
	}
	return survey.ResponseProvisional
}

// occasion is the time and the cause of settling a response. renew gives work for the registry a
// new request id (the claim changed, so an earlier refusal no longer holds); retry does so for
// refused work only.
type occasion struct {
	at    time.Time
	actor uint64
	renew bool
	retry bool
}

// settle brings the aggregates, the copies for other regions and the outbox in line with a response
// and its claim, and writes the response. Every change of either ends here.
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

	// After the counting, so that the record holds exactly how it was counted.
	if err := t.Put(responsesBucket, recordKey(cycle, id), r); err != nil {
		return err
	}

	if err := t.planSharing(cycle, id, r, claim, on); err != nil {
		return err
	}
	return t.outbox().plan(cycle, id, desiredWork(r, claim, t.store.region), on)
}

// recount subtracts the response as it was counted and counts it as want, nil for not at all.
func (t responseTx) recount(cycle survey.Cycle, id survey.Identifier, r *responseRecord,
	want *countedRecord, on occasion) (err error) {
	t.recounted[activityKey{cycle, id}] = true
	action := "response.count"
	if r.Counted != nil {
		action = "response.recount"
		if err := t.countAnswer(cycle, r.Counted, -1); err != nil {
			return err
		}
	}
	if r.Counted = want; want == nil {
		action = "response.uncount"
	} else {
		if want.Sequence, err = t.Next(aggregatesBucket); err != nil {
			return err
		}
		if err := t.countAnswer(cycle, want, 1); err != nil {
			return err
		}
	}

	return t.auditChange(on, action, string(recordKey(cycle, id)), "done")
}

// countAnswer changes the aggregates by one answer, and the cycle's counter of answers.
func (t responseTx) countAnswer(cycle survey.Cycle, c *countedRecord, sign int64) error {
	if err := t.count(cycle, c, sign); err != nil {
		return err
	}
	return t.changeCycle(cycle, func(r *cycleRecord) { r.AnswersIn += sign })
}
