package state

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/store/survey"
)

// lapseBody notes that the time of the claims is over.
func (b *bench) lapseBody(region survey.Region, cycle survey.Cycle, due ...survey.ClaimChange) Body {
	body := b.body(region, typeChangeClaims, items(cycle, due...))
	body.Version = levelLapse
	return body
}

// lapseLine plays the lines of scenarios about claims that lapse.
func (p *play) lapseLine(command string, regions []survey.Region, cycle survey.Cycle, lines []string) string {
	var text strings.Builder
	switch command {
	case "due": // what a node would note now
		for _, c := range reader(p.bench).DueClaims(cycle, p.clock, 100) {
			fmt.Fprintf(&text, "%s token %d\n", c.Organisation, c.Token)
		}
	case "lapse": // companies, one a line: their claims as they are
		var due []survey.ClaimChange
		for _, line := range lines {
			id, _, _ := strings.Cut(line, " ")
			change := survey.ClaimChange{Organisation: survey.Identifier(id), Action: survey.ActionLapse}
			if c := p.state.View().claim(cycle, change.Organisation); c != nil {
				change.Token = c.Claim.Token
			}
			due = append(due, change)
		}
		text.WriteString(show(p.apply(p.sign(p.lapseBody(regions[0], cycle, due...)))))
	case "claim-state":
		for _, line := range lines {
			c, err := reader(p.bench).ClaimOf(cycle, survey.Identifier(line))
			if err != nil {
				return err.Error() + "\n"
			}
			fmt.Fprintf(&text, "%s", showClaim(&c))
			if !c.LapsesAt.IsZero() {
				fmt.Fprintf(&text, " lapses %s", c.LapsesAt.Format("2006-01-02 15:04"))
			}
			text.WriteString("\n")
		}
	}
	return text.String()
}

// drawLapse draws a term, or a note that it is over.
func drawLapse(t *rapid.T, b *bench, region survey.Region, cycle survey.Cycle) Row {
	if rapid.Bool().Draw(t, "term") {
		days := rapid.SampledFrom([]int{0, 1, 20, 400}).Draw(t, "lapse after")
		return b.sign(b.stepBody(region, survey.NewProposal{Kind: survey.ProposeCampaignLapse, Cycle: cycle, LapseDays: days}))
	}
	due := []survey.ClaimChange{{Organisation: rapid.SampledFrom(someIDs).Draw(t, "lapses"), Action: survey.ActionLapse}}
	if c := b.state.View().claim(cycle, due[0].Organisation); c != nil {
		due[0].Token = c.Claim.Token
	}
	body := b.lapseBody(region, cycle, due...)
	body.Version = rapid.SampledFrom([]uint8{rowVersion, levelNational, levelLapse, levelLapse}).Draw(t, "version")
	return b.sign(body)
}

// TestLapseBeforeItsTime: what software from before there were terms could not
// read, or refused, is refused in the same words, so its replicas agree.
func TestLapseBeforeItsTime(t *testing.T) {
	b := newBench()
	f := b.founding("otv", "sw")
	f.Level, f.SoloSteps = FeatureLevel, true
	b.foundAs(f)
	lapse := survey.NewProposal{Kind: survey.ProposeCampaignLapse, Cycle: "2022-23", LapseDays: 30}
	dates := map[int]any{1: survey.ProposeCampaignDates, 3: "", 9: "2022-23", 12: "2023-10-31", 19: 0}
	terms := map[int]any{1: "2022-23", 2: "nq-1", 3: "md-1", 4: "open", 7: "", 10: 0, 15: 0}
	for name, c := range map[string]struct {
		kind    commandType
		payload any
		version uint8
		detail  string
	}{
		"the kind":             {typePropose, proposePayload{survey.NewProposal{Kind: lapse.Kind, Cycle: lapse.Cycle}}, levelNational, "unknown kind of proposal"},
		"the kind and its own": {typePropose, proposePayload{lapse}, levelNational, "the proposal cannot be read"},
		"a proposal's field":   {typePropose, map[int]any{1: dates}, levelNational, "the proposal cannot be read"},
		"a campaign's field":   {typeOpenCampaign, map[int]any{1: terms}, rowVersion, "the campaign cannot be read"},
	} {
		body := b.body("otv", c.kind, Encode(c.payload))
		body.Version = c.version
		if o := b.apply(b.sign(body))[0]; o.Refusal == nil || o.Refusal.Code != survey.RefusedInvalid || o.Refusal.Detail != c.detail {
			t.Errorf("%s: %+v", name, o.Refusal)
		}
	}
	b.do("otv", typeOpenCampaign, campaign("2022-23"))
	_, ids := addCompanies(t, b, 1)
	b.do("otv", typeClaim, items("2022-23", ids...))
	body := b.lapseBody("sw", "2022-23", survey.ClaimChange{Organisation: ids[0], Action: survey.ActionLapse})
	body.Version = levelNational
	if o := b.apply(b.sign(body))[0]; o.Refusal == nil || o.Refusal.Detail != "unknown action" {
		t.Errorf("the action: %+v", o.Refusal)
	}
}

// TestARequestKeepsNoClaim: that another region would like a company does not
// keep its claim from lapsing.
func TestARequestKeepsNoClaim(t *testing.T) {
	b := newBench()
	f := b.founding("otv", "sw")
	f.Level, f.SoloSteps = FeatureLevel, true
	b.foundAs(f)
	b.do("otv", typeOpenCampaign, campaign("2022-23"))
	_, ids := addCompanies(t, b, 1)
	b.step("otv", survey.NewProposal{Kind: survey.ProposeCampaignLapse, Cycle: "2022-23", LapseDays: 10})
	b.do("otv", typeClaim, items("2022-23", ids...))
	claimed := b.clock
	b.clock = b.clock.Add(9 * 24 * time.Hour)
	b.do("sw", typeChangeClaims, items("2022-23", survey.ClaimChange{Organisation: ids[0], Action: survey.ActionRequest}))
	c, err := reader(b).ClaimOf("2022-23", ids[0])
	if want := claimed.Add(10 * 24 * time.Hour); err != nil || !c.LapsesAt.Equal(want) {
		t.Errorf("lapses %s, want %s (%v)", c.LapsesAt, want, err)
	}
}
