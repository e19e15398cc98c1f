package raftlog

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"

	"github.com/hashicorp/raft"
)

// An entry is stored under its index (8 bytes, big endian) as
//
//	format, type, flags                 one byte each
//	term                                uvarint
//	nanoseconds since 1970 of AppendedAt  varint, with flagTime only
//	length of extensions, extensions    uvarint, bytes, with flagExtensions only
//	data                                the rest
//	CRC-32C                             4 bytes, over the key and all of the above
const (
	entryFormat    = 1
	flagTime       = 1
	flagExtensions = 2
	entryHeader    = 3
	sumSize        = 4
	keySize        = 8
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)

	errSum    = errors.New("checksum mismatch")
	errFormat = errors.New("unknown format")
)

func indexKey(index uint64) []byte { return binary.BigEndian.AppendUint64(nil, index) }

// seal returns value followed by the checksum of key and value.
func seal(key, value []byte) []byte {
	sum := crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
	return binary.LittleEndian.AppendUint32(value, sum)
}

// unseal returns the value that seal was given under key, or errSum. It shares
// the memory of sealed.
func unseal(key, sealed []byte) ([]byte, error) {
	if len(sealed) < sumSize {
		return nil, errSum
	}
	value := sealed[:len(sealed)-sumSize]
	sum := crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
	if binary.LittleEndian.Uint32(sealed[len(value):]) != sum {
		return nil, errSum
	}
	return value, nil
}

// maxEncoded is the greatest length of encodeEntry's result for e.
func maxEncoded(e *raft.Log) int {
	return entryHeader + 3*binary.MaxVarintLen64 + len(e.Extensions) + len(e.Data) + sumSize
}

func encodeEntry(key []byte, e *raft.Log) []byte {
	b := make([]byte, entryHeader, maxEncoded(e))
	b[0], b[1] = entryFormat, byte(e.Type)
	b = binary.AppendUvarint(b, e.Term)
	if !e.AppendedAt.IsZero() {
		b[2] |= flagTime
		b = binary.AppendVarint(b, e.AppendedAt.UnixNano())
	}
	if len(e.Extensions) > 0 {
		b[2] |= flagExtensions
		b = binary.AppendUvarint(b, uint64(len(e.Extensions)))
		b = append(b, e.Extensions...)
	}
	return seal(key, append(b, e.Data...))
}

// decodeEntry fills e from the bytes stored under key. Nothing in e shares their memory, which
// belongs to a bbolt transaction.
func decodeEntry(key, stored []byte, e *raft.Log) error {
	b, err := unseal(key, stored)
	if err != nil {
		return err
	}

	if len(b) < entryHeader || len(key) != keySize || b[0] != entryFormat {
		return errFormat
	}

	out := raft.Log{Index: binary.BigEndian.Uint64(key), Type: raft.LogType(b[1])}
	flags, rest := b[2], b[entryHeader:]
	var n int
	if out.Term, n = binary.Uvarint(rest); n <= 0 {
		return errFormat
	}
	rest = rest[n:]

	if flags&flagTime != 0 {
		nanos, n := binary.Varint(rest)
		if n <= 0 {
			return errFormat
		}
		out.AppendedAt = time.Unix(0, nanos).UTC()
		rest = rest[n:]
	}

	if flags&flagExtensions != 0 {
		length, n := binary.Uvarint(rest)
		if n <= 0 || length > uint64(len(rest)-n) {
			return errFormat
		}
		rest = rest[n:]
		out.Extensions = append([]byte(nil), rest[:length]...)
		rest = rest[length:]
	}

	// Copied, because raft keeps entries longer than the transaction.
	if len(rest) > 0 {
		out.Data = append([]byte(nil), rest...)
	}
	*e = out
	return nil
}
