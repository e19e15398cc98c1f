package registry

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"

	"github.com/hashicorp/raft"
)

// TestUnknownCommandStopsTheMachine: after a command of a newer version the
// machine applies nothing more and makes no snapshots.
func TestUnknownCommandStopsTheMachine(t *testing.T) {
	b := NewBench("otv", "sw")
	newer := b.Body("sw", HandedOver())
	newer.Type, newer.Payload = 99, []byte{0xa0}
	known := b.Sign(b.Body("sw", HandedOver()))
	before := Snapshot(b.State)
	m := newMachine(slog.New(slog.DiscardHandler))
	m.current.Store(b.State)
	m.Apply(&raft.Log{Index: 1, Term: 1, Data: b.Entry(b.Sign(newer))})
	select {
	case <-m.stopped:
	default:
		t.Fatal("the machine goes on")
	}
	if got := m.Apply(&raft.Log{Index: 2, Term: 1, Data: b.Entry(known)}); got != ErrNeedsUpgrade {
		t.Errorf("applied after it stopped: %v", got)
	}
	if _, err := m.Snapshot(); !errors.Is(err, ErrNeedsUpgrade) {
		t.Errorf("snapshot of a stopped machine: %v", err)
	}
	if !bytes.Equal(before, Snapshot(m.current.Load())) {
		t.Error("a stopped machine changed its state")
	}
}

// TestNewerSnapshotStopsTheMachine: a machine that is to restore a snapshot of
// newer software needs an upgrade.
func TestNewerSnapshotStopsTheMachine(t *testing.T) {
	whole := Snapshot(NewBench("otv", "sw").State)
	m := newMachine(slog.New(slog.DiscardHandler))
	if err := m.Restore(closing{bytes.NewReader(WithFrame(whole, 200, Encode("news")))}); !errors.Is(err, ErrNeedsUpgrade) || !errors.Is(m.ailing(), ErrNeedsUpgrade) {
		t.Errorf("restored: %v, ailing: %v", err, m.ailing())
	}
}

type closing struct{ *bytes.Reader }

func (closing) Close() error { return nil }
