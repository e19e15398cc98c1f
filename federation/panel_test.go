package federation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/store/survey"
)

const lastYear = survey.Cycle("2021-22")

// twoYears is a federation of three regions that surveys two years.
type twoYears struct {
	*federationtest.Federation
	t *testing.T
}

func overTwoYears(t *testing.T, script func(*twoYears)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		y := &twoYears{federationtest.New(t, federationtest.Options{Regions: three, Seed: 9}), t}
		y.AwaitReady(30 * time.Second)
		y.open(lastYear)
		y.open(federationtest.Cycle)
		y.As("otv").AddCompanies(companies(0, 46)...)
		script(y)
	})
}

func (y *twoYears) must(what string, outcomes []survey.Outcome, err error) {
	y.t.Helper()
	if err != nil {
		y.t.Fatalf("%s: %v", what, err)
	}
	for _, o := range outcomes {
		if o.Refusal != nil {
			y.t.Fatalf("%s: %v", what, o.Refusal)
		}
	}
}

// open opens the year under the standard policy.
func (y *twoYears) open(cycle survey.Cycle) {
	y.t.Helper()
	outcome, err := y.As("otv").Campaigns().OpenCampaign(y.t.Context(), federationtest.Request(), survey.Campaign{Cycle: cycle, Policy: "standard"})
	y.must("open", []survey.Outcome{outcome}, err)
}

// companies are numbered names.
func companies(from, to int) (ids []survey.Identifier) {
	for i := from; i < to; i++ {
		ids = append(ids, survey.Identifier(fmt.Sprintf("GB-COH:9930%04d", i)))
	}
	return ids
}

// survey has the region claim companies and record an answer of each.
func (y *twoYears) survey(region survey.Region, cycle survey.Cycle, pounds int, ids []survey.Identifier) {
	y.t.Helper()
	n := y.As(region)
	outcomes, err := n.Claims().Claim(y.t.Context(), federationtest.Request(), cycle, ids)
	y.must("claim", outcomes, err)
	y.answer(region, cycle, pounds, ids)
}

func (y *twoYears) answer(region survey.Region, cycle survey.Cycle, pounds int, ids []survey.Identifier) {
	y.t.Helper()
	text, err := json.Marshal(map[string]any{"q01": "yes", "q02": three, "q03": 10, "q04": 2, "q05": 1, "q06": 1,
		"q07": map[string]int{"equity": pounds}, "q08": pounds, "q10": 1, "q15": "WORDS-TO-" + string(region)})
	if err != nil {
		y.t.Fatal(err)
	}
	for _, id := range ids {
		if _, err := y.As(region).Responses().RecordResponse(y.t.Context(), federationtest.Request(), cycle, id, text); err != nil {
			y.t.Fatalf("answer of %s: %v", id, err)
		}
	}
}

// allow lets the regions that the companies named see last year's answers.
func (y *twoYears) allow(region survey.Region, ids []survey.Identifier) {
	y.t.Helper()
	for _, id := range ids {
		if err := y.As(region).Sharing().SetSharing(y.t.Context(), federationtest.Request(), lastYear, id, survey.SharingAllowed); err != nil {
			y.t.Fatalf("allow others to see the answers of %s: %v", id, err)
		}
	}
}

// certify closes the year, and takes it to the end.
func (y *twoYears) certify(cycle survey.Cycle, responded int) {
	y.t.Helper()
	ctx := context.Background()
	y.Await(time.Minute, "all answers being known", three, func(n *federationtest.Node) bool {
		counts, err := n.Registry().Counts(cycle)
		return err == nil && counts.Responded == responded
	})
	y.Await(time.Minute, "the close", three[:1], func(n *federationtest.Node) bool {
		outcome, err := n.Campaigns().CloseCampaign(ctx, federationtest.Request(), cycle)
		return err == nil && outcome.Refusal == nil
	})
	for _, region := range three {
		y.Await(time.Minute, "the final summary", []survey.Region{region}, func(n *federationtest.Node) bool {
			_, err := n.Federation.Totals().FinalSummary(cycle, 0)
			return err == nil
		})
		step, err := y.As(region).Certification().SignOff(ctx, federationtest.Request(), cycle, new(int))
		y.must("sign off", []survey.Outcome{step.Outcome}, err)
	}
	for _, region := range three[:2] {
		y.Await(time.Minute, "the co-signature", []survey.Region{region}, func(n *federationtest.Node) bool {
			_, err := n.Certification().CoSign(ctx, federationtest.Request(), cycle, new(int), "")
			return err == nil
		})
	}
	y.Await(time.Minute, "the year being certified", three, func(n *federationtest.Node) bool {
		all, err := n.Certification().Revisions(cycle)
		return err == nil && len(all) == 1 && all[0].State == survey.RevisionCertified
	})
}

