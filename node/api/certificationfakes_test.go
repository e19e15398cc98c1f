package api_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// The fakes' part in campaigns' steps, certification, innovations and totals.

func (f *fakeRegistry) CampaignDates(_ context.Context, _ survey.Request, _ survey.Cycle, opens, closes string) (survey.Outcome, error) {
	if closes != "" && closes < opens {
		return survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedInvalid, Detail: "a campaign cannot close before it opens"}}, nil
	}
	return survey.Outcome{Status: survey.OutcomeProposed, Number: 7}, nil
}

func (f *fakeRegistry) CampaignPolicy(_ context.Context, _ survey.Request, _ survey.Cycle, policy string) (survey.Outcome, error) {
	if policy == "open" {
		return survey.Outcome{}, &survey.Refusal{Code: survey.RefusedInvalid, Detail: "it is laxer"}
	}
	return survey.Outcome{Status: survey.OutcomeExists, Number: 7}, nil // this region proposed it before
}

func (f *fakeRegistry) CampaignLapse(_ context.Context, _ survey.Request, _ survey.Cycle, days int) (survey.Outcome, error) {
	if days == 0 {
		return survey.Outcome{Status: survey.OutcomeExists, Number: 3}, nil // it never was on
	}
	return survey.Outcome{Status: survey.OutcomeProposed, Number: 7}, nil
}

func (f *fakeRegistry) ReleaseIdle(_ context.Context, _ survey.Request, c survey.Cycle, id survey.Identifier) (survey.Outcome, error) {
	if id != acme {
		return survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedStanding, Detail: "the claim is not idle"}}, nil
	}
	return survey.Outcome{Status: survey.OutcomeProposed, Number: 7}, nil
}

func (f *fakeRegistry) ReceiptOf(_ context.Context, number uint64) ([]byte, error) {
	if number != 41 {
		return nil, fmt.Errorf("receipt: %w", survey.ErrNotFound)
	}
	return []byte("{\"receipt\":  41}\n"), nil
}

const inhaler = survey.InnovationID("INN:01J8ZZZZZZZZZZZZZZZZZZZZZZ")

func (f *fakeRegistry) RegisterInnovation(_ context.Context, _ survey.Request, _ survey.Identifier, stage string) (survey.InnovationID, survey.Outcome, error) {
	if stage == "dreamt" {
		return "", survey.Outcome{}, &survey.Refusal{Code: survey.RefusedInvalid, Detail: "a stage is one of early"}
	}
	return inhaler, survey.Outcome{Status: survey.OutcomeCreated, Number: 5}, nil
}

func (f *fakeRegistry) SetInnovationStage(_ context.Context, _ survey.Request, id survey.InnovationID, _ string) (survey.Outcome, error) {
	return f.AdoptInnovation(context.Background(), survey.Request{}, id)
}

func (f *fakeRegistry) AdoptInnovation(_ context.Context, _ survey.Request, id survey.InnovationID) (survey.Outcome, error) {
	if id != inhaler {
		return survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedUnknownInnovation}}, nil
	}
	return survey.Outcome{Status: survey.OutcomeUpdated, Number: 6}, nil
}

func (f *fakeRegistry) WithdrawAdoption(ctx context.Context, r survey.Request, id survey.InnovationID) (survey.Outcome, error) {
	return f.AdoptInnovation(ctx, r, id)
}

func (f *fakeRegistry) Innovation(id survey.InnovationID) (survey.Innovation, error) {
	if id != inhaler {
		return survey.Innovation{}, fmt.Errorf("innovation: %w", survey.ErrNotFound)
	}
	return survey.Innovation{ID: inhaler, Organisation: acme, RegisteredBy: region}, nil
}

func (f *fakeRegistry) Innovations(id survey.Identifier) []survey.Innovation {
	return []survey.Innovation{{ID: inhaler, Organisation: id, RegisteredBy: region}}
}

func (f *fakeRegistry) InnovationCounts() survey.InnovationCounts {
	return survey.InnovationCounts{Innovations: 1, ByStage: map[string]int{"": 1}, ByRegion: map[survey.Region]int{}}
}

