package registry

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestStepsAreAskedAgain: asking again with the same request id gives the first
// outcome, also when the step has long taken effect; and a whole year stands on
// every node after a snapshot and a restart.
func TestStepsAreAskedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		c.prepare(1)
		ctx := context.Background()
		otv, wessex := c.node("otv"), c.node("wessex")
		twice := func(what string, again survey.OutcomeStatus, ask func(survey.Request) (survey.Outcome, error)) {
			t.Helper()
			var outcomes [2]survey.Outcome
			for i := range outcomes {
				o, err := ask(survey.Request{ID: what})
				if err != nil || o.Refusal != nil {
					t.Fatalf("%s: %+v %v", what, o, err)
				}
				outcomes[i] = o
			}
			if outcomes[0].Number != outcomes[1].Number || outcomes[0].Status != again || outcomes[1].Status != again {
				t.Errorf("%s: %+v, then %+v", what, outcomes[0], outcomes[1])
			}
		}
		twice("close", survey.OutcomeUpdated, func(r survey.Request) (survey.Outcome, error) { return otv.CloseCampaign(ctx, r, "2022-23") })
		large := bytes.Repeat([]byte{7}, survey.MaxSignedSummary)
		for _, region := range c.regions {
			twice("sign off", survey.OutcomeCreated, func(r survey.Request) (survey.Outcome, error) {
				return c.node(region).SignOff(ctx, r, "2022-23", 0, large)
			})
		}
		if o, err := otv.SignOff(ctx, survey.Request{ID: "too large"}, "2022-23", 0, append(large, 7)); err != nil || o.Refusal == nil || o.Refusal.Code != survey.RefusedInvalid {
			t.Errorf("a summary that is too large: %+v %v", o, err)
		}
		for _, region := range c.regions[:2] {
			twice("co-sign", survey.OutcomeCreated, func(r survey.Request) (survey.Outcome, error) {
				return c.node(region).CoSign(ctx, r, "2022-23", 0, [32]byte{9})
			})
		}
		twice("revision", survey.OutcomeUpdated, func(r survey.Request) (survey.Outcome, error) {
			return otv.OpenRevision(ctx, r, "2022-23", survey.ReasonLateAnswers)
		})
		if err := wessex.raft.Snapshot().Error(); err != nil {
			t.Fatal(err)
		}
		c.stop("wessex")
		wessex = c.start("wessex")
		c.leader()
		if _, err := wessex.Await(ctx, survey.Consistency{Linearizable: true}); err != nil {
			t.Fatal(err)
		}
		revisions, err := wessex.Revisions("2022-23")
		if err != nil || len(revisions) != 2 || revisions[1].Previous != [32]byte{9} || revisions[0].State != survey.RevisionCertified {
			t.Errorf("after a restart: %+v %v", revisions, err)
		}
		if got, err := wessex.SignedSummary("2022-23", 0, "sw"); err != nil || !bytes.Equal(got, large) {
			t.Errorf("the signed summary after a restart: %d bytes, %v", len(got), err)
		}
		if campaign, err := wessex.Campaign("2022-23"); err != nil || campaign.State != survey.CampaignCertified {
			t.Errorf("the campaign after a restart: %+v %v", campaign, err)
		}
		for _, unknown := range []func() error{
			func() error { _, err := otv.Revisions("2021-22"); return err },
			func() error { _, err := otv.SignedSummary("2022-23", 1, "sw"); return err },
			func() error { _, err := otv.SignedSummary("2022-23", -1, "sw"); return err },
			func() error { _, err := otv.SignedSummary("2022-23", 70_000, "sw"); return err },
		} {
			if err := unknown(); !errors.Is(err, survey.ErrNotFound) {
				t.Errorf("what is not there: %v", err)
			}
		}
	})
}

// TestLateAnswersCountNextTime: the counts of a closed campaign stay those of its
// newest revision.
func TestLateAnswersCountNextTime(t *testing.T) {
	b, ids := benchAtLevel(t, 3, "otv", "sw")
	b.do("otv", typeClaim, items("2022-23", ids...))
	b.do("otv", typeMergeOrganisations, mustEncode(mergePayload{From: ids[2], Into: "GB-COH:99000000", Reason: survey.MergeSameCompany}))
	answer := func(id survey.Identifier) survey.Outcome {
		v := b.state.view()
		change := survey.ClaimChange{Organisation: id, Action: survey.ActionRespond, Token: v.claim("2022-23", v.ownOrganisation(id).ID).Claim.Token}
		return b.do("otv", typeChangeClaims, items("2022-23", change))[0]
	}
	b.do("otv", typeCloseCampaign, mustEncode(cyclePayload{Cycle: "2022-23"}))
	b.do("otv", typeMergeOrganisations, mustEncode(mergePayload{From: ids[1], Into: ids[0], Reason: survey.MergeSameCompany}))
	for _, id := range ids[:2] { // also for the claim of what was merged after the close
		if o := answer(id); o.Status != survey.OutcomeChanged {
			t.Errorf("a late answer of %s: %+v %v", id, o, o.Refusal)
		}
	}
	r := reader(b)
	counts, err := r.Counts("2022-23")
	now, _ := r.CountsNow("2022-23")
	if err != nil || counts.Responded != 0 || now.Responded == 0 {
		t.Errorf("counted: %+v, now: %+v, %v", counts, now, err)
	}
}

// benchAtLevel is ready in a federation of this software's level that takes
// campaign steps alone.
func benchAtLevel(t testing.TB, n int, regions ...survey.Region) (*bench, []survey.Identifier) {
	t.Helper()
	b := newBench()
	f := b.founding(regions...)
	f.Level, f.SoloSteps = FeatureLevel, true
	b.foundAs(f)
	b.do(regions[0], typeOpenCampaign, campaign("2022-23"))
	return addCompanies(t, b, n)
}

