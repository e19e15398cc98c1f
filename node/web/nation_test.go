package web_test

import (
	"context"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// What follows are canned rooms that make a year final.

func tableOf(n byte) (hash [32]byte) {
	for i := range hash {
		hash[i] = n + byte(i)
	}
	return hash
}

// closed closes the survey and lets all regions sign off but those named.
func (c *canned) closed(missing ...survey.Region) *survey.Revision {
	c.campaigns[1].State, c.campaigns[1].ClosedBy, c.campaigns[1].ClosedAt = survey.CampaignClosed, "wessex", daysAgo(6)
	r := survey.Revision{Cycle: thisCycle, State: survey.RevisionSigned, OpenedAt: daysAgo(6), Number: 4100, Needed: 8}
	r.Counts, _ = c.Counts(thisCycle)
	for i, info := range survey.Regions() {
		r.Regions = append(r.Regions, info.Region)
		gone := false
		for _, region := range missing {
			gone = gone || region == info.Region
		}
		if gone {
			r.State = survey.RevisionCollecting
			continue
		}
		r.Settled = append(r.Settled, survey.Settled{Region: info.Region, How: survey.SettledSigned, Hash: tableOf(byte(i)), Number: uint64(4110 + i), At: daysAgo(4)})
	}
	c.revisions[thisCycle] = []survey.Revision{r}
	return &c.revisions[thisCycle][0]
}

// coSigned lets the first n regions co-sign, and certifies the year when that
// is enough.
func (c *canned) coSigned(n int) *survey.Revision {
	r := c.closed()
	for _, region := range r.Regions[:n] {
		r.CoSigned = append(r.CoSigned, survey.CoSignature{Region: region, Table: tableOf(7), Number: 4200, At: daysAgo(2)})
	}
	if n >= r.Needed {
		r.State, r.Table, r.CertifiedAt = survey.RevisionCertified, tableOf(7), daysAgo(1)
		c.campaigns[1].State = survey.CampaignCertified
	}
	return r
}

// revised adds a certified revision with a reason.
func (c *canned) revised() {
	first := *c.coSigned(9)
	first.Settled[14] = survey.Settled{Region: "sw", How: survey.SettledAbsent, Reason: survey.ReasonRecordsLost, By: "wessex", EndorsedBy: "kss", At: daysAgo(3)}
	next := first
	next.Revision, next.Reason, next.Previous, next.Table = 1, survey.ReasonLateAnswers, first.Table, tableOf(9)
	next.OpenedAt, next.CertifiedAt = daysAgo(1), morning
	c.revisions[thisCycle] = append(c.revisions[thisCycle], next)
}

func (c *canned) certified(t survey.Totals, q survey.TotalsQuery) (survey.Totals, error) {
	all := c.revisions[q.Cycle]
	for i := len(all) - 1; i >= 0; i-- {
		r := all[i]
		if r.State != survey.RevisionCertified || q.Revision != nil && *q.Revision != r.Revision {
			continue
		}
		t.Mode, t.AnswerID = survey.ModeCertified, fmt.Sprintf("%x", r.Table[:8])
		t.Certified = &survey.Certificate{Revision: r.Revision, State: r.State, Reason: r.Reason, Table: fmt.Sprintf("%x", r.Table), OpenedAt: r.OpenedAt, CertifiedAt: r.CertifiedAt,
			Settled: r.Settled, Needed: r.Needed, Answers: 1240, Responded: 1240}
		for _, s := range r.CoSigned {
			t.Certified.CoSigned = append(t.Certified.CoSigned, s.Region)
		}
		if r.Revision > 0 {
			t.Certified.Changes = []survey.FigureChange{{Metric: "investment_leveraged", Unit: survey.UnitPence, Before: 427_000_000_00, After: 427_440_000_00}, {Metric: "adoptions", Unit: survey.UnitCount, Before: 4250, After: 4247}}
		}
		return t, nil
	}
	return survey.Totals{}, fmt.Errorf("nothing is certified: %w", survey.ErrNotFound)
}

func (c *canned) Compare(ctx context.Context, q survey.TotalsQuery, against survey.Cycle) (survey.Comparison, error) {
	if against == "2019-20" {
		return survey.Comparison{}, survey.Refuse(survey.RefusedNotComparable, "other definitions")
	}
	if q.Mode == survey.ModeCertified && len(c.revisions[against]) == 0 {
		return survey.Comparison{}, survey.ErrNotFound
	}
	now, err := c.National(ctx, q)
	if err != nil {
		return survey.Comparison{}, err
	}
	out := survey.Comparison{Cycle: q.Cycle, Against: against, ResponseRate: 4593, ResponseRateBefore: 4100, Responded: 1240, RespondedBefore: 1025, Eligible: 2700, EligibleBefore: 2500, Panel: []survey.Region{"otv", "wessex"},
		Companies: &survey.PanelCompanies{Answered: 1240, Matched: 812, AfterHandover: 5, ChangedRegion: 32, NoAnswer: 390, New: 1}, Source: survey.SourceOf(now)}
	first := 0
	out.SourceBefore = survey.ComparedSource{Cycle: against, Mode: survey.ModeCertified, Revision: &first, Coverage: survey.Coverage{Of: 15, Included: 15}}
	for i, f := range now.Figures {
		before := f
		before.Value = f.Value * 11 / 10
		compared := survey.ComparedFigure{Metric: f.Metric, Unit: f.Unit, Now: f, Before: before, Qualifier: survey.QualifierEstimated, PanelReason: "no region's matched companies may be shown"}
		change := int64(-909)
		compared.Change = &change
		if i == 0 {
			grown := int64(1250)
			compared.Panel, compared.PanelReason = &survey.PanelChange{Now: 90, Before: 80, Change: &grown, Companies: 64, AfterHandover: 3, Regions: 2}, ""
		}
		if i == 1 {
			compared.Change, compared.Reason = nil, "one of the two is not there"
		}
		out.Figures = append(out.Figures, compared)
	}
	return out, nil
}

func (c *canned) Own(cycle survey.Cycle, _ survey.Dimension) (survey.OwnFigures, error) {
	own := survey.OwnFigures{AnswersIn: 92, AnswersReleased: 80, Final: len(c.revisions[cycle]) > 0}
	own.Late = own.Final
	own.Live = survey.Totals{Cycle: cycle, Definitions: "md-1", Policy: "standard", Figures: figures(1, survey.FigureReported)}
	own.Released = survey.Totals{Cycle: cycle, Definitions: "md-1", Policy: "standard", Figures: figures(1, survey.FigureReported)}
	own.Released.Figures[0].Value -= 120_000_00
	own.Released.Figures[4] = figures(1, survey.FigureWaiting)[4]
	return own, nil
}

func (c *canned) Reconciliation(metric string, from survey.Cycle) (survey.Reconciliation, error) {
	if metric != "investment_leveraged" {
		return survey.Reconciliation{}, survey.ErrNotFound
	}
	total := &survey.PublishedFigure{Metric: metric, Text: "£1.3bn since 2018", Value: 1_300_000_000_00, Source: "AHSN Network report 2021-22"}
	return survey.Reconciliation{Metric: metric, Unit: survey.UnitPence, From: from, Years: []survey.ReconciledYear{
		{Cycle: "2019-20", Since: "2018-19", Basis: survey.BasisPublished, Value: 500_000_000_00, Qualifier: survey.QualifierEstimated, Cumulative: 500_000_000_00,
			Published: &survey.PublishedFigure{Text: "£500m over two years", Source: "National company survey 2018-20"}},
		{Cycle: "2020-21", Basis: survey.BasisNone, Cumulative: 500_000_000_00},
		{Cycle: "2021-22", Basis: survey.BasisCertified, Value: 455_000_000_00, Cumulative: 955_000_000_00, PublishedTotal: total, Difference: 345_000_000_00,
			Lines: []survey.ReconcilingLine{{Cycle: "2020-21", Value: 345_000_000_00, Text: "the year is in the published sum and was not published alone"}}},
	}}, nil
}

func (c *canned) Revisions(cycle survey.Cycle) ([]survey.Revision, error) {
	return c.revisions[cycle], nil
}

func (c *canned) NationalTable(survey.Cycle, int) (survey.NationalTable, error) {
	if c.tableError != nil {
		return survey.NationalTable{}, c.tableError
	}
	return survey.NationalTable{Hash: c.table, Figures: figures(137, survey.FigureReported), Answers: 1238, Difference: 2}, nil
}

// take notes a step.
func (c *canned) take(status survey.OutcomeStatus, format string, of ...any) (survey.Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writeError != nil {
		return survey.Outcome{}, c.writeError
	}
	c.signed = append(c.signed, fmt.Sprintf(format, of...))
	return survey.Outcome{Status: status}, nil
}

// step notes a step to a certified year.
func (c *canned) step(status survey.OutcomeStatus, format string, of ...any) (survey.CertificationStep, error) {
	outcome, err := c.take(status, format, of...)
	return survey.CertificationStep{Outcome: outcome}, err
}

func (c *canned) SignOff(_ context.Context, _ survey.Request, cycle survey.Cycle, revision *int) (survey.CertificationStep, error) {
	return c.step(survey.OutcomeCreated, "sign-off %s %d", cycle, *revision)
}

func (c *canned) CoSign(_ context.Context, _ survey.Request, cycle survey.Cycle, revision *int, table string) (survey.CertificationStep, error) {
	if table != c.table {
		return survey.CertificationStep{}, survey.Refuse(survey.RefusedTableChanged, "another one")
	}
	return c.step(survey.OutcomeCreated, "co-sign %s %d %.8s", cycle, *revision, table)
}

func (c *canned) LetStand(_ context.Context, _ survey.Request, cycle survey.Cycle, of survey.OtherRegion) (survey.CertificationStep, error) {
	return c.step(survey.OutcomeProposed, "stand %s %d %s %s %s", cycle, *of.Revision, of.Region, of.Reason, of.Words)
}

func (c *canned) MarkAbsent(_ context.Context, _ survey.Request, cycle survey.Cycle, of survey.OtherRegion) (survey.CertificationStep, error) {
	return c.step(survey.OutcomeUpdated, "absent %s %d %s %s %s", cycle, *of.Revision, of.Region, of.Reason, of.Words)
}

func (c *canned) OpenRevision(_ context.Context, _ survey.Request, cycle survey.Cycle, reason survey.ReasonCode, words string) (survey.CertificationStep, error) {
	return c.step(survey.OutcomeProposed, "revise %s %s %s", cycle, reason, words)
}

func (c *canned) Proposals() []survey.Proposal { return c.proposals }

func (c *canned) Endorse(_ context.Context, _ survey.Request, number uint64, _ string) (survey.Outcome, error) {
	for _, p := range c.proposals {
		if p.Number == number {
			return c.take(survey.OutcomeUpdated, "endorse %d", number)
		}
	}
	return survey.Outcome{Refusal: &survey.Refusal{Code: survey.RefusedUnknown}}, nil
}

// propose lets other regions, and us, propose one thing of each kind.
func (c *canned) propose() {
	add := func(number uint64, by survey.Region, what survey.NewProposal) {
		what.Cycle = thisCycle
		c.proposals = append(c.proposals, survey.Proposal{NewProposal: what, Number: number, By: by, At: daysAgo(1), Lapses: morning.AddDate(0, 0, 13), State: survey.ProposalOpen})
	}
	add(71, "wessex", survey.NewProposal{Kind: survey.ProposeCloseCampaign})
	add(72, "kss", survey.NewProposal{Kind: survey.ProposeCampaignDates, Opens: "2023-06-02", Closes: "2023-10-31"})
	add(73, ours, survey.NewProposal{Kind: survey.ProposeFreezeEligible})
	add(74, "nenc", survey.NewProposal{Kind: survey.ProposeCampaignPolicy, Policy: "ons-business"})
	add(75, "em", survey.NewProposal{Kind: survey.ProposeOpenCampaign, Terms: &survey.CampaignTerms{Opens: "2023-06-01", Closes: "2023-09-30", Policy: "standard"}})
	add(76, "kss", survey.NewProposal{Kind: survey.ProposeReleaseIdle, Organisation: theirsID, Region: "wessex"})
	add(81, "wessex", survey.NewProposal{Kind: survey.ProposeLetStand, Region: "sw", Reason: survey.ReasonUnreachableRegion})
	add(82, "wessex", survey.NewProposal{Kind: survey.ProposeMarkAbsent, Region: ours, Reason: survey.ReasonRecordsLost})
	add(83, ours, survey.NewProposal{Kind: survey.ProposeOpenRevision, Revision: 1, Reason: survey.ReasonCorrection})
}

// Report writes no real report.
func (c *canned) Report(_ context.Context, cycle survey.Cycle) ([]byte, string, error) {
	return []byte("<!DOCTYPE html><title>Report " + string(cycle) + "</title>"), "default-src 'none'", nil
}
