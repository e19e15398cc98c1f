package registry

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/federation/registry/state/statetest"
)

// TestUnknownCommandStopsTheMachine: after a command of a newer version the
// machine applies nothing more and makes no snapshots.
func TestUnknownCommandStopsTheMachine(t *testing.T) {
	b := statetest.New("otv", "sw")
	newer := b.Body("sw", state.HandedOver())
	newer.Type, newer.Payload = 99, []byte{0xa0}
	known := b.Sign(b.Body("sw", state.HandedOver()))
	before := statetest.Snapshot(b.State)
	m := newMachine(slog.New(slog.DiscardHandler))
	m.current.Store(b.State)
	m.Apply(&raft.Log{Index: 1, Term: 1, Data: b.Entry(b.Sign(newer))})
	select {
	case <-m.stopped:
	default:
		t.Fatal("the machine goes on")
	}
	if got := m.Apply(&raft.Log{Index: 2, Term: 1, Data: b.Entry(known)}); got != state.ErrNeedsUpgrade {
		t.Errorf("applied after it stopped: %v", got)
	}
	if _, err := m.Snapshot(); !errors.Is(err, state.ErrNeedsUpgrade) {
		t.Errorf("snapshot of a stopped machine: %v", err)
	}
	if !bytes.Equal(before, statetest.Snapshot(m.current.Load())) {
		t.Error("a stopped machine changed its state")
	}
}

// TestNewerSnapshotStopsTheMachine: a machine that is to restore a snapshot of
// newer software needs an upgrade.
func TestNewerSnapshotStopsTheMachine(t *testing.T) {
	whole := statetest.Snapshot(statetest.New("otv", "sw").State)
	m := newMachine(slog.New(slog.DiscardHandler))
	if err := m.Restore(closing{bytes.NewReader(statetest.WithFrame(whole, 200, state.Encode("news")))}); !errors.Is(err, state.ErrNeedsUpgrade) || !errors.Is(m.halted(), state.ErrNeedsUpgrade) {
		t.Errorf("restored: %v, ailing: %v", err, m.halted())
	}
}

type closing struct{ *bytes.Reader }

func (closing) Close() error { return nil }
