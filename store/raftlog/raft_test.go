package raftlog_test

import (
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/store/raftlog"
)

// machine remembers what raft applied.
type machine struct {
	mu      sync.Mutex
	applied []string
	changed chan struct{}
}

func newMachine() *machine { return &machine{changed: make(chan struct{}, 1)} }

func (m *machine) Apply(e *raft.Log) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.applied = append(m.applied, string(e.Data))
	select {
	case m.changed <- struct{}{}:
	default:
	}
	return nil
}

func (m *machine) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.applied)
}

func (m *machine) await(t *testing.T, want int) {
	t.Helper()
	deadline := time.After(time.Minute)
	for m.count() < want {
		select {
		case <-m.changed:
		case <-deadline:
			t.Fatalf("applied %d of %d", m.count(), want)
		}
	}
}

func (m *machine) Snapshot() (raft.FSMSnapshot, error) { return nil, io.ErrUnexpectedEOF }
func (m *machine) Restore(io.ReadCloser) error         { return nil }

// node starts a raft node that is the only voter. A patient one waits for an
// hour before it stands for election: it never hears a leader.
func node(t *testing.T, log *raftlog.Log, m *machine, patient bool) *raft.Raft {
	t.Helper()
	conf := raft.DefaultConfig()
	conf.LocalID = "wessex.1"
	conf.Logger = hclog.NewNullLogger()
	conf.RestoreCommittedLogs = true
	conf.HeartbeatTimeout, conf.ElectionTimeout, conf.LeaderLeaseTimeout = 50*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond
	if patient {
		conf.HeartbeatTimeout, conf.ElectionTimeout = time.Hour, time.Hour
	}
	_, transport := raft.NewInmemTransport("wessex")
	snapshots := raft.NewInmemSnapshotStore()
	if last, _ := log.LastIndex(); last == 0 {
		only := raft.Configuration{Servers: []raft.Server{{ID: conf.LocalID, Address: "wessex"}}}
		if err := raft.BootstrapCluster(conf, log, log, snapshots, transport, only); err != nil {
			t.Fatal(err)
		}
	}
	r, err := raft.NewRaft(conf, m, log, log, snapshots, transport)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Shutdown().Error() })
	return r
}

const commands = 200

// applied runs a node that applies the commands, and stops it.
func applied(t *testing.T, path string) {
	t.Helper()
	log, err := raftlog.Open(path, raftlog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	m := newMachine()
	r := node(t, log, m, false)
	select {
	case <-r.LeaderCh():
	case <-time.After(time.Minute):
		t.Fatal("no leader")
	}
	for range commands {
		if err := r.Apply([]byte("claim"), 0).Error(); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Shutdown().Error(); err != nil {
		t.Fatal(err)
	}
}

// TestRaftReplays restarts a node that never hears a leader again: raft itself
// applies all but the last entry, whose commit no later write could record.
func TestRaftReplays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	applied(t, path)
	m := newMachine()
	r := node(t, opened(t, path, raftlog.Options{}), m, true)
	m.await(t, commands-1)
	if r.Leader() != "" {
		t.Errorf("a leader was found: %q", r.Leader())
	}
	// Why OwnReplay exists: raft has forgotten its configuration, which was
	// among the replayed entries. When this fails, raft has been mended.
	f := r.GetConfiguration()
	if err := f.Error(); err != nil || len(f.Configuration().Servers) != 0 {
		t.Errorf("raft kept its configuration: %v, %v", f.Configuration(), err)
	}
	if err := r.Shutdown().Error(); err != nil {
		t.Fatal(err)
	}
}

// TestOwnReplay restarts a node whose caller replays: it has everything before
// raft starts, and raft still knows whom to elect.
func TestOwnReplay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	applied(t, path)
	log := opened(t, path, raftlog.Options{OwnReplay: true})
	replayed := 0
	upTo, err := log.Replay(t.Context(), 0, func(e *raft.Log) error {
		if e.Type == raft.LogCommand {
			replayed++
		}
		return nil
	})
	if last, _ := log.LastIndex(); err != nil || upTo != last-1 || replayed != commands-1 {
		t.Errorf("replayed %d commands, up to %d of %d: %v", replayed, upTo, last, err)
	}
	m := newMachine()
	r := node(t, log, m, false)
	m.await(t, commands) // from the beginning: the caller's machine passes over what it has
	if r.Leader() == "" {
		t.Error("no leader")
	}
	if err := r.Shutdown().Error(); err != nil {
		t.Fatal(err)
	}
}
