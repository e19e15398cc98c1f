#!/usr/bin/env bash
# hashicorp/raft v1.8.0: raft's own LogCache cannot be put around a log store
# that tracks commits.
#
# Behaviour: LogCache passes IsMonotonic on to the store that it wraps, but not
# StageCommitIndex and GetCommitIndex. With Config.RestoreCommittedLogs set, NewRaft
# takes the store bare and refuses it inside the cache.
# Output seen: "bare: <nil>", then "cached: log store does not implement some
# required methods or malformed", while "still monotonic: true" for a store that says so.
# Why it matters here: a cache of the newest entries saves a follower's reads, and
# the commit index lets a node answer before it hears a leader. One has to choose,
# so the ring of newest entries stands inside store/raftlog (its DESIGN.md).
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
	"errors"
	"fmt"
	"io"
	"log"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

type nothing struct{}

func (nothing) Apply(*raft.Log) any                 { return nil }
func (nothing) Snapshot() (raft.FSMSnapshot, error) { return nil, raft.ErrNothingNewToSnapshot }
func (nothing) Restore(r io.ReadCloser) error       { return r.Close() }

// monotonic is raft's own store in memory, which tracks commits, and says that it is monotonic.
type monotonic struct{ *raft.InmemCommitTrackingStore }

func (monotonic) IsMonotonic() bool { return true }

func try(logs raft.LogStore) error {
	conf := raft.DefaultConfig()
	conf.LocalID = "only"
	conf.RestoreCommittedLogs = true
	conf.Logger = hclog.NewNullLogger()
	_, transport := raft.NewInmemTransport("only")
	r, err := raft.NewRaft(conf, nothing{}, logs, raft.NewInmemStore(), raft.NewInmemSnapshotStore(), transport)
	if err == nil {
		err = r.Shutdown().Error()
	}
	return err
}

func main() {
	store := monotonic{raft.NewInmemCommitTrackingStore()}
	cache, err := raft.NewLogCache(64, store)
	if err != nil {
		log.Fatal(err)
	}
	bare, cached := try(store), try(cache)
	fmt.Println("bare:", bare)
	fmt.Println("cached:", cached)
	fmt.Println("still monotonic:", cache.IsMonotonic())
	if bare != nil || !errors.Is(cached, raft.ErrIncompatibleLogStore) || !cache.IsMonotonic() {
		log.Fatal("raft behaves otherwise now")
	}
}
GO
go mod tidy >/dev/null 2>&1
go run .
