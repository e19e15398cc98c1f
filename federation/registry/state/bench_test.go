package state

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// bench is one state with the keys of its members: the pure core without Raft.
type bench struct {
	state      *State
	federation identity.FederationID
	keys       map[survey.Region]*identity.Key
	clock      time.Time
	requests   int
}

func newBench() *bench {
	return &bench{state: NewState(), keys: map[survey.Region]*identity.Key{},
		federation: identity.FederationID{1, 2, 3}, clock: time.Date(2023, 5, 2, 9, 0, 0, 0, time.UTC)}
}

func testKey(region survey.Region) *identity.Key {
	return identity.FromSeed(sha256.Sum256([]byte("test key of " + region)))
}

func testMember(region survey.Region) survey.Member {
	return survey.Member{Region: region, Key: testKey(region).Public(), Address: string(region) + ".example:7443",
		Role: survey.RoleVoter, State: survey.MemberActive, Generation: 1}
}

func (b *bench) founding(regions ...survey.Region) foundPayload {
	f := foundPayload{Federation: b.federation[:], Policy: "open"}
	for _, region := range regions {
		b.keys[region] = testKey(region)
		f.Members = append(f.Members, testMember(region))
	}
	return f
}

func (b *bench) found(regions ...survey.Region) []survey.Outcome {
	return b.do(regions[0], typeFound, Encode(b.founding(regions...)))
}

// foundAs founds with the document.
func (b *bench) foundAs(f foundPayload) []survey.Outcome {
	body := b.body(f.Members[0].Region, typeFound, Encode(f))
	if f.Level > levelFirst || f.SoloSteps {
		body.Version = levelNational
	}
	return b.apply(b.sign(body))
}

// step proposes what a campaign's steps are made of.
func (b *bench) step(region survey.Region, what survey.NewProposal) []survey.Outcome {
	return b.apply(b.sign(b.stepBody(region, what)))
}

func (b *bench) stepBody(region survey.Region, what survey.NewProposal) Body {
	body := b.body(region, typePropose, Encode(proposePayload{What: what}))
	body.Version = proposalVersion(what.Kind)
	return body
}

// body makes a row body of the region with a request id of its own.
func (b *bench) body(region survey.Region, kind commandType, payload []byte) Body {
	b.requests++
	return Body{Version: rowVersion, Type: kind, Federation: b.federation[:], Origin: region, Actor: 7,
		Request: fmt.Sprintf("request %d", b.requests), Intent: b.clock.UnixMilli(), Payload: payload}
}

func (b *bench) sign(body Body) Row { return SignRow(testKey(body.Origin), body) }

// entry is one log entry a minute after the last.
func (b *bench) entry(rows ...Row) entry {
	b.clock = b.clock.Add(time.Minute)
	return entry{Version: entryVersion, LeaderTime: b.clock.UnixMilli(), Rows: rows}
}

func (b *bench) do(region survey.Region, kind commandType, payload []byte) []survey.Outcome {
	return b.apply(b.sign(b.body(region, kind, payload)))
}

func (b *bench) apply(r Row) []survey.Outcome {
	results, upgrade := b.state.apply(b.entry(r))
	if upgrade {
		panic("needs an upgrade")
	}
	outcomes, err := DecodeOutcomes(results[0].Outcomes)
	if err != nil {
		panic(err)
	}
	return outcomes
}

func items[T any](cycle survey.Cycle, list ...T) []byte {
	l := listPayload{Parts: 1, Cycle: cycle}
	for _, item := range list {
		l.Items = append(l.Items, cbor.RawMessage(Encode(item)))
	}
	return Encode(l)
}

func campaign(cycle survey.Cycle) []byte {
	return Encode(campaignPayload{Campaign: survey.Campaign{Cycle: cycle, Questionnaire: "nq-1", Definitions: "md-1", Policy: "open"}})
}

// ready is a bench with a federation, an open campaign and n companies.
func ready(t testing.TB, n int, regions ...survey.Region) (*bench, []survey.Identifier) {
	t.Helper()
	b := newBench()
	b.found(regions...)
	b.do(regions[0], typeOpenCampaign, campaign("2022-23"))
	return addCompanies(t, b, n)
}

// addCompanies adds n companies to the bench.
func addCompanies(t testing.TB, b *bench, n int) (*bench, []survey.Identifier) {
	t.Helper()
	regions := b.state.View().Members()
	var ids []survey.Identifier
	var batch []survey.NewOrganisation
	for i := range n {
		id := survey.Identifier(fmt.Sprintf("GB-COH:%08d", 99000000+i))
		ids = append(ids, id)
		batch = append(batch, survey.NewOrganisation{Identifiers: []survey.Identifier{id}, Name: fmt.Sprintf("Invented Company %d Limited", i), NameAsOf: "2023-01-01"})
		if len(batch) == maxRowItems || i == n-1 {
			for _, o := range b.do(regions[0].Region, typeAddOrganisations, items("", batch...)) {
				if o.Status != survey.OutcomeCreated {
					t.Fatalf("add %s: %+v", id, o)
				}
			}
			batch = nil
		}
	}
	return b, ids
}

// apply is Apply for an entry that was read, with every signature verified.
func (s *State) apply(e entry) (results []Result, upgrade bool) {
	return s.decideAll(e, VerifyRow, everyGuard())
}
