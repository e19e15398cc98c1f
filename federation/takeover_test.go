package federation_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func addContact(t *testing.T, n *federationtest.Node, name, text string) {
	t.Helper()
	kind, _ := survey.RecordTypeOf(survey.RecordContacts)
	r, problems, err := survey.ParseRecord(kind, n.Region, []byte(text))
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	r.ID = survey.RecordID(kind.Kind, name)
	if _, _, err := n.Records.AddRecord(context.Background(), store.RecordWrite{Record: r, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
}

// knowAcme lets a node hold acme and know all that can be handed over of it, of
// which the company lets one region see this year's and last year's.
func knowAcme(t *testing.T, otv *federationtest.Node, now, last survey.Region) {
	t.Helper()
	ctx := context.Background()
	otv.Claim(acme)
	addContact(t, otv, "1", `{"organisation": "GB-COH:99000001", "name": "A. Person", "email": "a@example.org", "otv.lep": "Oxon"}`)
	addContact(t, otv, "2", `{"organisation": "GB-COH:99000001", "name": "Not to be written to", "opted_out": true}`)
	if _, err := otv.Responses().RecordResponse(ctx, federationtest.Request(), federationtest.Cycle, acme, fmt.Appendf(nil, `{"q01":"yes","q02":["otv",%q],"q15":"so far","otv.park":"by the river"}`, now)); err != nil {
		t.Fatal(err)
	}
	if err := otv.Sharing().SetSharing(ctx, federationtest.Request(), federationtest.Cycle, acme, survey.SharingAllowed); err != nil {
		t.Fatal(err)
	}
	typed, _, err := otv.Records.Links().CreateSurveyLink(ctx, store.NewSurveyLink{Cycle: federationtest.Cycle, Organisation: acme, Expires: time.Now().AddDate(0, 1, 0)})
	if err == nil {
		err = otv.Records.Links().SaveSurveyDraft(ctx, typed.ID, "q15", map[string][]string{"q15": {"half a sentence"}})
	}
	if err == nil {
		err = otv.Records.Links().SaveSurveyDraft(ctx, typed.ID, "otv.park", map[string][]string{"otv.park": {"by the"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	q, err := survey.QuestionnaireByID("nq-1")
	if err != nil {
		t.Fatal(err)
	}
	answers, problems, err := survey.ParseAnswers(q, fmt.Appendf(nil, `{"q02":["otv",%q],"q03":7}`, last))
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	if _, err := otv.Records.RecordResponse(ctx, survey.RecordRequest{Cycle: federationtest.Cycle.Previous(), Organisation: survey.Organisation{ID: acme}, Answers: answers, Sharing: survey.SharingAllowed, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
}

// wantHandedOn compares what a node offers to those that hold its former
// companies.
func wantHandedOn(t *testing.T, n *federationtest.Node, want ...survey.HandedOn) {
	t.Helper()
	if list, err := n.Takeovers().HandedOn(federationtest.Cycle); err != nil || !slices.Equal(list, want) {
		t.Errorf("%s hands on %+v %v, want %+v", n.Region, list, err, want)
	}
}

func TestANewHolderTakesOverWhatTheFormerOneKnows(t *testing.T) {
	federate(t, five, func(f *federationtest.Federation) {
		ctx, otv, sw := context.Background(), f.As("otv"), f.As("sw")
		knowAcme(t, otv, "sw", "sw")
		f.Await(5*time.Second, "the claim being everywhere", five, func(n *federationtest.Node) bool { return n.Holder(acme) == "otv" })
		// Before it holds the company nobody gets anything, and never a third region.
		if _, err := sw.Takeovers().TakeOver(ctx, federationtest.Request(), federationtest.Cycle, acme); refusal(err) != survey.RefusedNotHolder {
			t.Errorf("sw before the transfer: %v", err)
		}
		otv.Change(acme, survey.ActionOffer, survey.ClaimChange{OfferTo: "sw"})
		sw.Change(acme, survey.ActionAccept, survey.ClaimChange{})
		f.Await(5*time.Second, "the transfer being everywhere", five, func(n *federationtest.Node) bool { return n.Holder(acme) == "sw" })
		if _, err := f.As("gm").Takeovers().TakeOver(ctx, federationtest.Request(), federationtest.Cycle, acme); refusal(err) != survey.RefusedNotHolder {
			t.Errorf("gm: %v", err)
		}
		offers, err := sw.Takeovers().Takeovers(federationtest.Cycle)
		if err != nil || len(offers) != 1 || offers[0] != (survey.TakeoverOffer{Organisation: acme, From: "otv"}) {
			t.Errorf("offered: %+v %v", offers, err)
		}
		wantHandedOn(t, otv, survey.HandedOn{Organisation: acme, To: "sw"})
		wantHandedOn(t, f.As("gm"))
		for round := range 2 { // the second time brings nothing new
			taken, err := sw.Takeovers().TakeOver(ctx, federationtest.Request(), federationtest.Cycle, acme)
			if err != nil || taken != (survey.Takeover{From: "otv", Answers: true, Draft: round == 0, Last: true}) {
				t.Fatalf("round %d: %+v %v", round, taken, err)
			}
		}
		link, _, err := sw.Records.Links().CreateSurveyLink(ctx, store.NewSurveyLink{Cycle: federationtest.Cycle, Organisation: acme, Expires: time.Now().AddDate(0, 1, 0)})
		if err != nil {
			t.Fatal(err)
		}
		if draft, err := sw.Records.Links().SurveyDraft(link.ID); err != nil || draft.Fields["q15"]["q15"][0] != "half a sentence" || draft.Fields["otv.park"] != nil {
			t.Errorf("the draft is not under the new link: %+v %v", draft, err)
		}
		if offers, err := sw.Takeovers().Takeovers(federationtest.Cycle); err != nil || len(offers) != 1 || !offers[0].TakenOver || !offers[0].Fetched || offers[0].Waits() {
			t.Errorf("after it was taken over: %+v %v", offers, err)
		}
		wantHandedOn(t, otv, survey.HandedOn{Organisation: acme, To: "sw", Fetched: true})
		found, _, err := sw.Records.Records(store.RecordFilter{Kind: survey.RecordContacts, Organisation: acme}, "", 0)
		if err != nil || len(found) != 0 {
			t.Errorf("contacts came that nobody allowed to give on: %+v %v", found, err)
		}
		if r, err := sw.Records.Response(federationtest.Cycle, acme); err != nil || r.Answers.Of("q15").Text != "so far" || r.Answers.Of("otv.park").Text != "" || r.State != survey.ResponseAccepted {
			t.Errorf("%+v %v", r, err)
		}
		shared, err := sw.Sharing().Shared(federationtest.Cycle.Previous())
		if err != nil || len(shared) != 1 || shared[0].From != "otv" || shared[0].Answers.Of("q03").Number != 700 {
			t.Errorf("%+v %v", shared, err)
		}
		f.Stop("otv")
		if _, err := sw.Takeovers().TakeOver(ctx, federationtest.Request(), federationtest.Cycle, acme); err == nil {
			t.Error("taken over from a node that is away")
		}
		if _, err := sw.Takeovers().TakeOver(ctx, federationtest.Request(), federationtest.Cycle, "GB-COH:99999999"); !errors.Is(err, survey.ErrNotFound) {
			t.Errorf("an unknown company: %v", err)
		}
	})
}

// A claim alone opens nobody's answers: whoever holds a company next sees of the
// former holder's what the company allowed it by name, and is told when that is
// nothing.
func TestAClaimShowsNothingThatTheCompanyDidNotAllow(t *testing.T) {
	for _, c := range []struct {
		what      string
		now, last survey.Region // that the company named
		word      survey.Sharing
		want      survey.Takeover
		refused   bool
	}{
		{what: "another region named", now: "gm", last: "gm", refused: true},
		{what: "taken back", now: "sw", last: "gm", word: survey.SharingRefused, refused: true},
		{what: "this year's alone", now: "sw", last: "gm", want: survey.Takeover{From: "otv", Answers: true, Draft: true}},
		{what: "last year's alone", now: "gm", last: "sw", want: survey.Takeover{From: "otv", Last: true}},
	} {
		t.Run(c.what, func(t *testing.T) {
			federate(t, five, func(f *federationtest.Federation) {
				ctx, otv, sw := context.Background(), f.As("otv"), f.As("sw")
				knowAcme(t, otv, c.now, c.last)
				if c.word != "" {
					if err := otv.Sharing().SetSharing(ctx, federationtest.Request(), federationtest.Cycle, acme, c.word); err != nil {
						t.Fatal(err)
					}
				}
				otv.Change(acme, survey.ActionRelease, survey.ClaimChange{Reason: survey.ReasonMistake})
				f.Await(5*time.Second, "the company being free", five, func(n *federationtest.Node) bool { return n.Holder(acme) == "" })
				sw.Claim(acme)
				f.Await(5*time.Second, "the claim being everywhere", five, func(n *federationtest.Node) bool { return n.Holder(acme) == "sw" })

				taken, err := sw.Takeovers().TakeOver(ctx, federationtest.Request(), federationtest.Cycle, acme)
				if c.refused != (refusal(err) == survey.RefusedNotAllowed) || !c.refused && err != nil || taken != c.want {
					t.Errorf("taken over: %+v %v", taken, err)
				}
				if _, err := sw.Records.Response(federationtest.Cycle, acme); (err == nil) != c.want.Answers {
					t.Errorf("this year's answers: %v", err)
				}
				if draft, err := sw.Records.Links().SurveyDraftOf(federationtest.Cycle, acme); err != nil || (len(draft.Fields) > 0) != c.want.Draft {
					t.Errorf("the draft: %+v %v", draft, err)
				}
				if shared, err := sw.Sharing().Shared(federationtest.Cycle.Previous()); err != nil || (len(shared) > 0) != c.want.Last {
					t.Errorf("last year's answers: %+v %v", shared, err)
				}
				if found, _, err := sw.Records.Records(store.RecordFilter{Kind: survey.RecordContacts, Organisation: acme}, "", 0); err != nil || len(found) != 0 {
					t.Errorf("contacts: %+v %v", found, err)
				}
				if c.refused {
					wantHandedOn(t, otv)
					return
				}
				wantHandedOn(t, otv, survey.HandedOn{Organisation: acme, To: "sw", Fetched: true})
			})
		})
	}
}
