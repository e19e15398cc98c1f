package raftlog

import (
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// bounds says which entries and how many stable records the file must hold, and which entries are
// known to be committed. Every transaction that changes them writes it, so that a record lost at
// either end of a page is noticed: the remaining records alone could not show that. Of the tail it
// holds only the epoch, because losing the tail must be noticed too. The zero value is the empty
// log.
type bounds struct {
	first, last uint64
	commit      uint64
	keys        uint64 // stable records
	tail        uint64 // epoch of the tail's records; 0: there is no tail
}

const (
	boundsSize         = 32
	boundsWithTailSize = boundsSize + 8 // refused by software from before the tail
)

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
	out := make([]byte, 0, boundsWithTailSize+sumSize)
	for _, n := range []uint64{b.first, b.last, b.commit, b.keys} {
		out = binary.BigEndian.AppendUint64(out, n)
	}
	if b.tail > 0 {
		out = binary.BigEndian.AppendUint64(out, b.tail)
	}
	return seal(boundsKey, out)
}

func decodeBounds(stored []byte) (bounds, error) {
	b, err := unseal(boundsKey, stored)
	if err != nil {
		return bounds{}, err
	}

	if len(b) != boundsSize && len(b) != boundsWithTailSize {
		return bounds{}, errFormat
	}

	out := bounds{
		first:  binary.BigEndian.Uint64(b),
		last:   binary.BigEndian.Uint64(b[8:]),
		commit: binary.BigEndian.Uint64(b[16:]),
		keys:   binary.BigEndian.Uint64(b[24:]),
	}

	if len(b) == boundsWithTailSize {
		out.tail = binary.BigEndian.Uint64(b[boundsSize:])
	}
	return out, nil
}

func readBounds(tx *bolt.Tx) (bounds, error) {
	return decodeBounds(tx.Bucket(metaBucket).Get(boundsKey))
}

func writeBounds(tx *bolt.Tx, b bounds) error {
	return tx.Bucket(metaBucket).Put(boundsKey, b.encode())
}
