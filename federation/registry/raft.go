package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/ledger"
	"github.com/ahsn-network/tracker/store/raftlog"
	"github.com/ahsn-network/tracker/store/survey"
)

// Timing is how patient the registry is. Zero fields mean the defaults, which
// suit fifteen offices on the public internet.
type Timing struct {
	Heartbeat   time.Duration // a follower hears nothing for so long: it stands for election; 1.2 s
	Election    time.Duration // an election that finds no winner is repeated; 1.2 s
	LeaderLease time.Duration // a leader without a majority for so long steps down; 0.8 s
	Commit      time.Duration // an idle leader tells its commit index so often; 200 ms
	RPC         time.Duration // one raft request and its answer; 5 s
	Hold        time.Duration // a write is retried for so long; 8 s
	NoLeader    time.Duration // a write without a leader is refused after so long; 4.5 s
}

func (t Timing) orDefault() Timing {
	t.Heartbeat = cmp.Or(t.Heartbeat, 1200*time.Millisecond)
	t.Election = cmp.Or(t.Election, 1200*time.Millisecond)
	t.LeaderLease = cmp.Or(t.LeaderLease, 800*time.Millisecond)
	t.Commit = cmp.Or(t.Commit, 200*time.Millisecond)
	t.RPC = cmp.Or(t.RPC, 5*time.Second)
	t.Hold = cmp.Or(t.Hold, 8*time.Second)
	t.NoLeader = cmp.Or(t.NoLeader, 4500*time.Millisecond)
	return t
}

// Bounds of raft's files. A long tail of entries spares a region that was away for a week a whole
// snapshot, and avoids hashicorp/raft issue 697.
const (
	trailingLogs      = 50_000
	snapshotThreshold = 8192
	snapshotsKept     = 3
	maxAppendEntries  = 512
	transferTimeout   = 3 * time.Second // for handing leadership over in Close
)

func (r *Registry) raftConfig() *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = r.serverID()
	c.HeartbeatTimeout = r.timing.Heartbeat
	c.ElectionTimeout = r.timing.Election
	c.LeaderLeaseTimeout = r.timing.LeaderLease
	c.CommitTimeout = r.timing.Commit
	c.MaxAppendEntries = maxAppendEntries
	c.TrailingLogs = trailingLogs
	c.SnapshotThreshold = snapshotThreshold
	c.ShutdownOnRemove = false
	c.NoLegacyTelemetry = true
	c.RestoreCommittedLogs = true // so that raft tells the log its commit index; see replay
	c.NoSnapshotRestoreOnStart = true
	c.NotifyCh = r.leads
	c.Logger = newRaftLogger(r.logger)
	return c
}

// startRaft opens the log and starts raft on it. It applies the entries known to be committed
// before it returns.
func (r *Registry) startRaft() error {
	if err := os.MkdirAll(r.options.Dir, 0o700); err != nil {
		return fmt.Errorf("make the registry's directory: %w", err)
	}

	log, err := raftlog.Open(filepath.Join(r.options.Dir, "log.db"), raftlog.Options{
		OwnReplay: true,
		OnWrite:   func(time.Duration, error) { r.written.Notify() },
	})
	if err != nil {
		return fmt.Errorf("open the registry's log: %w", err)
	}
	snapshots, err := raft.NewFileSnapshotStoreWithLogger(r.options.Dir, snapshotsKept, newRaftLogger(r.logger))
	if err != nil {
		return errors.Join(fmt.Errorf("open the registry's snapshots: %w", err), log.Close())
	}

	kept, err := ledger.Open(filepath.Join(r.options.Dir, "leaves.log"))
	if err != nil {
		return errors.Join(fmt.Errorf("open the registry's ledger: %w", err), log.Close())
	}

	// The replay makes leaves, so that their writer must run before it.
	r.leaves = newLeafWriter(kept, r.logger)
	r.machine.leaves = r.leaves
	r.prover = &prover{options: &r.options, machine: r.machine, leaves: r.leaves, logger: r.logger}
	if err := r.replay(log, snapshots); err != nil {
		return errors.Join(err, r.leaves.close(), log.Close())
	}

	r.transport = newTransport(r.options.Network, r.options.Region, r.options.Generation, r.timing.RPC,
		r.generationOf, r.logger)
	abandon := func(err error) error {
		r.transport.Close()
		r.transport.wait()
		return errors.Join(err, r.leaves.close(), log.Close())
	}

	config := r.raftConfig()
	if r.options.Bootstrap {
		if err := bootstrap(config, r.options.Founding, log, snapshots, r.transport); err != nil {
			return abandon(err)
		}
	}

	r.log = log
	r.raft, err = raft.NewRaft(config, r.machine, log, log, snapshots, r.transport)
	if err != nil {
		return abandon(fmt.Errorf("start raft: %w", err))
	}

	// Other observations are of no use here, and would fill the channel.
	r.observer = raft.NewObserver(r.observations, false, func(o *raft.Observation) bool {
		switch o.Data.(type) {
		case raft.LeaderObservation, raft.FailedHeartbeatObservation, raft.ResumedHeartbeatObservation:
			return true
		}
		return false
	})
	r.raft.RegisterObserver(r.observer)
	return nil
}

