package federation_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// reads are the methods of the federation's nouns that change nothing. Whatever
// else they have must take a request and leave an entry in the audit log.
var reads = []string{
	"Campaigns.Campaign", "Campaigns.Campaigns", "Campaigns.Counts", "Campaigns.EligibleSet",
	"Claims.ClaimHistory", "Claims.ClaimOf", "Claims.Claims", "Claims.ProposedClaims", "Claims.Receipt", "Claims.ReceiptOf", "Claims.Supporters",
	"Organisations.DuplicatesOf", "Organisations.MergedOrganisations", "Organisations.Organisation", "Organisations.OrganisationHistory",
	"Organisations.Organisations", "Organisations.PossibleDuplicates", "Organisations.PreviewOrganisations", "Organisations.SearchOrganisations",
	"Innovations.Innovation", "Innovations.InnovationCounts", "Innovations.Innovations",
	"Certification.Certified", "Certification.NationalTable", "Certification.Proposals", "Certification.Published",
	"Certification.Revisions", "Certification.SignedSummary",
	"Governance.Invitations", "Governance.OpenProposal", "Governance.Proposals", "Governance.Recoveries",
	"Responses.Response", "Responses.Responses", "Sharing.Shared", "Sharing.SharedOf",
	"Takeovers.FormerHolder", "Takeovers.HandedOn", "Takeovers.Takeovers",
	"Replica.Await", "Replica.ChangesSince", "Replica.Epoch", "Replica.Member", "Replica.Members", "Replica.Number", "Replica.Watch",
}

// writer is a method by which a person changes something.
type writer struct {
	name string
	call reflect.Value
}

// writers finds them all, and the methods that are neither listed as reads nor
// take a request.
func writers(nouns []any) (found []writer, unknown []string) {
	request := reflect.TypeFor[survey.Request]()
	for _, noun := range nouns {
		v := reflect.ValueOf(noun)
		for i := range v.NumMethod() {
			m := v.Type().Method(i)
			name := v.Type().Name() + "." + m.Name
			takes := false
			for j := 1; j < m.Type.NumIn(); j++ {
				takes = takes || m.Type.In(j) == request
			}
			switch {
			case takes:
				found = append(found, writer{name, v.Method(i)})
			case !slices.Contains(reads, name):
				unknown = append(unknown, name)
			}
		}
	}
	return found, unknown
}

// nouns are what a federation hands out: the results of its methods that take
// nothing and return a struct of this package.
func nouns(f *federation.Federation) []any {
	var out []any
	v := reflect.ValueOf(f)
	for i := range v.NumMethod() {
		m := v.Method(i).Type()
		if m.NumIn() == 0 && m.NumOut() == 1 && m.Out(0).Kind() == reflect.Struct && m.Out(0).PkgPath() == v.Type().Elem().PkgPath() {
			out = append(out, v.Method(i).Call(nil)[0].Interface())
		}
	}
	return out
}

// zero calls the writer with nothing in its arguments but a request and, for a
// key, one that another region has.
func (w writer) zero(ctx context.Context, request survey.Request, key *identity.Key) {
	args := make([]reflect.Value, w.call.Type().NumIn())
	for i := range args {
		switch in := w.call.Type().In(i); in {
		case reflect.TypeFor[context.Context]():
			args[i] = reflect.ValueOf(ctx)
		case reflect.TypeFor[survey.Request]():
			args[i] = reflect.ValueOf(request)
		case reflect.TypeFor[*identity.Key]():
			args[i] = reflect.ValueOf(key)
		default:
			args[i] = reflect.Zero(in)
		}
	}
	w.call.Call(args)
}

// entriesOf returns the audit log's entries of one actor.
func entriesOf(t *testing.T, records *store.Store, actor uint64) []store.AuditEntry {
	t.Helper()
	all, _, err := records.Audit(0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(e store.AuditEntry) bool { return e.Actor != actor })
}

