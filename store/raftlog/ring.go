package raftlog

import "github.com/hashicorp/raft"

// The leader reads each new entry once for every follower, so the newest entries are kept in
// memory: at most ringEntries of them, and none larger than ringEntryBytes, which bounds the memory
// to 32 MiB.
const (
	ringEntries    = 512
	ringEntryBytes = 64 << 10
)

// ring holds the newest entries by index modulo its size. It copies the structs: raft's pointers
// would keep raft's futures alive.
type ring struct {
	entries [ringEntries]raft.Log
}

func (r *ring) put(e *raft.Log) {
	slot := &r.entries[e.Index%ringEntries]

	// Emptied, so that an older entry of the slot is not found.
	if len(e.Data)+len(e.Extensions) > ringEntryBytes {
		*slot = raft.Log{}
		return
	}
	*slot = *e
}

func (r *ring) get(index uint64, e *raft.Log) bool {
	slot := &r.entries[index%ringEntries]
	if slot.Index != index || index == 0 {
		return false
	}
	*e = *slot
	return true
}

// forget drops the entries with from <= index <= to.
func (r *ring) forget(from, to uint64) {
	for i := range r.entries {
		if n := r.entries[i].Index; from <= n && n <= to {
			r.entries[i] = raft.Log{}
		}
	}
}
