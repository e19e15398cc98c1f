#!/usr/bin/env bash
# hashicorp/raft v1.8.0: a node that replays its committed log when it starts
# (Config.RestoreCommittedLogs) comes back without the members of its cluster.
#
# Behaviour: NewRaft looks for configuration entries only after the entries that
# it has replayed. Without a snapshot the configuration stands in the first log
# entry, which is then never read.
# Output seen: "before: 1 server, 6 applied", "after: 0 servers, 5 applied, Follower": the
# node is no leader three seconds later, although it was the only voter. (The sixth
# entry was applied before its commit was written down; that alone is documented.)
# Why it matters here: every region's node replays its log so that it can answer
# before it hears a leader. If all nodes restarted together, nobody could be
# elected again, so store/raftlog hides the commit index from raft and replays
# by itself (store/raftlog/DESIGN.md).
#
# Fails if raft behaves otherwise.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'MOD'
module finding

go 1.24

require (
	github.com/hashicorp/go-hclog v1.6.3
	github.com/hashicorp/raft v1.8.0
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"io"
	"log"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

type counter struct{ applied atomic.Int64 }

func (c *counter) Apply(*raft.Log) any                 { c.applied.Add(1); return nil }
func (c *counter) Snapshot() (raft.FSMSnapshot, error) { return nil, raft.ErrNothingNewToSnapshot }
func (c *counter) Restore(r io.ReadCloser) error       { return r.Close() }

func start(store *raft.InmemCommitTrackingStore, found bool) (*raft.Raft, *counter) {
	conf := raft.DefaultConfig()
	conf.LocalID = "only"
	conf.RestoreCommittedLogs = true
	conf.HeartbeatTimeout = 100 * time.Millisecond
	conf.ElectionTimeout = 100 * time.Millisecond
	conf.LeaderLeaseTimeout = 100 * time.Millisecond
	conf.Logger = hclog.NewNullLogger()

	address, transport := raft.NewInmemTransport("only")
	snapshots := raft.NewInmemSnapshotStore()
	if found {
		one := raft.Configuration{Servers: []raft.Server{{ID: "only", Address: address}}}
		if err := raft.BootstrapCluster(conf, store, store, snapshots, transport, one); err != nil {
			log.Fatal(err)
		}
	}
	fsm := &counter{}
	r, err := raft.NewRaft(conf, fsm, store, store, snapshots, transport)
	if err != nil {
		log.Fatal(err)
	}
	return r, fsm
}

func servers(r *raft.Raft) int {
	f := r.GetConfiguration()
	if err := f.Error(); err != nil {
		log.Fatal(err)
	}
	return len(f.Configuration().Servers)
}

func main() {
	store := raft.NewInmemCommitTrackingStore()
	r, fsm := start(store, true)
	for r.State() != raft.Leader {
		time.Sleep(10 * time.Millisecond)
	}
	// A commit is written down with the entry that follows it, so the last one is not.
	for range 6 {
		if err := r.Apply([]byte("claim"), time.Second).Error(); err != nil {
			log.Fatal(err)
		}
	}
	before := servers(r)
	if err := r.Shutdown().Error(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("before: %d server, %d applied\n", before, fsm.applied.Load())

	r, fsm = start(store, false)
	time.Sleep(3 * time.Second)
	after, state := servers(r), r.State()
	fmt.Printf("after: %d servers, %d applied, %s\n", after, fsm.applied.Load(), state)
	if before != 1 || after != 0 || state == raft.Leader {
		log.Fatal("raft behaves otherwise now")
	}
}
GO
go mod tidy >/dev/null 2>&1
go run .