// withoutEntry names the writers that leave no entry when they are refused or
// fail, or more than one.
func withoutEntry(t *testing.T, records *store.Store, all []writer, key *identity.Key) []string {
	t.Helper()
	var silent []string
	for i, w := range all {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		actor := uint64(1000 + i)
		w.zero(ctx, survey.Request{ID: fmt.Sprintf("refused-%d", i), Actor: actor}, key)
		cancel()
		entries := entriesOf(t, records, actor)
		if len(entries) != 1 || !strings.HasPrefix(entries[0].Outcome, "refused") && !strings.HasPrefix(entries[0].Outcome, "failed") {
			silent = append(silent, fmt.Sprintf("%s: %+v", w.name, entries))
		}
	}
	return silent
}

// TestEveryCommandThatIsRefusedLeavesAnEntry calls whatever the federation hands
// out to change something.
func TestEveryCommandThatIsRefusedLeavesAnEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Regions: []survey.Region{"otv", "gm"}, Seed: 5})
		f.AwaitReady(time.Minute)
		n := f.As("otv")
		all, unknown := writers(nouns(n.Federation))
		if len(unknown) > 0 {
			t.Errorf("not listed as reads, and they take no request: %v", unknown)
		}
		if len(all) < 30 {
			t.Fatalf("only %d methods change anything", len(all))
		}
		for _, silent := range withoutEntry(t, n.Records, all, f.As("gm").Key()) {
			t.Error(silent)
		}
		if _, unknown := writers([]any{n.Federation}); slices.ContainsFunc(unknown, func(name string) bool { return strings.Contains(name, "Registry.") }) {
			t.Errorf("the federation hands the registry out: %v", unknown)
		}
	})
}

// Silent is a planted noun that changes something and tells nobody.
type Silent struct{}

// Change leaves no entry.
func (Silent) Change(context.Context, survey.Request) error { return nil }

// Drop does not even take a request.
func (Silent) Drop() {}

func TestAWriterWithoutAnEntryIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Regions: []survey.Region{"otv"}})
		all, unknown := writers([]any{Silent{}})
		if silent := withoutEntry(t, f.As("otv").Records, all, nil); len(silent) != 1 || !strings.Contains(silent[0], "Silent.Change") {
			t.Errorf("found: %v", silent)
		}
		if !slices.Equal(unknown, []string{"Silent.Drop"}) {
			t.Errorf("unknown: %v", unknown)
		}
	})
}

