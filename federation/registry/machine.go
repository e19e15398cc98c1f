package registry

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/federation/registry/state"
)

// logPosition is a place in the Raft log: the last command applied.
type logPosition struct {
	Index uint64 `cbor:"1,keyasint"`
	Term  uint64 `cbor:"2,keyasint"`
}

// applied is raft's answer to the submitter of an entry.
type applied struct {
	results []state.Result
	number  uint64
	at      logPosition
}

// machine lets raft drive the state. Its three methods only translate: package state decides, and
// knows the snapshot's format.
type machine struct {
	current    atomic.Pointer[state.State]
	number     watermark
	position   atomic.Pointer[logPosition]
	stuck      atomic.Pointer[error] // why nothing more is applied
	halt       sync.Once
	stopped    chan struct{} // closed when stuck
	leaves     *leafWriter   // nil: nobody keeps the leaves
	signatures sigCache
	apply      func(*state.State, []byte, func(ed25519.PublicKey, state.Row) bool) ([]state.Result, error)
	logger     *slog.Logger
}

func newMachine(logger *slog.Logger) *machine {
	m := &machine{stopped: make(chan struct{}), apply: (*state.State).Apply, logger: logger}
	m.current.Store(state.NewState())
	m.position.Store(&logPosition{})
	return m
}

func (m *machine) view() state.View { return m.current.Load().View() }

// Apply implements raft.FSM. It returns *applied, an error if the entry could
// not be applied by this version, nil if it was applied before.
func (m *machine) Apply(entry *raft.Log) any {
	if err := m.halted(); err != nil {
		return err
	}
	if entry.Index <= m.position.Load().Index {
		return nil // applied before raft started
	}

	results, err := m.apply(m.current.Load(), entry.Data, m.signatures.valid)
	if errors.Is(err, state.ErrNeedsUpgrade) {
		m.logger.Error("the log has a command that this version does not know: upgrade tracker on this node; "+
			"until then it serves what it has, growing older", "index", entry.Index)
		m.stopFor(state.ErrNeedsUpgrade)
		return state.ErrNeedsUpgrade
	}

	if m.leaves != nil {
		m.leaves.add(results)
	}
	if err != nil { // no version wrote it: every replica passes over it
		m.logger.Error("unreadable log entry passed over", "index", entry.Index, "error", err)
	}

	number := m.view().Number()
	at := logPosition{Index: entry.Index, Term: entry.Term}
	// Before the number, which wakes those who ask for the position.
	m.position.Store(&at)
	m.number.set(number)
	return &applied{results: results, number: number, at: at}
}

// stopFor ends applying for good.
func (m *machine) stopFor(why error) {
	m.halt.Do(func() {
		m.stuck.Store(&why)
		close(m.stopped)
	})
}

// halted returns why nothing more is applied, nil while it is.
func (m *machine) halted() error {
	if why := m.stuck.Load(); why != nil {
		return *why
	}
	return nil
}

// Snapshot implements raft.FSM. It takes no time.
func (m *machine) Snapshot() (raft.FSMSnapshot, error) {
	if err := m.halted(); err != nil {
		return nil, fmt.Errorf("snapshot refused: %w", err)
	}
	return &frozen{m.view(), m.leaves}, nil
}

// Restore implements raft.FSM. The old state stays until the new one is whole.
func (m *machine) Restore(from io.ReadCloser) error {
	defer from.Close()
	restored, err := state.ReadSnapshot(from)
	if errors.Is(err, state.ErrNeedsUpgrade) {
		m.stopFor(state.ErrNeedsUpgrade)
	}
	if err != nil {
		return fmt.Errorf("restore registry: %w", err)
	}

	m.current.Store(restored)
	if m.leaves != nil {
		m.leaves.follow(restored.View())
	}
	m.number.set(restored.View().Number())
	return nil
}

// frozen is the state at the moment of a snapshot.
type frozen struct {
	view   state.View
	leaves *leafWriter
}

// Persist implements raft.FSMSnapshot. Afterwards the log may forget, so the
// ledger must have every leaf first.
func (f *frozen) Persist(sink raft.SnapshotSink) error {
	// The log may lose the entries from which the leaves would be made again.
	if f.leaves != nil {
		if err := f.leaves.sync(context.Background()); err != nil {
			return errors.Join(fmt.Errorf("snapshot refused: %w", err), sink.Cancel())
		}
	}
	if err := state.WriteSnapshot(f.view, sink); err != nil {
		return errors.Join(err, sink.Cancel())
	}
	return sink.Close()
}

// Release implements raft.FSMSnapshot.
func (f *frozen) Release() {}
