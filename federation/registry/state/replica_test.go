package state_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/federation/registry/state/statetest"
	"github.com/ahsn-network/tracker/store/survey"
)

const cycle survey.Cycle = "2022-23"

// TestOldSnapshot: a snapshot that software of the first level wrote is read,
// and written again byte for byte while the federation stays at that level:
// replicas of both versions have equal states.
func TestOldSnapshot(t *testing.T) {
	old, err := os.ReadFile("testdata/snapshots/level-1.snapshot")
	if err != nil {
		t.Fatal(err)
	}
	s, err := state.ReadSnapshot(bytes.NewReader(old))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(statetest.Snapshot(s), old) {
		t.Error("the old state is written in another way now")
	}
	if level, _ := state.NewReader(s.View).Level(); level != 1 {
		t.Errorf("level %d", level)
	}
}

// TestNewerSnapshot: a whole snapshot with what only newer software writes asks
// for an upgrade; a damaged one never does.
func TestNewerSnapshot(t *testing.T) {
	whole := statetest.Snapshot(statetest.New("otv", "sw").State)
	if _, err := state.ReadSnapshot(bytes.NewReader(statetest.WithFrame(whole, 35, state.Encode(survey.Recovery{Epoch: 1})))); err != nil {
		t.Errorf("a row that is known: %v", err)
	}
	for name, kind := range map[string]byte{"a kind of row": 200, "a row of another form": 1} {
		newer := statetest.WithFrame(whole, kind, state.Encode(map[int]string{99: "news"}))
		if _, err := state.ReadSnapshot(bytes.NewReader(newer)); !errors.Is(err, state.ErrNeedsUpgrade) || !errors.Is(err, state.ErrSnapshot) {
			t.Errorf("%s: %v", name, err)
		}
		newer[len(newer)-1] ^= 1
		if _, err := state.ReadSnapshot(bytes.NewReader(newer)); errors.Is(err, state.ErrNeedsUpgrade) || !errors.Is(err, state.ErrSnapshot) {
			t.Errorf("%s, damaged: %v", name, err)
		}
	}
}

// TestReplicasOfOneLog: what a caller sees of the state. The log alone decides
// who holds a company; a replica that comes later, by a snapshot or by the log,
// is the same to the byte, and a retry gets its first answer from both.
func TestReplicasOfOneLog(t *testing.T) {
	b := statetest.New("otv", "sw", "wessex")
	b.OpenCampaign("otv", cycle)
	ids := b.AddCompanies("otv", 3)

	base := statetest.Snapshot(b.State)
	first := b.Sign(b.Body("sw", state.ClaimCompanies(cycle, ids[:2])[0]))
	second := b.Sign(b.Body("wessex", state.ClaimCompanies(cycle, ids[1:])[0]))
	entry := b.Entry(first, second, first)
	results, err := b.State.Apply(entry, state.VerifyRow)
	if err != nil || len(results) != 3 {
		t.Fatalf("%d results: %v", len(results), err)
	}
	said := make([][]survey.Outcome, len(results))
	for i, r := range results {
		if said[i], err = state.DecodeOutcomes(r.Outcomes); err != nil {
			t.Fatal(err)
		}
	}
	if said[0][0].Status != survey.OutcomeGranted || said[0][1].Status != survey.OutcomeGranted {
		t.Errorf("the first in the log: %+v", said[0])
	}
	if r := said[1][0].Refusal; r == nil || r.Code != survey.RefusedAlreadyClaimed || r.Holder != "sw" || said[1][1].Status != survey.OutcomeGranted {
		t.Errorf("the second in the log: %+v", said[1])
	}
	if !results[2].Replay || !bytes.Equal(results[2].Outcomes, results[0].Outcomes) || results[2].Place != 0 {
		t.Errorf("a retry in the same entry: %+v", results[2])
	}

	other, err := state.ReadSnapshot(bytes.NewReader(base))
	if err != nil {
		t.Fatal(err)
	}
	again, err := other.Apply(entry, state.VerifyRow)
	if err != nil || fmt.Sprint(again) != fmt.Sprint(results) || !bytes.Equal(statetest.Snapshot(other), statetest.Snapshot(b.State)) {
		t.Errorf("another replica decided otherwise: %v %v", again, err)
	}
	restored, err := state.ReadSnapshot(bytes.NewReader(statetest.Snapshot(b.State)))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*state.State{"of the log": other, "of a snapshot": restored} {
		reader := state.NewReader(s.View)
		if c, err := reader.ClaimOf(cycle, ids[1]); err != nil || c.Region != "sw" || c.Token != said[0][1].Number {
			t.Errorf("a replica %s: %+v %v", name, c, err)
		}
		retry, err := s.Apply(b.Entry(first), state.VerifyRow)
		if err != nil || !retry[0].Replay || !bytes.Equal(retry[0].Outcomes, results[0].Outcomes) {
			t.Errorf("a retry at a replica %s: %+v %v", name, retry, err)
		}
	}
}

// TestCommandsOfOthers: what nobody may say changes nothing; what only a newer
// version can say stops the replica before the entry; and lists are cut into rows
// that every replica takes.
func TestCommandsOfOthers(t *testing.T) {
	b := statetest.New("otv", "sw")
	b.OpenCampaign("otv", cycle)
	ids := b.AddCompanies("otv", 1200)
	claim := state.ClaimCompanies(cycle, ids)
	rows := 0
	for _, c := range claim {
		rows += c.Items()
	}
	if len(claim) < 3 || rows != len(ids) {
		t.Errorf("%d claims in %d rows", rows, len(claim))
	}

	forged := state.SignRow(statetest.Key("otv"), b.Body("sw", claim[0]))
	if err := b.State.View().Acceptable("sw", forged, state.VerifyRow); !errors.Is(err, survey.ErrForbidden) {
		t.Errorf("a forged row on its way to the log: %v", err)
	}
	number := b.State.View().Number()
	if got := b.Apply(forged)[0]; b.State.View().Number() != number || got.Place != 0 {
		t.Errorf("a forged row in the log: %+v", got)
	}

	newer := b.Body("sw", claim[0])
	newer.Version = state.FeatureLevel + 1
	before := statetest.Snapshot(b.State)
	known := b.Sign(b.Body("otv", claim[0]))
	if _, err := b.State.Apply(b.Entry(known, b.Sign(newer)), state.VerifyRow); !errors.Is(err, state.ErrNeedsUpgrade) {
		t.Errorf("a row of a newer version: %v", err)
	}
	if !bytes.Equal(statetest.Snapshot(b.State), before) {
		t.Error("a part of the entry was applied")
	}
	if _, err := b.State.Apply([]byte("nonsense"), state.VerifyRow); err == nil || errors.Is(err, state.ErrNeedsUpgrade) {
		t.Errorf("an entry that no version wrote: %v", err)
	}

	granted := 0
	for _, o := range b.Ask("sw", claim...) {
		if o.Status == survey.OutcomeGranted {
			granted++
		}
	}
	if granted != len(ids) {
		t.Errorf("%d of %d claims were granted", granted, len(ids))
	}
}
