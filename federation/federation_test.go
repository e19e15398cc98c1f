package federation_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

var five = []survey.Region{"nenc", "gm", "otv", "wessex", "sw"}

// federate runs the script on a federation on fake time, with the campaign
// open and three companies in it.
func federate(t *testing.T, regions []survey.Region, script func(*federationtest.Federation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Regions: regions, Seed: 1, Editions: map[survey.Region]*survey.Editions{"otv": ownQuestion(t)}})
		f.AwaitReady(30 * time.Second)
		f.Begin(regions[0], acme, brook, crest)
		script(f)
	})
}

// ownQuestion lets otv ask a question of its own.
func ownQuestion(t *testing.T) *survey.Editions {
	t.Helper()
	known := survey.NewEditions("otv")
	more, err := known.Check([]byte(`{"id": "own-1", "region": "otv", "questions": [{"id": "otv.park", "kind": "text", "maximum": 100, "text": "Which park?"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return known.With(more)
}

const (
	acme  = survey.Identifier("GB-COH:99000001")
	brook = survey.Identifier("GB-COH:99000002")
	crest = survey.Identifier("GB-COH:99000003")
)

func TestACompanyIsClaimedOnceNationally(t *testing.T) {
	federate(t, five, func(f *federationtest.Federation) {
		for round := range 40 {
			id := survey.Identifier(fmt.Sprintf("GB-COH:991%05d", round))
			f.As("nenc").AddCompanies(id)
			rivals := []survey.Region{"otv", "sw"}
			outcomes := make([]survey.Outcome, len(rivals))
			var both sync.WaitGroup
			for i, region := range rivals {
				both.Go(func() {
					var err error
					if outcomes[i], err = f.As(region).TryClaim(id); err != nil {
						t.Errorf("round %d: %s: %v", round, region, err)
					}
				})
			}
			both.Wait()
			winner, loser := 0, 1
			if outcomes[0].Refusal != nil {
				winner, loser = 1, 0
			}
			if outcomes[winner].Status != survey.OutcomeGranted || outcomes[loser].Refusal == nil {
				t.Fatalf("round %d: not one winner: %+v", round, outcomes)
			}
			if refusal := outcomes[loser].Refusal; refusal.Code != survey.RefusedAlreadyClaimed || refusal.Holder != rivals[winner] || refusal.Since.IsZero() {
				t.Errorf("round %d: the loser is told %+v", round, refusal)
			}
			for _, region := range rivals { // read your own write
				if holder := f.As(region).Holder(id); holder != rivals[winner] {
					t.Errorf("round %d: %s thinks %q holds it, not %s", round, region, holder, rivals[winner])
				}
			}
		}
	})
}

func TestAnswersCountOnceUnderAGrantedClaim(t *testing.T) {
	federate(t, five, func(f *federationtest.Federation) {
		f.As("otv").Claim(acme)
		if result := f.As("otv").Answer(acme, 1000); result.State != survey.ResponseAccepted || !result.Complete {
			t.Errorf("an answer under a claim is %+v", result)
		}
		// An answer for a free company waits for the claim that is made for it.
		f.As("sw").Answer(brook, 500)
		f.Await(10*time.Second, "the nation having both answers", five, func(n *federationtest.Node) bool { return n.Leveraged() == 1500 })
		f.Await(10*time.Second, "both companies having responded", five, func(n *federationtest.Node) bool {
			return n.Totals(survey.TotalsQuery{}).Responded == 2
		})
		if holder := f.As("gm").Holder(brook); holder != "sw" {
			t.Errorf("brook is held by %q", holder)
		}
		// Another region's company is refused, and its holder named.
		_, err := f.As("gm").TryAnswer(acme, 7)
		var refusal *survey.Refusal
		if !errors.As(err, &refusal) || refusal.Holder != "otv" {
			t.Errorf("an answer for another region's company gives %v", err)
		}
		// A correction moves the nation by the difference, everywhere.
		f.As("otv").Answer(acme, 1100)
		f.Await(5*time.Second, "the nation having the correction", five, func(n *federationtest.Node) bool { return n.Leveraged() == 1600 })
		// The same inputs give the same answer at every node.
		want := f.As("nenc").Totals(survey.TotalsQuery{}).AnswerID
		for _, region := range five {
			if got := f.As(region).Totals(survey.TotalsQuery{}).AnswerID; got != want {
				t.Errorf("%s answers %s, nenc %s", region, got, want)
			}
		}
	})
}

// Lists of answers are recorded past the federation. Nothing else happens in the
// registry, so that nothing else wakes the pump.
func TestAnswersFromListsReachTheRegistry(t *testing.T) {
	federate(t, five, func(f *federationtest.Federation) {
		otv := f.As("otv")
		otv.Claim(acme)
		time.Sleep(time.Minute)
		number := otv.Registry().Number()
		organisation, err := otv.Registry().Organisation(acme)
		if err != nil {
			t.Fatal(err)
		}
		questions, err := survey.QuestionnaireByID(survey.CurrentQuestionnaire)
		if err != nil {
			t.Fatal(err)
		}
		answers, problems, err := survey.ParseAnswers(questions, []byte(said[:strings.Index(said, `,"otv.park"`)]+"}"))
		if err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		if now := otv.Registry().Number(); now != number {
			t.Fatalf("the registry went on from %d to %d: the test proves nothing", number, now)
		}
		if _, err := otv.Records.RecordResponse(context.Background(), survey.RecordRequest{Cycle: federationtest.Cycle, Organisation: organisation, Answers: answers, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		f.Await(5*time.Second, "the registry knowing of the answer", five, func(n *federationtest.Node) bool {
			return n.Totals(survey.TotalsQuery{}).Responded == 1
		})
	})
}

func TestAReleasedOrTransferredClaimTakesItsAnswerOut(t *testing.T) {
	federate(t, five, func(f *federationtest.Federation) {
		f.As("otv").Claim(acme)
		if _, err := f.As("otv").Responses().RecordResponse(context.Background(), federationtest.Request(), federationtest.Cycle, acme, []byte(`{"q01":"yes"}`)); err != nil {
			t.Fatal(err)
		}
		if got := f.As("otv").Leveraged(); got != 0 {
			t.Errorf("an incomplete answer counts: %d", got)
		}
		f.As("otv").Change(acme, survey.ActionOffer, survey.ClaimChange{OfferTo: "sw"})
		f.As("sw").Change(acme, survey.ActionAccept, survey.ClaimChange{})
		f.As("sw").Answer(acme, 900)
		f.Await(5*time.Second, "the new holder's answer counting alone", five, func(n *federationtest.Node) bool {
			totals := n.Totals(survey.TotalsQuery{By: survey.ByRegion})
			var rows int64
			for _, row := range totals.Rows {
				rows += federationtest.FigureOf(row.Figures, "investment_leveraged").Value
			}
			return n.Leveraged() == 900 && rows == 90000
		})
	})
}

func TestAMinorityWorksOnAndSaysWhatItCannotDo(t *testing.T) {
	federate(t, five, func(f *federationtest.Federation) {
		f.As("otv").Claim(acme)
		f.As("otv").Answer(acme, 1000)
		f.Await(10*time.Second, "the answer and every region's summary being everywhere", five, func(n *federationtest.Node) bool {
			return n.Leveraged() == 1000 && n.Totals(survey.TotalsQuery{}).Coverage.Current == 5
		})
		minority, majority := []survey.Region{"wessex", "sw"}, []survey.Region{"nenc", "gm", "otv"}
		f.Partition(minority, majority)
		time.Sleep(20 * time.Second)

		begun := time.Now()
		_, err := f.As("sw").TryClaim(brook)
		if !errors.Is(err, survey.ErrNoQuorum) {
			t.Errorf("a claim on the minority's side gives %v, want ErrNoQuorum", err)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("the minority said so after %s", took)
		}
		if result := f.As("sw").Answer(brook, 50); result.State != survey.ResponseProvisional {
			t.Errorf("an answer without a quorum is %+v", result)
		}
		f.As("nenc").Claim(crest)

		totals := f.As("sw").Totals(survey.TotalsQuery{})
		if got := federationtest.FigureOf(totals.Figures, "investment_leveraged").Value; got != 100000 {
			t.Errorf("the minority's totals forgot a figure: %d", got)
		}
		if c := totals.Coverage; c.Of != 5 || c.Included != 5 || c.Current != 2 {
			// Stale regions keep their last figures and are named.
			time.Sleep(30 * time.Second)
			if c = f.As("sw").Totals(survey.TotalsQuery{}).Coverage; c.Included != 5 || c.Current != 2 {
				t.Errorf("the minority's coverage is %+v", c)
			}
		}

		f.HealAll()
		f.Await(60*time.Second, "the queued claim being made and its answer counting", five, func(n *federationtest.Node) bool {
			return n.Holder(brook) == "sw" && n.Leveraged() == 1050 && n.Totals(survey.TotalsQuery{}).Coverage.Current == 5
		})
	})
}

func TestARestartedNodeKnowsWhatWasCommitted(t *testing.T) {
	federate(t, five, func(f *federationtest.Federation) {
		f.As("otv").Claim(acme)
		f.As("otv").Answer(acme, 1000)
		f.Await(10*time.Second, "the answer being everywhere", five, func(n *federationtest.Node) bool {
			return n.Leveraged() == 1000 && n.Totals(survey.TotalsQuery{}).Responded == 1
		})
		for _, region := range five {
			f.Stop(region)
		}
		f.Start("sw") // alone: no leader, no peers
		time.Sleep(5 * time.Second)
		alone := f.As("sw")
		if holder := alone.Holder(acme); holder != "otv" {
			t.Errorf("the restarted node thinks %q holds acme", holder)
		}
		if got := alone.Leveraged(); got != 1000 {
			t.Errorf("the restarted node's nation is %d", got)
		}
		for _, region := range five[:4] {
			f.Start(region)
		}
		f.AwaitReady(30 * time.Second)
		f.As("sw").Claim(brook)
	})
}

func TestTheLeaderIsReplaced(t *testing.T) {
	federate(t, five, func(f *federationtest.Federation) {
		for round := range 3 {
			leader := f.Leader(10*time.Second, f.Running())
			f.Crash(leader)
			id := survey.Identifier(fmt.Sprintf("GB-COH:9920000%d", round))
			next := f.Running()[0]
			begun := time.Now()
			f.As(next).AddCompanies(id)
			f.As(next).Claim(id)
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("round %d: claims went on after %s", round, took)
			}
			f.Start(leader)
			f.Await(15*time.Second, "the returned leader following", []survey.Region{leader}, func(n *federationtest.Node) bool { return n.Holder(id) == next })
		}
	})
}

func TestAllFifteen(t *testing.T) {
	var all []survey.Region
	for _, info := range survey.Regions() {
		all = append(all, info.Region)
	}
	federate(t, all, func(f *federationtest.Federation) {
		var want int64
		for i, region := range all {
			id := survey.Identifier(fmt.Sprintf("GB-COH:993000%02d", i))
			f.As(region).AddCompanies(id)
			f.As(region).Claim(id)
			f.As(region).Answer(id, int64(1000+i))
			want += int64(1000 + i)
		}
		f.Await(5*time.Second, "every answer being at every node", all, func(n *federationtest.Node) bool { return n.Leveraged() == want })

		// One stops: the others keep its figures and call it stale.
		f.Stop("wessex")
		others := f.Running()
		f.Await(60*time.Second, "wessex being stale, its figures kept", others, func(n *federationtest.Node) bool {
			totals := n.Totals(survey.TotalsQuery{})
			return n.Leveraged() == want && totals.Coverage.Current == 14 && totals.Coverage.Included == 15
		})
		f.As("otv").Claim(acme)

		// Eight stop: claims say that nothing was recorded, totals still answer.
		for _, region := range others[:7] {
			f.Stop(region)
		}
		left := f.Running()
		begun := time.Now()
		_, err := f.As(left[0]).TryClaim(brook)
		if err == nil || time.Since(begun) > 10*time.Second {
			t.Errorf("with %d of 15 running a claim gives %v after %s", len(left), err, time.Since(begun))
		}
		if result := f.As(left[0]).Answer(brook, 5); result.State != survey.ResponseProvisional {
			t.Errorf("an answer without a quorum is %+v", result)
		}
		if got := f.As(left[0]).Leveraged(); got != want {
			t.Errorf("the totals forgot: %d, not %d", got, want)
		}
		for _, region := range all {
			if f.As(region).Region == region && !running(f, region) {
				f.Start(region)
			}
		}
		f.Await(60*time.Second, "the queued claim being made without a person", all, func(n *federationtest.Node) bool {
			return n.Holder(brook) == left[0] && n.Leveraged() == want+5
		})
	})
}

func running(f *federationtest.Federation, region survey.Region) bool {
	for _, r := range f.Running() {
		if r == region {
			return true
		}
	}
	return false
}

func TestSupportInTheRecordsReachesTheRegistry(t *testing.T) {
	federate(t, five, func(f *federationtest.Federation) {
		fields := fmt.Sprintf(`{"organisation": %q, "date": "2022-06-01", "category": "pricing"}`, acme)
		kind, err := survey.RecordTypeOf(survey.RecordEngagements)
		if err != nil {
			t.Fatal(err)
		}
		record, problems, err := survey.ParseRecord(kind, "sw", []byte(fields))
		if err != nil || len(problems) > 0 {
			t.Fatalf("%v %v", problems, err)
		}
		record.ID = survey.RecordID(survey.RecordEngagements, "1")
		if _, _, err := f.As("sw").Records.AddRecord(context.Background(), store.RecordWrite{Record: record, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		f.Await(10*time.Second, "everybody knowing who supported the company", five, func(n *federationtest.Node) bool {
			return slices.Contains(n.Registry().Supporters(federationtest.Cycle, acme), "sw")
		})
	})
}
