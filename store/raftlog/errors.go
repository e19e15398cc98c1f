package raftlog

import (
	"errors"
	"fmt"
)

var (
	// ErrCorrupt: the file has other contents than were written. The error's text names the file,
	// the place and the remedy. This file holds none of the region's own records.
	ErrCorrupt = errors.New("raft log damaged")
	// ErrLocked: another process has the file open.
	ErrLocked = errors.New("raft log in use")
	// ErrNotContiguous: raft asked for a log with a hole. Nothing was written.
	ErrNotContiguous = errors.New("raft log not contiguous")
	// ErrKeyNotFound is the error of Get for a key that was never set. Raft compares its text.
	ErrKeyNotFound = errors.New("not found")
)

const rejoinHint = "run `tracker rejoin`: it replaces this copy of the registry's log from the other regions " +
	"and leaves the region's own records alone"

func corrupt(path, place, what string) error {
	return fmt.Errorf("%w: %s: %s: %s: %s", ErrCorrupt, path, place, what, rejoinHint)
}

func corruptEntry(path string, index uint64, what string) error {
	return corrupt(path, fmt.Sprintf("entry %d", index), what)
}

func locked(path string) error {
	return fmt.Errorf("%w: %s: another process holds it: is a tracker already running on this directory?",
		ErrLocked, path)
}