// TestEveryCommandLeavesItsNumberAndItsOutcome takes a year's commands one after
// the other.
func TestEveryCommandLeavesItsNumberAndItsOutcome(t *testing.T) {
	const acme, brook, earlier = survey.Identifier("GB-COH:99000001"), survey.Identifier("GB-COH:99000002"), survey.Cycle("2021-22")
	cycle := federationtest.Cycle
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Regions: []survey.Region{"otv", "gm"}, Seed: 5})
		f.AwaitReady(time.Minute)
		n := f.As("otv")
		actor, taken := uint64(500), map[string]bool{}
		ctx := t.Context()
		var request survey.Request

		// take carries one command out and compares its entry.
		take := func(name, action, object string, write func() (survey.Outcome, error), words ...string) survey.Outcome {
			t.Helper()
			actor++
			taken[name] = true
			request = survey.Request{ID: fmt.Sprintf("take-%d", actor), Actor: actor}
			outcome, err := write()
			if err != nil || outcome.Refusal != nil {
				t.Fatalf("%s: %+v, %v", name, outcome.Refusal, err)
			}
			entries := entriesOf(t, n.Records, actor)
			if len(entries) != 1 || entries[0].Action != action || entries[0].Object != object {
				t.Errorf("%s: %+v", name, entries)
				return outcome
			}
			if outcome.Number != 0 {
				words = append(words, fmt.Sprintf("%s, number %d", outcome.Status, outcome.Number))
			}
			for _, word := range words {
				if !strings.Contains(entries[0].Outcome, word) {
					t.Errorf("%s: %q lacks %q", name, entries[0].Outcome, word)
				}
			}
			return outcome
		}
		first := func(outcomes []survey.Outcome, err error) (survey.Outcome, error) {
			if err != nil {
				return survey.Outcome{}, err
			}
			return outcomes[0], nil
		}
		added := func(id survey.Identifier) survey.NewOrganisation {
			return survey.NewOrganisation{Identifiers: []survey.Identifier{id}, Name: "Company " + id.ID() + " Ltd", Sector: survey.SectorMedTech}
		}

		take("AddOrganisations", "organisation.add", "organisations/"+string(acme), func() (survey.Outcome, error) {
			return first(n.Organisations().AddOrganisations(ctx, request, []survey.NewOrganisation{added(acme)}))
		})
		take("AddOrganisations", "organisation.add", "organisations", func() (survey.Outcome, error) {
			_, err := n.Organisations().AddOrganisations(ctx, request, []survey.NewOrganisation{added(brook), added(acme)})
			return survey.Outcome{}, err
		}, "2 items", "1 created", "1 exists", "numbers ")
		take("OpenCampaign", "campaign.open", string(earlier), func() (survey.Outcome, error) {
			return n.Campaigns().OpenCampaign(ctx, request, survey.Campaign{Cycle: earlier})
		})
		take("OpenCampaign", "campaign.open", string(cycle), func() (survey.Outcome, error) {
			return n.Campaigns().OpenCampaign(ctx, request, survey.Campaign{Cycle: cycle, Opens: "2023-06-01", Closes: "2023-09-30"})
		})
		take("AddSupported", "campaign.supported", string(earlier)+"/"+string(acme), func() (survey.Outcome, error) {
			return first(n.Campaigns().AddSupported(ctx, request, earlier, []survey.Identifier{acme}))
		})
		take("ImportEligible", "campaign.eligible", string(cycle), func() (survey.Outcome, error) {
			_, err := n.Campaigns().ImportEligible(ctx, request, cycle, []survey.Identifier{acme, brook})
			return survey.Outcome{}, err
		}, "2 items")
		take("RollForward", "campaign.roll", string(cycle), func() (survey.Outcome, error) {
			return n.Campaigns().RollForward(ctx, request, cycle, earlier)
		}, "from 2021-22")
		take("CampaignDates", "campaign.dates", string(cycle), func() (survey.Outcome, error) {
			return n.Campaigns().CampaignDates(ctx, request, cycle, "", "2023-10-31")
		}, "2023-10-31")
		take("CampaignPolicy", "campaign.policy", string(cycle), func() (survey.Outcome, error) {
			return n.Campaigns().CampaignPolicy(ctx, request, cycle, "standard")
		}, "standard")
		take("CampaignLapse", "campaign.lapse", string(cycle), func() (survey.Outcome, error) {
			return n.Campaigns().CampaignLapse(ctx, request, cycle, 30)
		}, "30 days")
		take("FreezeEligible", "campaign.freeze", string(cycle), func() (survey.Outcome, error) {
			return n.Campaigns().FreezeEligible(ctx, request, cycle)
		})

		claimed := take("Claim", "claim.claim", string(cycle)+"/"+string(acme), func() (survey.Outcome, error) {
			return first(n.Claims().Claim(ctx, request, cycle, []survey.Identifier{acme}))
		})
		take("ChangeClaims", "claim.contact", string(cycle)+"/"+string(acme), func() (survey.Outcome, error) {
			return first(n.Claims().ChangeClaims(ctx, request, cycle, []survey.ClaimChange{
				{Organisation: acme, Action: survey.ActionContact, Token: claimed.Claim.Token}}))
		})
		take("RecordResponse", "response.record", string(cycle)+"/"+string(acme), func() (survey.Outcome, error) {
			_, err := n.Responses().RecordResponse(ctx, request, cycle, acme, []byte(`{"q01":"yes","q02":["otv","gm"]}`))
			return survey.Outcome{}, err
		})
		take("SetSharing", "response.sharing", string(cycle)+"/"+string(acme), func() (survey.Outcome, error) {
			return survey.Outcome{}, n.Sharing().SetSharing(ctx, request, cycle, acme, survey.SharingRefused)
		})
		take("MergeOrganisations", "organisation.merge", "organisations/"+string(brook), func() (survey.Outcome, error) {
			return n.Organisations().MergeOrganisations(ctx, request, brook, acme, survey.MergeSameCompany)
		}, "into "+string(acme))
		take("SplitOrganisation", "organisation.split", "organisations/"+string(brook), func() (survey.Outcome, error) {
			return n.Organisations().SplitOrganisation(ctx, request, brook, survey.MergeMistake)
		})

		var innovation survey.InnovationID
		take("RegisterInnovation", "innovation.register", string(acme), func() (outcome survey.Outcome, err error) {
			innovation, outcome, err = n.Innovations().RegisterInnovation(ctx, request, acme, "")
			return outcome, err
		})
		take("AdoptInnovation", "innovation.adopt", string(innovation), func() (survey.Outcome, error) {
			return n.Innovations().AdoptInnovation(ctx, request, innovation)
		})
		take("WithdrawAdoption", "innovation.withdraw", string(innovation), func() (survey.Outcome, error) {
			return n.Innovations().WithdrawAdoption(ctx, request, innovation)
		})

		take("CloseCampaign", "campaign.close", string(cycle), func() (survey.Outcome, error) {
			return n.Campaigns().CloseCampaign(ctx, request, cycle)
		})
		take("SignOff", "certify.sign-off", string(cycle)+" revision 0", func() (survey.Outcome, error) {
			step, err := n.Certification().SignOff(ctx, request, cycle, nil)
			return step.Outcome, err
		})
		take("MarkAbsent", "certify.mark-absent", string(cycle)+" revision 0 gm", func() (survey.Outcome, error) {
			step, err := n.Certification().MarkAbsent(ctx, request, cycle,
				survey.OtherRegion{Region: "gm", Reason: survey.ReasonUnreachableRegion, Words: "by telephone"})
			return step.Outcome, err
		}, "by telephone")
		take("CoSign", "certify.co-sign", string(cycle)+" revision 0", func() (survey.Outcome, error) {
			step, err := n.Certification().CoSign(ctx, request, cycle, nil, "")
			return step.Outcome, err
		})

		take("Rename", "region.rename", "otv", func() (survey.Outcome, error) {
			return n.Governance().Rename(ctx, request, "Health Innovation Thames", "2030-01-01")
		})
		take("Invite", "region.invite", "sw", func() (survey.Outcome, error) {
			_, err := n.Governance().Invite(ctx, request, "sw", survey.RoleVoter, time.Hour)
			return survey.Outcome{}, err
		}, "number ", "voter")
		take("Propose", "region.suspend", "gm", func() (survey.Outcome, error) {
			return n.Governance().Propose(ctx, request, survey.NewProposal{Kind: survey.ProposeSuspend, Region: "gm", Reason: survey.ReasonAgreed}, "agreed by telephone")
		}, "agreed by telephone")

		// These need more than one node's year: that they leave an entry also when
		// they are refused is shown above.
		elsewhere := []string{"SetInnovationStage", "LiftDoNotSurvey", "ReleaseIdle", "LetStand", "OpenRevision", "Endorse", "RotateKey", "TakeOver"}
		all, _ := writers(nouns(n.Federation))
		for _, w := range all {
			_, name, _ := strings.Cut(w.name, ".")
			if !taken[name] && !slices.Contains(elsewhere, name) {
				t.Errorf("%s is not taken here", w.name)
			}
		}
	})
}