// TestWrongSteps: bad input is refused, named, and changes nothing but the
// number.
func TestWrongSteps(t *testing.T) {
	b, ids := benchAtLevel(t, 1, "otv", "sw", "wessex")
	b.do("sw", typeClaim, items("2022-23", ids...))
	summary := []byte("s")
	stands := survey.NewProposal{Kind: survey.ProposeLetStand, Cycle: "2022-23", Region: "sw", Reason: survey.ReasonOther, Summary: summary, SummaryHash: hashOf(summary)}
	with := func(change func(*survey.NewProposal)) survey.NewProposal {
		p := stands
		change(&p)
		return p
	}
	for name, c := range map[string]struct {
		what survey.NewProposal
		want survey.RefusalCode
	}{
		"no cycle":                   {survey.NewProposal{Kind: survey.ProposeCloseCampaign}, survey.RefusedInvalid},
		"a cycle in other words":     {survey.NewProposal{Kind: survey.ProposeCloseCampaign, Cycle: "2022/23"}, survey.RefusedInvalid},
		"an unknown campaign":        {survey.NewProposal{Kind: survey.ProposeCloseCampaign, Cycle: "2021-22"}, survey.RefusedUnknownCampaign},
		"a close with a policy":      {survey.NewProposal{Kind: survey.ProposeCloseCampaign, Cycle: "2022-23", Policy: "open"}, survey.RefusedInvalid},
		"a close with a key":         {survey.NewProposal{Kind: survey.ProposeCloseCampaign, Cycle: "2022-23", Key: testKey("sw").Public()}, survey.RefusedInvalid},
		"a reason of nobody's":       {survey.NewProposal{Kind: survey.ProposeCloseCampaign, Cycle: "2022-23", Reason: "because"}, survey.RefusedInvalid},
		"an opening without terms":   {survey.NewProposal{Kind: survey.ProposeOpenCampaign, Cycle: "2023-24"}, survey.RefusedInvalid},
		"terms in free text":         {survey.NewProposal{Kind: survey.ProposeOpenCampaign, Cycle: "2023-24", Terms: &survey.CampaignTerms{Questionnaire: "See E-mail", Definitions: "md-1", Policy: "open"}}, survey.RefusedInvalid},
		"an idle claim half named":   {survey.NewProposal{Kind: survey.ProposeReleaseIdle, Cycle: "2022-23", Organisation: ids[0], Region: "sw"}, survey.RefusedInvalid},
		"an idle claim of nobody":    {survey.NewProposal{Kind: survey.ProposeReleaseIdle, Cycle: "2022-23", Organisation: "gb-coh:1"}, survey.RefusedInvalid},
		"a suspension with a cycle":  {survey.NewProposal{Kind: survey.ProposeSuspend, Region: "sw", Reason: survey.ReasonMisuse, Cycle: "2022-23"}, survey.RefusedInvalid},
		"a summary before the close": {stands, survey.RefusedCampaignNotClosed},
		"another summary's hash":     {with(func(p *survey.NewProposal) { p.SummaryHash = hashOf(nil) }), survey.RefusedInvalid},
		"no summary":                 {with(func(p *survey.NewProposal) { p.Summary, p.SummaryHash = nil, "" }), survey.RefusedInvalid},
		"too large a summary": {with(func(p *survey.NewProposal) {
			p.Summary = make([]byte, survey.MaxSignedSummary+1)
			p.SummaryHash = hashOf(p.Summary)
		}), survey.RefusedInvalid},
		"a revision before the first": {with(func(p *survey.NewProposal) { p.Revision = -1 }), survey.RefusedInvalid},
		"a revision without end":      {with(func(p *survey.NewProposal) { p.Revision = 1 << 20 }), survey.RefusedInvalid},
		"an absence with a summary":   {with(func(p *survey.NewProposal) { p.Kind = survey.ProposeMarkAbsent }), survey.RefusedInvalid},
		"an absence of nobody":        {survey.NewProposal{Kind: survey.ProposeMarkAbsent, Cycle: "2022-23", Reason: survey.ReasonOther}, survey.RefusedInvalid},
	} {
		body := b.body("otv", typePropose, mustEncode(proposePayload{What: c.what}))
		body.Version = levelNational
		before := rowsOf(b.state.view(), tableProposals) + rowsOf(b.state.view(), tableCampaigns)
		if o := b.apply(b.sign(body))[0]; o.Refusal == nil || o.Refusal.Code != c.want {
			t.Errorf("%s: %+v, want %s", name, o.Refusal, c.want)
		}
		if after := rowsOf(b.state.view(), tableProposals) + rowsOf(b.state.view(), tableCampaigns); after != before {
			t.Errorf("%s changed something", name)
		}
	}
	b.do("otv", typeCloseCampaign, mustEncode(cyclePayload{Cycle: "2022-23"}))
	for name, body := range map[string]rowBody{
		"an empty summary":       b.signOffBody("otv", "2022-23", 0, nil),
		"too large a summary":    b.signOffBody("otv", "2022-23", 0, make([]byte, survey.MaxSignedSummary+1)),
		"a table without a hash": b.coSignBody("otv", "2022-23", 0, [32]byte{}),
		"a short hash":           b.body("otv", typeCoSign, mustEncode(coSignPayload{Cycle: "2022-23", Table: []byte{1}})),
		"noise":                  b.body("otv", typeSignOff, []byte{0xff}),
	} {
		if o := b.apply(b.sign(body))[0]; o.Refusal == nil || o.Refusal.Code != survey.RefusedInvalid {
			t.Errorf("%s: %+v", name, o)
		}
	}
}
