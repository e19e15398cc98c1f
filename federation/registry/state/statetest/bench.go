package statetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// Bench is a state without raft, and the keys of its members. It panics where a
// test could not go on.
type Bench struct {
	State      *state.State
	Federation identity.FederationID
	Clock      time.Time // of the next entry's leader, less a minute
	requests   int
}

// New is a bench with a founded federation of the regions, in which each
// may take every step alone.
func New(regions ...survey.Region) *Bench {
	b := &Bench{State: state.NewState(), Federation: identity.FederationID{1, 2, 3},
		Clock: time.Date(2023, 5, 2, 9, 0, 0, 0, time.UTC)}
	f := &state.Founding{Federation: b.Federation, Policy: "open", SoloSteps: true}

	for _, region := range regions {
		f.Members = append(f.Members, Member(region))
	}

	if o := b.Ask(regions[0], state.Found(f)); o[0].Refusal != nil {
		panic(o[0].Refusal)
	}
	return b
}

// Key returns the region's key.
func Key(region survey.Region) *identity.Key {
	return identity.FromSeed(sha256.Sum256([]byte("test key of " + region)))
}

// Member returns the region's row of the roster.
func Member(region survey.Region) survey.Member {
	return survey.Member{Region: region, Key: Key(region).Public(), Address: string(region) + ".example:7443",
		Role: survey.RoleVoter, State: survey.MemberActive, Generation: 1}
}

// Body returns the command in a row of the region.
func (b *Bench) Body(region survey.Region, c state.Command) state.Body {
	// A request id of its own, so that no row is a retry.
	b.requests++
	request := survey.Request{ID: fmt.Sprintf("request %d", b.requests), Actor: 7}
	return c.By(state.Author{Federation: b.Federation, Region: region, Request: request, Time: b.Clock.UnixMilli()})
}

// Sign signs the row with its origin's key.
func (b *Bench) Sign(body state.Body) state.Row { return state.SignRow(Key(body.Origin), body) }

// Entry returns one log entry a minute after the last.
func (b *Bench) Entry(rows ...state.Row) []byte {
	b.Clock = b.Clock.Add(time.Minute)
	return state.EncodeEntry(b.Clock.UnixMilli(), rows)
}

// Apply applies the rows in one entry.
func (b *Bench) Apply(rows ...state.Row) []state.Result {
	results, err := b.State.Apply(b.Entry(rows...), state.VerifyRow)
	if err != nil {
		panic(err)
	}
	return results
}

// Ask applies the commands, one row and entry each, and returns all outcomes.
func (b *Bench) Ask(region survey.Region, commands ...state.Command) (all []survey.Outcome) {
	for _, c := range commands {
		outcomes, err := state.DecodeOutcomes(b.Apply(b.Sign(b.Body(region, c)))[0].Outcomes)
		if err != nil {
			panic(err)
		}
		all = append(all, outcomes...)
	}
	return all
}

// OpenCampaign opens the cycle's campaign.
func (b *Bench) OpenCampaign(region survey.Region, cycle survey.Cycle) {
	terms := survey.Campaign{Cycle: cycle, Questionnaire: "nq-1", Definitions: "md-1", Policy: "open"}
	if o := b.Ask(region, state.OpenCampaign(terms)); o[0].Refusal != nil {
		panic(o[0].Refusal)
	}
}

// AddCompanies adds n invented companies.
func (b *Bench) AddCompanies(region survey.Region, n int) (ids []survey.Identifier) {
	var items []survey.NewOrganisation
	for i := range n {
		id := survey.Identifier(fmt.Sprintf("GB-COH:%08d", 99000000+i))
		ids = append(ids, id)
		items = append(items, survey.NewOrganisation{Identifiers: []survey.Identifier{id},
			Name: fmt.Sprintf("Invented Company %d Limited", i), NameAsOf: "2023-01-01"})
	}

	for _, o := range b.Ask(region, state.AddOrganisations(items)...) {
		if o.Status != survey.OutcomeCreated {
			panic(o.Refusal)
		}
	}
	return ids
}

// Snapshot returns the state's snapshot.
func Snapshot(s *state.State) []byte {
	var b bytes.Buffer
	if err := state.WriteSnapshot(s.View(), &b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// WithFrame returns the snapshot with one more row of the kind before its end.
func WithFrame(whole []byte, kind byte, row []byte) []byte {
	const header, head = len("tracker registry snapshot\n") + 2, 5
	rows, at := uint64(0), header

	// The end frame's hash covers all frames before it, so that it is made again.
	for whole[at] != 0xff {
		at += head + int(binary.BigEndian.Uint32(whole[at+1:]))
		rows++
	}

	frame := func(out []byte, kind byte, data []byte) []byte {
		return append(binary.BigEndian.AppendUint32(append(out, kind), uint32(len(data))), data...)
	}

	out := frame(bytes.Clone(whole[:at]), kind, row)
	return frame(out, 0xff, state.Encode(map[int]any{1: rows + 1, 2: sha256.Sum256(out)}))
}
