package raftlog

import (
	"context"
	"fmt"

	"github.com/hashicorp/raft"
)

// StageCommitIndex keeps the index in memory until the next StoreLogs writes it together with its
// entries. It is never written alone.
func (l *Log) StageCommitIndex(index uint64) error {
	l.staged.Store(index)
	return nil
}

// GetCommitIndex returns the commit index of the last StoreLogs, never beyond the last entry. It is
// 0 if none was staged before one, or with Options.OwnReplay.
func (l *Log) GetCommitIndex() (uint64, error) {
	if l.own {
		return 0, nil
	}
	return l.Committed(), nil
}

// Committed returns the index up to which entries are known to be committed, with or without
// Options.OwnReplay; 0 if none are. Newer entries may be committed too if raft has not said so yet.
func (l *Log) Committed() uint64 { return l.bounds().committed() }

// Replay calls apply with every committed entry after the index, in order and of every type, and
// returns the index of the last one, or the given index if there is none. It stops at the first
// error. It returns ErrNotContiguous if the log does not reach back to after+1, and ErrCorrupt as
// GetLog does.
func (l *Log) Replay(ctx context.Context, after uint64, apply func(*raft.Log) error) (uint64, error) {
	at := l.bounds()
	upTo := at.committed()
	if upTo <= after || upTo < at.first {
		return after, nil
	}

	// The state machine would miss the entries in between.
	if at.first > after+1 {
		return after, fmt.Errorf("%w: replay after %d from %v", ErrNotContiguous, after, at)
	}

	for index := after + 1; index <= upTo; index++ {
		if err := ctx.Err(); err != nil {
			return index - 1, fmt.Errorf("replay raft log entry %d: %w", index, err)
		}
		e := new(raft.Log)
		if err := l.GetLog(index, e); err != nil {
			return index - 1, fmt.Errorf("replay raft log: %w", err)
		}
		if err := apply(e); err != nil {
			return index - 1, fmt.Errorf("replay raft log entry %d: %w", index, err)
		}
	}
	return upTo, nil
}