// compare puts both years side by side, as a region without any part in it does.
func (y *twoYears) compare(mode survey.TotalsMode) survey.Comparison {
	y.t.Helper()
	got, err := y.As("gm").Federation.Totals().Compare(y.t.Context(), survey.TotalsQuery{Cycle: federationtest.Cycle, Mode: mode}, lastYear)
	if err != nil {
		y.t.Fatal(err)
	}
	return got
}

// takeOver takes a company over as soon as the other node knows of it.
func (y *twoYears) takeOver(region survey.Region, id survey.Identifier) {
	y.t.Helper()
	y.Await(time.Minute, "the hand-over", []survey.Region{region}, func(n *federationtest.Node) bool {
		taken, err := n.Takeovers().TakeOver(y.t.Context(), federationtest.Request(), federationtest.Cycle, id)
		return err == nil && taken.Last
	})
}

// The matched panel counts a company that another region surveyed last year, if
// that region handed it over: both years' answers are the new holder's to add.
// Without a hand-over, or one that is offered only, it has changed region.
func TestAHandedOverCompanyIsOnTheMatchedPanel(t *testing.T) {
	overTwoYears(t, func(y *twoYears) {
		otvs, others, fresh := companies(0, 22), companies(22, 40), companies(40, 46)
		y.survey("otv", lastYear, 1000, otvs)
		y.allow("otv", otvs[18:])
		y.survey("wessex", lastYear, 2000, others)
		y.certify(lastYear, 40)

		y.survey("otv", federationtest.Cycle, 1500, otvs[:10])
		y.survey("wessex", federationtest.Cycle, 3000, others[:10])
		y.survey("wessex", federationtest.Cycle, 500, fresh)
		taken, offered, late := otvs[18:20], otvs[20], otvs[21]
		y.survey("wessex", federationtest.Cycle, 1200, append(taken[:2:2], offered)) // next year's holder is another
		y.As("otv").Claim(late)                                                      // a transfer is accepted
		y.As("otv").Change(late, survey.ActionOffer, survey.ClaimChange{OfferTo: "wessex"})
		y.As("wessex").Change(late, survey.ActionAccept, survey.ClaimChange{})
		for _, id := range append(taken[:2:2], late) {
			y.takeOver("wessex", id)
		}
		y.answer("wessex", federationtest.Cycle, 1200, []survey.Identifier{late})
		changed := 0
		offers, err := y.As("wessex").Takeovers().Takeovers(federationtest.Cycle)
		for _, o := range offers {
			if o.ChangedRegion() {
				changed++
			}
		}
		if err != nil || len(offers) != 4 || changed != 1 {
			t.Errorf("offered are %+v %v", offers, err)
		}
		y.certify(federationtest.Cycle, 30)
		for _, mode := range []survey.TotalsMode{survey.ModeCached, survey.ModeCertified} {
			got := y.compare(mode)
			money := got.Figures[0].Panel
			if money == nil || *got.Companies != (survey.PanelCompanies{Answered: 30, Matched: 20, AfterHandover: 3, ChangedRegion: 1, New: 6}) {
				t.Fatalf("%s: %+v, %+v", mode, money, got.Companies)
			}
			if money.Companies != 23 || money.AfterHandover != 3 || money.Before != (10*1000+10*2000+3*1000)*100 || money.Now != (10*1500+10*3000+3*1200)*100 {
				t.Errorf("%s: %+v", mode, money)
			}
		}
		for _, region := range []survey.Region{"gm", "wessex"} { // to wessex they came sealed, and lie so
			findsNothing(t, y.As(region).Dir, "WORDS-TO-otv")
		}
	})
}

