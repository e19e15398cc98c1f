package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// Hash is a SHA-256 of the tree.
type Hash = [32]byte

// Leaf is one leaf: the last registry number that it covers, the hashes of the subtrees that it
// completes (its own first), and the bytes that it is the hash of.
type Leaf struct {
	Number uint64
	Hashes []Hash
	Data   []byte
}

// The file is a head and then records, all numbers big-endian.
//
//	head:   magic, first index (8), registry number before it (8), number of edge hashes (1), the hashes, CRC-32C (4)
//	record: length of the rest (4), CRC-32C of the rest (4), number (8), number of hashes (1), the hashes, data
const (
	magic         = "tracker leaves/1"
	headFixed     = len(magic) + 8 + 8 + 1
	recordFixed   = 8
	restFixed     = 9
	maxHashes     = 64
	maxDataBytes  = 1 << 20
	maxRestBytes  = restFixed + maxHashes*32 + maxDataBytes
	maxBatchBytes = 8 << 20 // of one Append, and so of a torn end
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errRecord = errors.New("not a whole record")

func appendRecord(to []byte, l Leaf) []byte {
	at := len(to)
	to = append(to, make([]byte, recordFixed)...)
	to = binary.BigEndian.AppendUint64(to, l.Number)
	to = append(to, byte(len(l.Hashes)))
	for _, h := range l.Hashes {
		to = append(to, h[:]...)
	}
	to = append(to, l.Data...)

	rest := to[at+recordFixed:]
	binary.BigEndian.PutUint32(to[at:], uint32(len(rest)))
	binary.BigEndian.PutUint32(to[at+4:], crc32.Checksum(rest, castagnoli))
	return to
}

// restLength reads the length of a record after its fixed part.
func restLength(fixed []byte) (int, error) {
	n := binary.BigEndian.Uint32(fixed)
	if n < restFixed || n > maxRestBytes {
		return 0, errRecord
	}
	return int(n), nil
}

func parseRecord(fixed, rest []byte) (Leaf, error) {
	if binary.BigEndian.Uint32(fixed[4:]) != crc32.Checksum(rest, castagnoli) {
		return Leaf{}, errRecord
	}
	l := Leaf{Number: binary.BigEndian.Uint64(rest)}

	// Every leaf completes at least its own subtree.
	count := int(rest[8])
	if count == 0 || count > maxHashes || len(rest) < restFixed+count*32 {
		return Leaf{}, errRecord
	}

	for i := range count {
		l.Hashes = append(l.Hashes, Hash(rest[restFixed+i*32:]))
	}
	l.Data = rest[restFixed+count*32:]
	return l, nil
}

func makeHead(start, number uint64, edge []Hash) []byte {
	head := binary.BigEndian.AppendUint64([]byte(magic), start)
	head = binary.BigEndian.AppendUint64(head, number)
	head = append(head, byte(len(edge)))
	for _, h := range edge {
		head = append(head, h[:]...)
	}
	return binary.BigEndian.AppendUint32(head, crc32.Checksum(head, castagnoli))
}

func parseHead(head []byte) (start, number uint64, edge []Hash, err error) {
	body, sum := head[:len(head)-4], head[len(head)-4:]
	if string(body[:len(magic)]) != magic || binary.BigEndian.Uint32(sum) != crc32.Checksum(body, castagnoli) {
		return 0, 0, nil, fmt.Errorf("its head is not that of a ledger")
	}

	start = binary.BigEndian.Uint64(body[len(magic):])
	number = binary.BigEndian.Uint64(body[len(magic)+8:])
	for at := headFixed; at < len(body); at += 32 {
		edge = append(edge, Hash(body[at:]))
	}
	return start, number, edge, nil
}