// replay applies the entries known to be committed, before raft starts: raft's own way forgets the
// configuration and can hang (see the DESIGN.md of store/raftlog). The state machine passes over
// the entries that raft then repeats.
func (r *Registry) replay(log *raftlog.Log, snapshots raft.SnapshotStore) error {
	kept, err := snapshots.List()
	if err != nil {
		return fmt.Errorf("list the registry's snapshots: %w", err)
	}

	var restored uint64
	var damaged error
	for _, meta := range kept { // newest first
		_, from, err := snapshots.Open(meta.ID)
		if err == nil {
			err = r.machine.Restore(from)
		}
		if err == nil {
			restored = meta.Index
			r.machine.position.Store(&logPosition{Index: meta.Index, Term: meta.Term})
			break
		}
		damaged = errors.Join(damaged, fmt.Errorf("snapshot %s: %w", meta.ID, err))
	}

	reached, err := log.Replay(r.life, restored, func(e *raft.Log) error {
		if e.Type == raft.LogCommand {
			r.machine.Apply(e)
		}
		return nil
	})
	if err != nil {
		return errors.Join(fmt.Errorf("replay the registry's log: %w", err), damaged)
	}

	if damaged != nil {
		r.logger.Error("a snapshot of the registry cannot be read", "error", damaged)
		// raft goes on from the newest snapshot, readable or not.
		if reached < kept[0].Index {
			return fmt.Errorf("restore the registry: %w", damaged)
		}
	}
	return nil
}

// bootstrap writes the founding members as the first configuration, unless the
// log has one already.
func bootstrap(config *raft.Config, founding *state.Founding, log *raftlog.Log, snapshots raft.SnapshotStore,
	t *transport) error {
	exists, err := raft.HasExistingState(log, log, snapshots)
	if err != nil {
		return fmt.Errorf("look for an existing registry: %w", err)
	}
	if exists {
		return nil
	}

	if problem := founding.Problem(); problem != "" {
		return fmt.Errorf("%w: founding document: %s", survey.ErrInvalid, problem)
	}

	var configuration raft.Configuration
	for i := range founding.Members {
		m := &founding.Members[i]
		suffrage := raft.Voter
		if m.Role == survey.RoleObserver {
			suffrage = raft.Nonvoter
		}
		configuration.Servers = append(configuration.Servers,
			raft.Server{Suffrage: suffrage, ID: serverID(m), Address: raft.ServerAddress(m.Region)})
	}

	if err := raft.BootstrapCluster(config, log, log, snapshots, t, configuration); err != nil {
		return fmt.Errorf("bootstrap the registry: %w", err)
	}
	return nil
}

// generationOf returns the region's generation in the roster, 0 if it has none.
func (r *Registry) generationOf(region survey.Region) uint64 {
	if m := r.machine.view().Member(region); m != nil {
		return m.Generation
	}
	return 0
}

// observe follows what raft says about leaders and followers, until Close.
func (r *Registry) observe() {
	for {
		select {
		case o := <-r.observations:
			switch data := o.Data.(type) {
			case raft.LeaderObservation:
				r.leaders.Notify()
			case raft.FailedHeartbeatObservation:
				r.unresponsive.set(data.PeerID, true)
			case raft.ResumedHeartbeatObservation:
				r.unresponsive.set(data.PeerID, false)
			}
		case <-r.life.Done():
			return
		}
	}
}

// lead founds the federation whenever this node becomes leader of a registry
// that is still empty, until Close.
func (r *Registry) lead() {
	for {
		select {
		case leading := <-r.leads:
			// Heartbeats of an earlier term say nothing about this one.
			r.unresponsive.clear()
			r.leaders.Notify()
			if leading && r.options.Founding != nil {
				r.found()
			}
		case <-r.life.Done():
			return
		}
	}
}

// found brings the founding row to the log if the registry, once it has caught up, has
// none. A second one is refused when it is applied, so a race does no harm.
func (r *Registry) found() {
	if b := r.barriers.make(); b.err != nil || r.machine.view().Founded() {
		return
	}

	signed := state.SignRow(r.options.Key, r.body(survey.Request{ID: "found"}, state.Found(r.options.Founding)))
	ctx, cancel := context.WithTimeout(r.life, r.timing.Hold)
	defer cancel()
	if _, err := r.commits.submit(ctx, []state.Row{signed}); err != nil {
		r.logger.Warn("found the federation", "error", err)
	}
}

// transferLeadership hands leadership over, so that the others need no
// election. raft gives up after Timing.Election, this after transferTimeout.
func (r *Registry) transferLeadership() {
	alone := len(r.raft.GetConfiguration().Configuration().Servers) < 2
	if alone || r.raft.State() != raft.Leader || !r.futures.begin() {
		return
	}

	// Buffered, so that a late answer blocks nobody.
	handed := make(chan error, 1)
	r.running.Go(func() {
		defer r.futures.end()
		handed <- r.raft.LeadershipTransfer().Error()
	})

	timeout := time.NewTimer(transferTimeout)
	defer timeout.Stop()
	select {
	case err := <-handed:
		if err != nil {
			r.logger.Info("leadership was not handed over", "error", err)
		}
	case <-timeout.C:
		r.logger.Info("leadership was not handed over in time")
	}
}
