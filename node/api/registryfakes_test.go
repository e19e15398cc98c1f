package api_test

import (
	"context"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

func (f *fakeRegistry) Receipt(_ context.Context, c survey.Cycle, id survey.Identifier, number uint64) ([]byte, error) {
	if number == 9 {
		return nil, fmt.Errorf("receipt: %w", survey.ErrNotFound)
	}
	return fmt.Appendf(nil, "{\"receipt\":  \"%s %s %d\"}\n", c, id, number), nil
}

func (f *fakeRegistry) MergeOrganisations(_ context.Context, _ survey.Request, one, into survey.Identifier, reason survey.MergeReason) (survey.Outcome, error) {
	if one == into {
		return survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedInvalid, Detail: "the two are one organisation already"}}, nil
	}
	return survey.Outcome{Status: survey.OutcomeUpdated, ID: one, Number: 5}, nil
}

func (f *fakeRegistry) SplitOrganisation(_ context.Context, _ survey.Request, id survey.Identifier, reason survey.MergeReason) (survey.Outcome, error) {
	if reason != survey.MergeMistake {
		return survey.Outcome{}, fmt.Errorf("split: %w", survey.ErrNoQuorum)
	}
	return survey.Outcome{Status: survey.OutcomeUpdated, ID: id, Number: 6}, nil
}

func (f *fakeRegistry) OrganisationHistory(id survey.Identifier) ([]survey.OrganisationEvent, error) {
	return []survey.OrganisationEvent{{Number: 3, Organisation: id, Action: survey.OrganisationMerged, Region: "sw", Actor: 7, Reason: survey.MergeSameCompany, Other: acme}}, nil
}

func (f *fakeRegistry) PossibleDuplicates(limit int) []survey.DuplicatePair {
	return make([]survey.DuplicatePair, min(limit, 2))
}

func (f *fakeRegistry) CloseCampaign(_ context.Context, _ survey.Request, c survey.Cycle) (survey.Outcome, error) {
	if c == "2021-22" {
		return survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedCampaignNotOpen, Detail: "campaign 2021-22 is closed"}}, nil
	}
	return survey.Outcome{Status: survey.OutcomeUpdated}, nil
}

func (f *fakeRegistry) FreezeEligible(context.Context, survey.Request, survey.Cycle) (survey.Outcome, error) {
	return survey.Outcome{Status: survey.OutcomeUpdated}, nil
}

func (f *fakeRegistry) ImportEligible(_ context.Context, _ survey.Request, _ survey.Cycle, ids []survey.Identifier) ([]survey.Outcome, error) {
	return outcomes(ids, survey.OutcomeCreated), nil
}

func (f *fakeRegistry) RollForward(_ context.Context, _ survey.Request, cycle, earlier survey.Cycle) (survey.Outcome, error) {
	if earlier >= cycle {
		return survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedInvalid, Detail: "from an earlier cycle"}}, nil
	}
	return survey.Outcome{Status: survey.OutcomeUpdated}, nil
}

func (f *fakeRegistry) LiftDoNotSurvey(_ context.Context, _ survey.Request, id survey.Identifier) (survey.Outcome, error) {
	return survey.Outcome{Status: survey.OutcomeUpdated, ID: id}, nil
}

func (f *fakeRegistry) EligibleSet(c survey.Cycle, after string, limit int) ([]survey.Eligible, string) {
	if after != "" {
		return nil, ""
	}
	return []survey.Eligible{{Organisation: acme, Cycle: c, Source: survey.EligibleRolled, LastHolder: "wessex", DoNotSurvey: true}}, string(acme)
}

func (f *fakeRegistry) ProposedClaims(c survey.Cycle, region survey.Region, after string, limit int) ([]survey.ProposedClaim, string) {
	return []survey.ProposedClaim{{Organisation: acme, Name: "Acme Ltd", AlsoSupportedBy: []survey.Region{"sw"}, Holder: region}}, ""
}

func (f *fakeRegistry) ChangesSince(number uint64, limit int) ([]survey.Change, uint64) {
	if f.ChangesFn != nil {
		return f.ChangesFn(number, limit)
	}
	return nil, number
}

func (f *fakeRegistry) Watch() <-chan struct{} {
	if f.WatchFn != nil {
		return f.WatchFn()
	}
	return nil
}

func (f *fakeRegistry) Number() uint64 { return 77 }

func (f *fakeRegistry) ClaimHistory(c survey.Cycle, id survey.Identifier) ([]survey.ClaimEvent, error) {
	if id != acme {
		return nil, fmt.Errorf("%s: %w", id, survey.ErrNotFound)
	}
	return []survey.ClaimEvent{{Number: 41, Organisation: id, Region: region, State: survey.Claimed, Holder: region}}, nil
}
