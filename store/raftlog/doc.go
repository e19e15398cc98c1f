// Package raftlog keeps the registry's raft log, raft's own durable facts (its term and its vote)
// and the commit index in one bbolt file, with a second file beside it for the newest entries while
// the log is open.
//
// Start from [Open]. A [Log] is a raft.LogStore, raft.StableStore, raft.MonotonicLogStore and
// raft.CommitTrackingLogStore. Every record carries a checksum, and Open reads the whole file
// before raft may: a node with a damaged log refuses to start with [ErrCorrupt], and so never votes
// or applies from wrong records.
//
// Imports store/disk.
package raftlog