func (f *fakeRooms) Compare(_ context.Context, q survey.TotalsQuery, against survey.Cycle) (survey.Comparison, error) {
	if against == "2013-14" {
		return survey.Comparison{}, &survey.Refusal{Code: survey.RefusedNotComparable, Detail: "md-1 and md-0 define the figures differently"}
	}
	return survey.Comparison{Cycle: q.Cycle, Against: against, ResponseRate: 4500, ResponseRateBefore: 4400}, nil
}

func (f *fakeRooms) Own(c survey.Cycle, by survey.Dimension) (api.OwnFigures, error) {
	return api.OwnFigures{Live: survey.Totals{Cycle: c, By: by}, AnswersIn: 90, AnswersReleased: 88}, nil
}

func (f *fakeRooms) PublicTable(c survey.Cycle, metric string, by survey.Dimension) (survey.PublicTable, error) {
	if metric != "investment_leveraged" {
		return survey.PublicTable{}, fmt.Errorf("public table: %w: no such metric", survey.ErrInvalid)
	}
	return survey.PublicTable{Cycle: c, Metric: metric, By: by}, nil
}

func (f *fakeRooms) Reconciliation(metric string, from survey.Cycle) (survey.Reconciliation, error) {
	return survey.Reconciliation{Metric: metric, From: from, Unit: survey.UnitPence}, nil
}

// fakeCertifier has 2021-22 certified and 2022-23 open.
type fakeCertifier struct{}

func (fakeCertifier) Certification(c survey.Cycle) (api.Certification, error) {
	if c == "2015-16" {
		return api.Certification{}, fmt.Errorf("certification: %w", survey.ErrNotFound)
	}
	return api.Certification{Cycle: c, State: survey.CampaignCertified, Next: []string{"nothing"}, Revisions: []api.RevisionStatus{{State: survey.RevisionCertified,
		Regions: []survey.Region{region}, Missing: []survey.Region{}, CoSigned: []api.CoSigned{}, Needed: 1, Table: "ab",
		Settled: []api.SettledPart{{Settled: survey.Settled{Region: region, How: survey.SettledSigned, Number: 9}, Summary: "cd"}}}}}, nil
}

func (fakeCertifier) step(c survey.Cycle) (survey.CertificationStep, error) {
	if c == cycle {
		return survey.CertificationStep{}, &survey.Refusal{Code: survey.RefusedCampaignNotClosed, Detail: "campaign 2022-23 is open"}
	}
	return survey.CertificationStep{
		Outcome: survey.Outcome{Status: survey.OutcomeCreated, Number: 9}, State: survey.RevisionCollecting, Hash: [32]byte{0xab}}, nil
}

func (f fakeCertifier) SignOff(_ context.Context, _ survey.Request, c survey.Cycle, _ *int) (survey.CertificationStep, error) {
	return f.step(c)
}

func (f fakeCertifier) CoSign(_ context.Context, _ survey.Request, c survey.Cycle, _ *int, table string) (survey.CertificationStep, error) {
	if table != "" {
		return survey.CertificationStep{}, &survey.Refusal{Code: survey.RefusedNoTable, Detail: "here follows another table"}
	}
	return f.step(c)
}

func (f fakeCertifier) LetStand(_ context.Context, _ survey.Request, _ survey.Cycle, _ survey.OtherRegion) (survey.CertificationStep, error) {
	return survey.CertificationStep{Outcome: survey.Outcome{Status: survey.OutcomeProposed, Number: 7},
		Proposal: survey.Proposal{Number: 7, Lapses: time.Unix(0, 0).UTC()}}, nil
}

func (f fakeCertifier) MarkAbsent(_ context.Context, _ survey.Request, c survey.Cycle, _ survey.OtherRegion) (survey.CertificationStep, error) {
	return f.step(c)
}

func (f fakeCertifier) OpenRevision(_ context.Context, _ survey.Request, c survey.Cycle, _ survey.ReasonCode, _ string) (survey.CertificationStep, error) {
	return f.step(c)
}

func (fakeCertifier) Published(_ context.Context, c survey.Cycle, revision *int) ([]byte, error) {
	if c == cycle || revision != nil && *revision > 0 {
		return nil, fmt.Errorf("publish: %w", survey.ErrNotFound)
	}
	return []byte("{\"published\":  1}\n"), nil
}
