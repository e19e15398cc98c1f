package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/federation/registry/state/statetest"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestThreeNodes(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ctx := context.Background()
		ids := c.prepare(1200)
		leader := c.leader()
		followers := c.others(leader)

		// A follower claims: it sees its own write at once.
		r := c.node(followers[0])
		began := time.Now()
		outcomes, err := r.Claim(ctx, survey.Request{ID: "first", Actor: 3}, "2022-23", ids[:1])
		if err != nil || outcomes[0].Status != survey.OutcomeGranted {
			t.Fatalf("claim: %+v %v", outcomes, err)
		}
		if took := time.Since(began); took > 50*time.Millisecond {
			t.Errorf("a forwarded claim took %s on a network without delay", took)
		}
		if claim, err := r.ClaimOf("2022-23", ids[0]); err != nil || claim.Region != followers[0] {
			t.Errorf("own claim is not seen: %+v %v", claim, err)
		}

		// The other one is refused and told who holds it.
		other := c.node(followers[1])
		outcomes, err = other.Claim(ctx, survey.Request{ID: "second"}, "2022-23", ids[:1])
		if err != nil || outcomes[0].Refusal == nil || outcomes[0].Refusal.Holder != followers[0] || outcomes[0].Refusal.Since.IsZero() {
			t.Fatalf("second claim: %+v %v", outcomes, err)
		}

		// The same request again has the same outcome; another list has none.
		again, err := r.Claim(ctx, survey.Request{ID: "first"}, "2022-23", ids[:1])
		if err != nil || again[0].Status != survey.OutcomeGranted || again[0].Number != again[0].Claim.Token {
			t.Errorf("retry: %+v %v", again, err)
		}
		reused, err := r.Claim(ctx, survey.Request{ID: "first"}, "2022-23", ids[:2])
		if err != nil || reused[1].Refusal == nil || reused[1].Refusal.Code != survey.RefusedRequestReused {
			t.Errorf("reused request: %+v %v", reused, err)
		}

		// A long list is split and comes back in its order.
		list, err := other.Claim(ctx, survey.Request{ID: "list"}, "2022-23", append(ids[:len(ids):len(ids)], ids[5], "nonsense"))
		if err != nil || len(list) != len(ids)+2 {
			t.Fatalf("list: %d outcomes, %v", len(list), err)
		}
		for i, id := range ids[1:] {
			if o := list[i+1]; o.ID != id || o.Status != survey.OutcomeGranted {
				t.Fatalf("item %d: %+v", i+1, o)
			}
		}
		if list[len(ids)].Refusal.Code != survey.RefusedDuplicateInList || list[len(ids)+1].Refusal.Code != survey.RefusedInvalid {
			t.Errorf("the end of the list: %+v", list[len(ids):])
		}

		// Fresh reads include it everywhere.
		for _, region := range c.regions {
			fresh, err := c.node(region).Await(ctx, survey.Consistency{Linearizable: true})
			if err != nil || fresh.Index < list[len(ids)-1].Number {
				t.Errorf("%s: fresh read at %d: %v", region, fresh.Index, err)
			}
			counts, err := c.node(region).Counts("2022-23")
			if err != nil || counts.Claimed != len(ids) {
				t.Errorf("%s counts %+v: %v", region, counts, err)
			}
		}
	})
}