// What was handed over follows the answers: it goes when they are erased at
// either region, and counts for nothing then.
func TestWhatWasHandedOverGoesWithTheAnswers(t *testing.T) {
	overTwoYears(t, func(y *twoYears) {
		ctx, moved := context.Background(), companies(8, 12)
		y.survey("otv", lastYear, 1000, companies(0, 14))
		y.allow("otv", moved)
		y.survey("wessex", lastYear, 2000, companies(14, 34))
		y.certify(lastYear, 34)
		y.survey("wessex", federationtest.Cycle, 3000, companies(14, 26))
		y.survey("wessex", federationtest.Cycle, 1200, moved)
		y.survey("wessex", federationtest.Cycle, 1200, companies(34, 40))
		for _, id := range moved {
			y.takeOver("wessex", id)
		}
		handed := func(want map[survey.Identifier]bool) func(*federationtest.Node) bool {
			return func(n *federationtest.Node) bool {
				shared, err := n.Sharing().Shared(lastYear)
				got := 0
				for _, s := range shared {
					if s.Answers != nil && want[s.Organisation] {
						got++
					} else if s.Answers != nil {
						return false
					}
				}
				return err == nil && got == len(want)
			}
		}
		wessex := []survey.Region{"wessex"}
		y.Await(time.Minute, "four copies", wessex, handed(map[survey.Identifier]bool{moved[0]: true, moved[1]: true, moved[2]: true, moved[3]: true}))
		// A correction follows; what was erased goes, and what comes late of it is let fall.
		y.answer("otv", lastYear, 1100, moved[:1])
		if _, err := y.As("otv").Records.Privacy().EraseOrganisation(ctx, moved[1], 1, time.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := y.As("wessex").Records.Privacy().EraseOrganisation(ctx, moved[2], 1, time.Now()); err != nil {
			t.Fatal(err)
		}
		y.answer("otv", lastYear, 1300, moved[2:3])
		y.answer("wessex", federationtest.Cycle, 1200, moved[2:3])
		y.Await(time.Minute, "two copies", wessex, handed(map[survey.Identifier]bool{moved[0]: true, moved[3]: true}))
		y.Await(time.Minute, "nothing being left to send", []survey.Region{"otv"}, func(n *federationtest.Node) bool {
			work, err := n.Records.Sharing(false)
			return err == nil && len(work) == 0
		})
		y.certify(federationtest.Cycle, 22)
		got := y.compare(survey.ModeCached)
		if p := got.Figures[0].Panel; p == nil || p.AfterHandover != 2 || p.Companies != 14 || p.Before != (12*2000+1100+1000)*100 || p.Now != (12*3000+2*1200)*100 {
			t.Errorf("%+v", p)
		}
		if *got.Companies != (survey.PanelCompanies{Answered: 22, Matched: 12, AfterHandover: 2, ChangedRegion: 2, New: 6}) {
			t.Errorf("%+v", got.Companies)
		}
		for _, region := range []survey.Region{"otv", "wessex"} {
			if findings, err := y.As(region).Records.Check(ctx); err != nil || !findings.Clean() {
				t.Errorf("%s: %+v %v", region, findings, err)
			}
		}
	})
}

// Last year's answers come from who has them, also if yet another region held
// the company in between; an offer that nobody accepted brings nothing.
func TestLastYearsAnswersComeFromWhoHasThem(t *testing.T) {
	overTwoYears(t, func(y *twoYears) {
		ctx, id := context.Background(), companies(0, 1)[0]
		y.survey("otv", lastYear, 1000, companies(0, 14))
		y.certify(lastYear, 14)
		y.As("wessex").Claim(id)
		y.As("wessex").Change(id, survey.ActionOffer, survey.ClaimChange{OfferTo: "gm"})
		y.Await(time.Minute, "the offer being known", three, func(n *federationtest.Node) bool {
			claim, err := n.Registry().ClaimOf(federationtest.Cycle, id)
			return err == nil && claim.OfferedTo == "gm"
		})
		if _, err := y.As("gm").Takeovers().TakeOver(ctx, federationtest.Request(), federationtest.Cycle, id); refusal(err) != survey.RefusedNotHolder {
			t.Errorf("taken over before it was accepted: %v", err)
		}
		if shared, err := y.As("gm").Sharing().Shared(lastYear); err != nil || len(shared) > 0 {
			t.Errorf("%+v %v", shared, err)
		}
		y.allow("otv", companies(0, 1))
		y.As("gm").Change(id, survey.ActionAccept, survey.ClaimChange{})
		y.takeOver("gm", id)
		shared, err := y.As("gm").Sharing().Shared(lastYear)
		if err != nil || len(shared) != 1 || shared[0].From != "otv" || shared[0].Answers == nil {
			t.Errorf("%+v %v", shared, err)
		}
		offers, err := y.As("gm").Takeovers().Takeovers(federationtest.Cycle)
		if err != nil || len(offers) != 1 || offers[0] != (survey.TakeoverOffer{Organisation: id, From: "wessex", LastYear: true, TakenOver: true, Fetched: true}) {
			t.Errorf("%+v %v", offers, err)
		}
		if handed, err := y.As("otv").Takeovers().HandedOn(federationtest.Cycle); err != nil || len(handed) != 1 || !handed[0].Fetched {
			t.Errorf("otv hands on %+v %v", handed, err)
		}
	})
}
