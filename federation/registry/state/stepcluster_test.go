package state

import (
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestLateAnswersCountNextTime: the counts of a closed campaign stay those of its
// newest revision.
func TestLateAnswersCountNextTime(t *testing.T) {
	b, ids := benchAtLevel(t, 3, "otv", "sw")
	b.do("otv", typeClaim, items("2022-23", ids...))
	b.do("otv", typeMergeOrganisations, Encode(mergePayload{From: ids[2], Into: "GB-COH:99000000", Reason: survey.MergeSameCompany}))
	answer := func(id survey.Identifier) survey.Outcome {
		v := b.state.View()
		change := survey.ClaimChange{Organisation: id, Action: survey.ActionRespond, Token: v.claim("2022-23", v.ownOrganisation(id).ID).Claim.Token}
		return b.do("otv", typeChangeClaims, items("2022-23", change))[0]
	}
	b.do("otv", typeCloseCampaign, Encode(cyclePayload{Cycle: "2022-23"}))
	b.do("otv", typeMergeOrganisations, Encode(mergePayload{From: ids[1], Into: ids[0], Reason: survey.MergeSameCompany}))
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
	stands := survey.NewProposal{Kind: survey.ProposeLetStand, Cycle: "2022-23", Region: "sw", Reason: survey.ReasonOther, Summary: summary, SummaryHash: HashOf(summary)}
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
		"another summary's hash":     {with(func(p *survey.NewProposal) { p.SummaryHash = HashOf(nil) }), survey.RefusedInvalid},
		"no summary":                 {with(func(p *survey.NewProposal) { p.Summary, p.SummaryHash = nil, "" }), survey.RefusedInvalid},
		"too large a summary": {with(func(p *survey.NewProposal) {
			p.Summary = make([]byte, survey.MaxSignedSummary+1)
			p.SummaryHash = HashOf(p.Summary)
		}), survey.RefusedInvalid},
		"a revision before the first": {with(func(p *survey.NewProposal) { p.Revision = -1 }), survey.RefusedInvalid},
		"a revision without end":      {with(func(p *survey.NewProposal) { p.Revision = 1 << 20 }), survey.RefusedInvalid},
		"an absence with a summary":   {with(func(p *survey.NewProposal) { p.Kind = survey.ProposeMarkAbsent }), survey.RefusedInvalid},
		"an absence of nobody":        {survey.NewProposal{Kind: survey.ProposeMarkAbsent, Cycle: "2022-23", Reason: survey.ReasonOther}, survey.RefusedInvalid},
	} {
		body := b.body("otv", typePropose, Encode(proposePayload{What: c.what}))
		body.Version = levelNational
		before := rowsOf(b.state.View(), tableProposals) + rowsOf(b.state.View(), tableCampaigns)
		if o := b.apply(b.sign(body))[0]; o.Refusal == nil || o.Refusal.Code != c.want {
			t.Errorf("%s: %+v, want %s", name, o.Refusal, c.want)
		}
		if after := rowsOf(b.state.View(), tableProposals) + rowsOf(b.state.View(), tableCampaigns); after != before {
			t.Errorf("%s changed something", name)
		}
	}
	b.do("otv", typeCloseCampaign, Encode(cyclePayload{Cycle: "2022-23"}))
	for name, body := range map[string]Body{
		"an empty summary":       b.signOffBody("otv", "2022-23", 0, nil),
		"too large a summary":    b.signOffBody("otv", "2022-23", 0, make([]byte, survey.MaxSignedSummary+1)),
		"a table without a hash": b.coSignBody("otv", "2022-23", 0, [32]byte{}),
		"a short hash":           b.body("otv", typeCoSign, Encode(coSignPayload{Cycle: "2022-23", Table: []byte{1}})),
		"noise":                  b.body("otv", typeSignOff, []byte{0xff}),
	} {
		if o := b.apply(b.sign(body))[0]; o.Refusal == nil || o.Refusal.Code != survey.RefusedInvalid {
			t.Errorf("%s: %+v", name, o)
		}
	}
}