func TestLeaderStops(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ctx := context.Background()
		ids := c.prepare(3)
		leader := c.leader()
		left := c.others(leader)
		r := c.node(left[0])
		before, err := r.Claim(ctx, survey.Request{ID: "before"}, "2022-23", ids[:1])
		if err != nil {
			t.Fatal(err)
		}
		c.stop(leader)
		began := time.Now()
		after, err := r.Claim(ctx, survey.Request{ID: "after"}, "2022-23", ids[1:2])
		if err != nil || after[0].Status != survey.OutcomeGranted {
			t.Fatalf("claim while there is no leader: %+v %v", after, err)
		}
		t.Logf("a claim after the leader stopped took %s", time.Since(began))
		again, err := r.Claim(ctx, survey.Request{ID: "before"}, "2022-23", ids[:1])
		if err != nil || again[0].Number != before[0].Number || again[0].Status != before[0].Status {
			t.Errorf("retry after a change of leader: %+v, first %+v: %v", again, before, err)
		}
		// It is also the same when the retry goes through the log.
		second := c.leader(left...)
		body := c.node(left[0]).body(survey.Request{ID: "before"}, state.ClaimCompanies("2022-23", ids[:1])[0])
		reply, err := c.call(ctx, left[0], second, PathForward, state.Encode(forwardRequest{Rows: []state.Row{state.SignRow(statetest.Key(left[0]), body)}}))
		if err != nil {
			t.Fatal(err)
		}
		var response forwardResponse
		if err := state.Decode(reply, &response); err != nil || response.Fate != fateRecorded {
			t.Fatalf("forwarded retry: %+v %v", response, err)
		}
		kept, err := state.DecodeOutcomes(response.Outcomes[0])
		if err != nil || kept[0].Number != before[0].Number {
			t.Errorf("forwarded retry: %+v %v", kept, err)
		}
		// The stopped one comes back and catches up.
		c.start(leader)
		c.leader()
		if _, err := c.node(leader).Await(ctx, survey.Consistency{Linearizable: true}); err != nil {
			t.Fatal(err)
		}
		if claim, err := c.node(leader).ClaimOf("2022-23", ids[1]); err != nil || claim.Region != left[0] {
			t.Errorf("after its return: %+v %v", claim, err)
		}
	})
}

func TestMinoritySaysSo(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ctx := context.Background()
		ids := c.prepare(3)
		alone := c.others(c.leader())[0]
		c.fabric.setCut(alone, true)
		time.Sleep(5 * time.Second)
		began := time.Now()
		_, err := c.node(alone).Claim(ctx, survey.Request{ID: "alone"}, "2022-23", ids[:1])
		if !errors.Is(err, survey.ErrNoQuorum) || time.Since(began) > 5*time.Second {
			t.Errorf("a claim on the minority side: %v after %s", err, time.Since(began))
		}
		if _, err := c.node(alone).Await(ctx, survey.Consistency{Linearizable: true}); !errors.Is(err, survey.ErrNoQuorum) {
			t.Errorf("a fresh read on the minority side: %v", err)
		}
		if _, err := c.node(alone).Await(ctx, survey.Consistency{MaxAge: 2 * time.Second}); !errors.Is(err, survey.ErrNoQuorum) {
			t.Errorf("a read of at most 2 s on the minority side: %v", err)
		}
		fresh, err := c.node(alone).Await(ctx, survey.Consistency{})
		if err != nil || fresh.Age < 5*time.Second || fresh.Index == 0 {
			t.Errorf("a local read on the minority side: %+v %v", fresh, err)
		}
		// The others go on, and after healing the same request is decided.
		majority := c.others(alone)
		if _, err := c.node(majority[0]).Claim(ctx, survey.Request{ID: "on"}, "2022-23", ids[:1]); err != nil {
			t.Errorf("the majority cannot claim: %v", err)
		}
		c.fabric.setCut(alone, false)
		time.Sleep(15 * time.Second)
		outcomes, err := c.node(alone).Claim(ctx, survey.Request{ID: "alone"}, "2022-23", ids[:1])
		if err != nil || outcomes[0].Refusal == nil || outcomes[0].Refusal.Holder != majority[0] {
			t.Errorf("after healing: %+v %v", outcomes, err)
		}
	})
}

