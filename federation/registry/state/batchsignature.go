package state

import (
	"crypto/ed25519"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ahsn-network/tracker/federation/identity"
)

// batchDomain separates signatures on several rows from every other
// signature of a node.
const batchDomain = "tracker registry rows/1"

// MaxBatchRows bounds how many rows one signature is for.
const MaxBatchRows = 64

// The signature of a row of a batch is
//
//	signature    64 bytes, over what the next two lines have
//	root         32 bytes, of the Merkle tree over the rows' bodies (RFC 6962)
//	rows         1 byte: how many there are
//	place        1 byte: the row's in the tree
//	proof        32 bytes a hash: that the body stands at this place
//
// So each row can be checked by itself, for ever. Checking an Ed25519 signature
// costs more than all else that a replica does for a claim; whoever knows the
// root already checks some hashes only. Such a row has version levelBatch at
// least, because software from before could not check it.
const (
	rootAt  = ed25519.SignatureSize
	placeAt = rootAt + tlog.HashSize + 1
	proofAt = placeAt + 1
)

// SignBatch signs 2 to MaxBatchRows rows with one signature. Every voter must
// be able to check that: View.BatchSigning.
func SignBatch(key *identity.Key, bodies []Body) []Row {
	return signBatch(key, encodeBatch(bodies))
}

// encodeBatch encodes the rows for signBatch.
func encodeBatch(bodies []Body) [][]byte {
	encoded := make([][]byte, len(bodies))
	for i, b := range bodies {
		b.Version = max(b.Version, levelBatch)
		encoded[i] = Encode(b)
	}
	return encoded
}

// signBatch signs 2 to MaxBatchRows rows with one signature.
func signBatch(key *identity.Key, bodies [][]byte) []Row {
	rows := make([]Row, len(bodies))
	var hashes []tlog.Hash // as tlog numbers them
	reader := tlog.HashReaderFunc(func(wanted []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(wanted))
		for i, at := range wanted {
			out[i] = hashes[at]
		}
		return out, nil
	})
	for i, body := range bodies {
		rows[i].Body = body
		hashes = append(hashes, must(tlog.StoredHashes(int64(i), body, reader))...)
	}
	root := must(tlog.TreeHash(int64(len(rows)), reader))
	signed := append(root[:], byte(len(rows)))
	signature := slices.Concat(key.Sign(batchDomain, signed), signed)
	for i := range rows {
		own := append(slices.Clone(signature), byte(i))
		for _, h := range must(tlog.ProveRecord(int64(len(rows)), int64(i), reader)) {
			own = append(own, h[:]...)
		}
		rows[i].Signature = own
	}
	return rows
}

// must is for what can fail only where hashes cannot be read.
func must[T any](value T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("sign a batch of rows: %v", err))
	}
	return value
}

// batchSigned reports whether the row has the signature of a batch.
func (r Row) batchSigned() bool { return len(r.Signature) > ed25519.SignatureSize }

// Signed returns what the row's signature is on, and under which domain; false
// if it cannot be one.
func (r Row) Signed() (domain string, message, signature []byte, ok bool) {
	if !r.batchSigned() {
		return rowDomain, r.Body, r.Signature, len(r.Signature) == ed25519.SignatureSize
	}
	if len(r.Signature) < proofAt || (len(r.Signature)-proofAt)%tlog.HashSize != 0 {
		return "", nil, nil, false
	}
	root, size, place := tlog.Hash(r.Signature[rootAt:placeAt-1]), int64(r.Signature[placeAt-1]), int64(r.Signature[placeAt])
	var proof tlog.RecordProof
	for h := range slices.Chunk(r.Signature[proofAt:], tlog.HashSize) {
		proof = append(proof, tlog.Hash(h))
	}
	if size < 2 || size > MaxBatchRows || place >= size || tlog.CheckRecord(proof, size, root, place, tlog.RecordHash(r.Body)) != nil {
		return "", nil, nil, false
	}
	return batchDomain, r.Signature[rootAt:placeAt], r.Signature[:rootAt], true
}
