package raftlog

import (
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// bounds says which entries the file must hold and up to where they are known
// to be committed, and how many stable records. It is written in every
// transaction that changes them, so that a record lost at either end of a page
// is noticed: the records that are left could not tell. The zero value is the empty log.
type bounds struct {
	first, last uint64
	commit      uint64
	keys        uint64 // stable records
}

const boundsSize = 32

func (b bounds) empty() bool { return b.last == 0 }

func (b bounds) has(index uint64) bool {
	return !b.empty() && b.first <= index && index <= b.last
}

// committed returns the commit index, never beyond the last entry.
func (b bounds) committed() uint64 { return min(b.commit, b.last) }

func (b bounds) String() string {
	if b.empty() {
		return "no entries"
	}
	return fmt.Sprintf("entries %d to %d", b.first, b.last)
}

func (b bounds) encode() []byte {
	out := make([]byte, 0, boundsSize+sumSize)
	for _, n := range []uint64{b.first, b.last, b.commit, b.keys} {
		out = binary.BigEndian.AppendUint64(out, n)
	}
	return seal(boundsKey, out)
}

func decodeBounds(stored []byte) (bounds, error) {
	b, err := unseal(boundsKey, stored)
	if err != nil {
		return bounds{}, err
	}
	if len(b) != boundsSize {
		return bounds{}, errFormat
	}
	return bounds{
		first:  binary.BigEndian.Uint64(b),
		last:   binary.BigEndian.Uint64(b[8:]),
		commit: binary.BigEndian.Uint64(b[16:]),
		keys:   binary.BigEndian.Uint64(b[24:]),
	}, nil
}

func readBounds(tx *bolt.Tx) (bounds, error) {
	return decodeBounds(tx.Bucket(metaBucket).Get(boundsKey))
}

// readEpoch returns the epoch of the tail's entries, 0 if there is no tail.
func readEpoch(tx *bolt.Tx) (uint64, error) {
	stored := tx.Bucket(metaBucket).Get(tailKey)
	if stored == nil {
		return 0, nil
	}
	return decodeEpoch(stored)
}

func decodeEpoch(stored []byte) (uint64, error) {
	b, err := unseal(tailKey, stored)
	if err != nil {
		return 0, err
	}
	if len(b) != 8 {
		return 0, errFormat
	}
	return binary.BigEndian.Uint64(b), nil
}

func putEpoch(tx *bolt.Tx, epoch uint64) error {
	return tx.Bucket(metaBucket).Put(tailKey, seal(tailKey, binary.BigEndian.AppendUint64(nil, epoch)))
}

func writeBounds(tx *bolt.Tx, b bounds) error {
	return tx.Bucket(metaBucket).Put(boundsKey, b.encode())
}
