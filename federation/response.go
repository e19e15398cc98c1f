package federation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// catchUpMost bounds how long recording an answer waits for the records to see
// the claim that the registry already shows.
const catchUpMost = 2 * time.Second

// RecordResponse keeps one organisation's answers (JSON of the campaign's
// questionnaire) in this region's own records and returns what became of them.
// Accepted answers belong to a company that this region holds; they count once
// they are complete. For a company that nobody holds, as far as this node
// knows, the answers are provisional: they count nowhere until the claim that
// is queued for them is granted. It works without the other nodes.
//
// It returns a *survey.Refusal that names the holder if another region holds
// the company or, if the request says which version it has seen, there is a
// newer one; survey.ErrNotFound for an unknown organisation or campaign, and
// *survey.FaultyAnswers if the answers cannot be recorded; nothing is recorded
// then.
func (f *Federation) RecordResponse(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier, answers []byte) (survey.ResponseResult, error) {
	var none survey.ResponseResult
	organisation, err := f.registry.Organisation(id)
	if err != nil {
		return none, fmt.Errorf("record the answers of %s: %w", id, err)
	}
	campaign, err := f.registry.Campaign(cycle)
	if err != nil {
		return none, fmt.Errorf("record answers for %s: %w", cycle, err)
	}
	questionnaire, err := f.records.Editions().Questionnaire(campaign.Questionnaire)
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
	claim, err := f.registry.ClaimOf(cycle, organisation.ID)
	switch {
	case errors.Is(err, survey.ErrNotFound) || err == nil && claim.Free():
	case err != nil:
		return none, fmt.Errorf("look for the claim of %s: %w", id, err)
	case claim.Region != f.options.Region && f.sponsors(claim.Region):
		// Recorded for a region that has no node yet: provisional here, and
		// handed over when it joins.
	case claim.Region != f.options.Region:
		return none, &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: claim.Region, Since: claim.ClaimedAt}
	default:
		// The records decide by what they have seen of the registry: let
		// them see this claim first.
		f.catchUpBriefly(ctx)
	}
	result, err := f.records.RecordResponse(ctx, survey.RecordRequest{
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
func (f *Federation) sponsors(region survey.Region) bool {
	standing := f.registry.RegionStanding(region)
	return standing.Sponsor == f.options.Region && !standing.Joined
}

// catchUpBriefly lets the records follow the registry before a decision is
// made by them. Being late is harmless: the answer is provisional until then.
func (f *Federation) catchUpBriefly(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, catchUpMost)
	defer cancel()
	if err := f.catchUp(ctx); err != nil {
		f.log.Debug("the records did not catch up before an answer", "error", err)
	}
}
