package raftlog

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/hashicorp/raft"
	bolt "go.etcd.io/bbolt"
)

// verifyBatch bounds how many entries one read transaction checks: a long transaction keeps pages
// from being reused and delays the growth of the file.
const verifyBatch = 1024

// Verify reads every record of the open log and compares its checksum. It returns ErrCorrupt for
// the first damaged or missing one, or ctx's error. Writes may go on meanwhile.
func (l *Log) Verify(ctx context.Context) error {
	var next uint64
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("verify raft log %s: %w", l.path, err)
		}
		done := false
		err := l.view("entries", func(tx *bolt.Tx) (err error) {
			next, done, err = l.verifyFrom(tx, next)
			return err
		})
		if err != nil {
			return err
		}
		if done {
			return l.view("stable", l.verifyStable)
		}
	}
}

// verifyFrom checks a batch of entries from the index on. It returns the start of the next batch,
// and whether this was the last.
func (l *Log) verifyFrom(tx *bolt.Tx, from uint64) (next uint64, done bool, err error) {
	at, err := readBounds(tx)
	if err != nil {
		return 0, false, corrupt(l.path, "bounds", err.Error())
	}

	if at.empty() {
		return 0, true, nil
	}

	// Entries below may have been deleted since the last batch.
	from = max(from, at.first)
	cursor := tx.Bucket(logBucket).Cursor()
	key, stored := cursor.Seek(indexKey(from))

	for next = from; next <= at.last && next < from+verifyBatch; next++ {
		if len(key) != keySize || binary.BigEndian.Uint64(key) != next {
			return 0, false, corruptEntry(l.path, next, "missing")
		}
		if err := decodeEntry(key, stored, new(raft.Log)); err != nil {
			return 0, false, corruptEntry(l.path, next, err.Error())
		}
		key, stored = cursor.Next()
	}

	return next, next > at.last, nil
}

func (l *Log) verifyStable(tx *bolt.Tx) error {
	at, err := readBounds(tx)
	if err != nil {
		return corrupt(l.path, "bounds", err.Error())
	}

	var keys uint64
	err = tx.Bucket(stableBucket).ForEach(func(key, sealed []byte) error {
		keys++
		if _, err := unseal(key, sealed); err != nil {
			return corrupt(l.path, "stable "+string(key), err.Error())
		}
		return nil
	})

	if err == nil && keys != at.keys {
		return corrupt(l.path, "stable", fmt.Sprintf("%d records instead of %d", keys, at.keys))
	}
	return err
}