func TestCutLeaderDoesNotKnow(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ctx := context.Background()
		ids := c.prepare(3)
		leader := c.leader()
		c.fabric.setCut(leader, true)
		_, err := c.node(leader).Claim(ctx, survey.Request{ID: "cut"}, "2022-23", ids[:1])
		if !errors.Is(err, survey.ErrUnknownOutcome) && !errors.Is(err, survey.ErrNoQuorum) {
			t.Errorf("a claim at a leader that was just cut off: %v", err)
		}
		left := c.others(leader)
		c.leader(left...)
		if _, err := c.node(left[0]).Claim(ctx, survey.Request{ID: "left"}, "2022-23", ids[:1]); err != nil {
			t.Fatal(err)
		}
		c.fabric.setCut(leader, false)
		time.Sleep(15 * time.Second)
		outcomes, err := c.node(leader).Claim(ctx, survey.Request{ID: "cut"}, "2022-23", ids[:1])
		if err != nil || outcomes[0].Refusal == nil || outcomes[0].Refusal.Holder != left[0] {
			t.Errorf("the retry: %+v %v", outcomes, err)
		}
	})
}

func TestRestartAloneServesWhatWasCommitted(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ctx := context.Background()
		ids := c.prepare(40)
		leader := c.leader()
		for i, id := range ids {
			if _, err := c.node(leader).Claim(ctx, survey.Request{ID: fmt.Sprint("claim ", i)}, "2022-23", []survey.Identifier{id}); err != nil {
				t.Fatal(err)
			}
		}
		number := c.node(leader).Number()
		c.stopAll()
		r := c.start(leader)
		// Without a majority only what the log says to be committed is applied:
		// all but the last entries.
		if got := r.Number(); got < number-2 || got > number {
			t.Errorf("restarted alone at number %d of %d", got, number)
		}
		if fresh, err := r.Await(ctx, survey.Consistency{}); err != nil || fresh.Age != -1 {
			t.Errorf("age before any contact: %+v %v", fresh, err)
		}
		for _, region := range c.others(leader) {
			c.start(region)
		}
		c.leader()
		if _, err := r.Await(ctx, survey.Consistency{Linearizable: true}); err != nil || r.Number() != number {
			t.Errorf("after the others came: number %d of %d: %v", r.Number(), number, err)
		}
	})
}

// TestSnapshotAndReturn: a node whose log was cut down to a snapshot comes back
// with the same state, before and after it hears from the others.
func TestSnapshotAndReturn(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ctx := context.Background()
		ids := c.prepare(30)
		leader := c.leader()
		if _, err := c.node(leader).Claim(ctx, survey.Request{ID: "before"}, "2022-23", ids[:20]); err != nil {
			t.Fatal(err)
		}
		if err := c.node(leader).raft.Snapshot().Error(); err != nil {
			t.Fatal(err)
		}
		if _, err := c.node(leader).Claim(ctx, survey.Request{ID: "after"}, "2022-23", ids[20:]); err != nil {
			t.Fatal(err)
		}
		number := c.node(leader).Number()
		c.stopAll()
		r := c.start(leader)
		if counts, err := r.Counts("2022-23"); err != nil || counts.Claimed < 20 {
			t.Errorf("alone after a snapshot: %+v %v", counts, err)
		}
		for _, region := range c.others(leader) {
			c.start(region)
		}
		c.leader()
		if _, err := r.Await(ctx, survey.Consistency{Linearizable: true}); err != nil || r.Number() != number {
			t.Errorf("number %d of %d: %v", r.Number(), number, err)
		}
		again, err := r.Claim(ctx, survey.Request{ID: "before"}, "2022-23", ids[:20])
		if err != nil || again[0].Status != survey.OutcomeGranted || r.Number() != number {
			t.Errorf("a retry after a snapshot: %+v %v", again[0], err)
		}
	})
}

