package raftlog

import (
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Set stores a value and returns when it is on disk.
func (l *Log) Set(key, value []byte) error {
	l.write.Lock()
	defer l.write.Unlock()

	sealed := seal(key, append([]byte(nil), value...))
	next := l.bounds()
	err := l.update(&next, func(tx *bolt.Tx) error {
		bucket := tx.Bucket(stableBucket)
		if bucket.Get(key) == nil {
			next.keys++
		}
		return bucket.Put(key, sealed)
	})
	if err != nil {
		return fmt.Errorf("store raft's %s: %w", key, err)
	}
	return nil
}

// Get returns the value of key. It returns ErrKeyNotFound if it was never set, and ErrCorrupt if it
// differs from the one written.
func (l *Log) Get(key []byte) ([]byte, error) {
	var value []byte
	err := l.view("stable "+string(key), func(tx *bolt.Tx) error {
		sealed := tx.Bucket(stableBucket).Get(key)
		if sealed == nil {
			return ErrKeyNotFound
		}
		inner, err := unseal(key, sealed)
		if err != nil {
			return corrupt(l.path, "stable "+string(key), err.Error())
		}

		// Copied, because the memory belongs to the transaction.
		value = append([]byte{}, inner...)
		return nil
	})
	return value, err
}

// SetUint64 stores a number and returns when it is on disk.
func (l *Log) SetUint64(key []byte, value uint64) error {
	return l.Set(key, binary.BigEndian.AppendUint64(nil, value))
}

// GetUint64 returns the number under key, 0 if it was never set.
func (l *Log) GetUint64(key []byte) (uint64, error) {
	value, err := l.Get(key)
	if err == ErrKeyNotFound { //nolint:errorlint // returned as it is
		return 0, nil
	}
	if err != nil {
		return 0, err
	}

	if len(value) != 8 {
		return 0, corrupt(l.path, "stable "+string(key), "not a number")
	}
	return binary.BigEndian.Uint64(value), nil
}
