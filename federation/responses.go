package federation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Responses are this region's own answers. They are recorded here, which needs
// the holder as the registry has it, and read from the records.
type Responses struct {
	door
	region  survey.Region
	records *store.Store
	follow  func(context.Context) // lets the records follow the registry first
}

// RecordResponse keeps one organisation's answers (JSON of the campaign's questionnaire) in this
// region's own records and returns their state. Accepted answers belong to a company that this
// region holds; they count once they are complete. While nobody holds the company, as far as this
// node knows, its answers are provisional: they count nowhere until the claim that is queued for
// them is granted. It works without the other nodes.
//
// It returns a *survey.Refusal that names the holder if another region holds
// the company or, if the request says which version it has seen, there is a
// newer one; survey.ErrNotFound for an unknown organisation or campaign, and
// *survey.FaultyAnswers if the answers cannot be recorded; nothing is recorded
// then.
func (r Responses) RecordResponse(
	ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier, answers []byte,
) (survey.ResponseResult, error) {
	result, err := r.record(ctx, request, cycle, id, answers)
	return result, r.asked(request, "response.record", about(cycle, id), "").recorded(err)
}

func (r Responses) record(
	ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier, answers []byte,
) (survey.ResponseResult, error) {
	var none survey.ResponseResult
	organisation, err := r.registry.Organisation(id)
	if err != nil {
		return none, fmt.Errorf("record the answers of %s: %w", id, err)
	}
	campaign, err := r.registry.Campaign(cycle)
	if err != nil {
		return none, fmt.Errorf("record answers for %s: %w", cycle, err)
	}

	questionnaire, err := r.records.Editions().Questionnaire(campaign.Questionnaire)
	if err != nil {
		return none, fmt.Errorf("record answers for %s: %w", cycle, err)
	}

	parsed, problems, err := survey.ParseAnswers(questionnaire, answers)
	if err != nil {
		return none, fmt.Errorf("record the answers of %s: %w", id, err)
	}
	if len(problems) > 0 {
		return none, &survey.FaultyAnswers{Problems: problems}
	}

	// The holder decides whether the answers count here.
	claim, err := r.registry.ClaimOf(cycle, organisation.ID)
	switch {
	case errors.Is(err, survey.ErrNotFound) || err == nil && claim.Free():
	case err != nil:
		return none, fmt.Errorf("look for the claim of %s: %w", id, err)
	case claim.Region != r.region && r.sponsors(claim.Region):
		// Recorded for a region that has no node yet: provisional here, and
		// handed over when it joins.
	case claim.Region != r.region:
		return none, &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: claim.Region, Since: claim.ClaimedAt}
	default:
		// The records decide by the changes that they have seen of the registry: let them see this
		// claim first.
		r.follow(ctx)
	}

	result, err := r.records.RecordResponse(ctx, survey.RecordRequest{
		Cycle: cycle, Organisation: organisation, Questionnaire: campaign.Questionnaire,
		Answers: parsed, Seen: request.Seen, Actor: request.Actor, At: time.Now().UTC(),
	})
	if err != nil {
		return none, fmt.Errorf("record the answers of %s: %w", id, err)
	}
	return result, nil
}

// sponsors reports whether this region records for another that has no node
// yet.
func (r Responses) sponsors(region survey.Region) bool {
	standing := r.registry.RegionStanding(region)
	return standing.Sponsor == r.region && !standing.Joined
}

// Response returns the newest answers of one organisation.
func (r Responses) Response(_ context.Context, cycle survey.Cycle, id survey.Identifier) (survey.Response, error) {
	return r.records.Response(cycle, id)
}

// Responses returns answers in the order of their organisations' identifiers.
func (r Responses) Responses(
	_ context.Context, cycle survey.Cycle, after string, limit int,
) ([]survey.Response, string, error) {
	responses, next, err := r.records.Responses(cycle, survey.Identifier(after), limit)
	return responses, string(next), err
}