// TestPersonsStayHere: whatever a region says of a person, the registry gets an
// opaque label, the same one for a retry.
func TestPersonsStayHere(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ctx := context.Background()
		c.leader()
		r := c.node("sw")
		person := survey.NewOrganisation{Kind: survey.KindIndividual, Name: "Dr Jane Secret", Postcode: "TR1 3XX",
			PreviousNames: []survey.NameSince{{Name: "Jane Former"}}}
		firm := survey.NewOrganisation{Name: "  Acme\u200b  Clinic ", Postcode: "sy23 3fl", Sector: survey.SectorDigital}
		list := []survey.NewOrganisation{person, firm, {Name: "\u202e"}, {Identifiers: []survey.Identifier{"GB-COH:!!"}, Name: "Acme"}}
		outcomes, err := r.AddOrganisations(ctx, survey.Request{ID: "persons"}, list)
		if err != nil || outcomes[0].Status != survey.OutcomeCreated || outcomes[1].Status != survey.OutcomeCreated {
			t.Fatalf("%+v %v", outcomes, err)
		}
		if outcomes[2].Refusal == nil || outcomes[3].Refusal == nil {
			t.Errorf("faulty items were taken: %+v", outcomes[2:])
		}
		o, err := r.Organisation(outcomes[0].ID)
		if err != nil || !regexp.MustCompile(`^Individual innovator, sw, [0-9a-f]{4}$`).MatchString(o.Name) || !o.ID.Minted() || len(o.ID.ID()) != 26 {
			t.Errorf("the person's row: %+v %v", o, err)
		}
		if o, err := r.Organisation(outcomes[1].ID); err != nil || o.Name != "Acme Clinic" || o.Postcode != "SY23" || o.Kind != survey.KindOther {
			t.Errorf("the firm's row: %+v %v", o, err)
		}
		var replicated bytes.Buffer
		if err := state.WriteSnapshot(r.machine.view(), &replicated); err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"Jane", "Secret", "Former", "TR1"} {
			if bytes.Contains(replicated.Bytes(), []byte(word)) {
				t.Errorf("%q is in the registry", word)
			}
		}
		again, err := r.AddOrganisations(ctx, survey.Request{ID: "persons"}, list)
		if err != nil || again[0].ID != outcomes[0].ID || again[0].Number != outcomes[0].Number {
			t.Errorf("a retry: %+v %v", again[0], err)
		}
	})
}

// TestUpgradeNeeded: a command of a newer version stops the replicas that do
// not know it: they read, they do not write, and they close.
func TestUpgradeNeeded(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ctx := context.Background()
		ids := c.prepare(1)
		leader := c.node(c.leader())
		body := c.node("sw").body(survey.Request{ID: "newer"}, state.HandedOver())
		body.Type = 99
		newer := state.SignRow(statetest.Key("sw"), body)
		if _, err := c.call(ctx, "sw", leader.options.Region, PathForward, state.Encode(forwardRequest{Rows: []state.Row{newer}})); err == nil {
			t.Fatal("the leader took in a command that it does not know")
		}
		// As a newer leader would have proposed it:
		leader.raft.Apply(state.EncodeEntry(0, []state.Row{newer}), time.Second)
		time.Sleep(2 * time.Second)
		if !leader.Status().NeedsUpgrade {
			t.Fatalf("the leader goes on: %+v", leader.Status())
		}
		for _, region := range c.regions {
			r := c.node(region)
			s := r.Status()
			if !s.NeedsUpgrade { // it has not heard that the command is committed
				continue
			}
			if s.State != "Shutdown" {
				t.Errorf("%s is still in raft: %+v", region, s)
			}
			if _, err := r.Claim(ctx, survey.Request{ID: "late"}, "2022-23", ids); !errors.Is(err, state.ErrNeedsUpgrade) {
				t.Errorf("%s claims: %v", region, err)
			}
			if _, err := r.Organisation(ids[0]); err != nil {
				t.Errorf("%s reads: %v", region, err)
			}
			if _, err := r.Await(ctx, survey.Consistency{Linearizable: true}); !errors.Is(err, state.ErrNeedsUpgrade) {
				t.Errorf("%s reads fresh: %v", region, err)
			}
		}
	})
}
