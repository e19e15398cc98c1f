package state

import (
	"crypto/ed25519"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/ahsn-network/tracker/federation/identity"
	"golang.org/x/mod/sumdb/tlog"
)

// rowDomain separates signatures on rows from every other signature of a node.
const rowDomain = "tracker registry row/1"

// SignRow encodes and signs a row with the origin's key.
func SignRow(key *identity.Key, b Body) Row {
	body := Encode(b)
	return Row{Body: body, Signature: key.Sign(rowDomain, body)}
}

// VerifyRow reports whether the key signed the row, by itself or in a
// batch.
func VerifyRow(public ed25519.PublicKey, r Row) bool {
	domain, message, signature, ok := r.Signed()
	return ok && len(public) == ed25519.PublicKeySize && identity.Verify(public, domain, message, signature)
}

// prepared is a row after the part of the work that needs no order: decoded,
// and its signature checked against key.
type prepared struct {
	body    Body
	upgrade bool
	err     error
	key     ed25519.PublicKey
	valid   bool
}

// prepare decodes the rows and verifies their signatures, several at a time. keyOf must not depend
// on the rows: the sequential part verifies again where an earlier row of the same entry changed
// the key. valid is VerifyRow, or knows its answer.
func prepare(rows []Row, keyOf func(*Body) ed25519.PublicKey, valid func(ed25519.PublicKey, Row) bool) []prepared {
	out := make([]prepared, len(rows))
	one := func(i int) {
		p := &out[i]
		p.body, p.upgrade, p.err = DecodeBody(rows[i].Body)
		// An unreadable row names no origin whose key could check it.
		if p.err != nil && !p.upgrade {
			return
		}
		p.key = keyOf(&p.body)
		p.valid = valid(p.key, rows[i])
	}

	workers := min(runtime.GOMAXPROCS(0), len(rows)/2)
	// A few rows are not worth the goroutines.
	if workers < 2 {
		for i := range rows {
			one(i)
		}
		return out
	}

	var group sync.WaitGroup
	for w := range workers { // neighbours at the same worker: they may have one signature
		group.Go(func() {
			for i := w * len(rows) / workers; i < (w+1)*len(rows)/workers; i++ {
				one(i)
			}
		})
	}
	group.Wait()
	return out
}

// Size returns the bytes that the row takes up in an entry.
func (r Row) Size() int { return len(r.Body) + len(r.Signature) + 16 }

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
// Each row can therefore be checked by itself, for ever. Checking an Ed25519 signature costs more
// than everything else that a replica does for a claim; a replica that has checked the root before
// computes some hashes only. Such a row has at least version levelBatch, because older software
// cannot check it.
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

	// tlog numbers leaves and inner hashes in one sequence.
	for i, body := range bodies {
		rows[i].Body = body
		hashes = append(hashes, must(tlog.StoredHashes(int64(i), body, reader))...)
	}

	root := must(tlog.TreeHash(int64(len(rows)), reader))
	signed := append(root[:], byte(len(rows)))
	signature := slices.Concat(key.Sign(batchDomain, signed), signed)

	// Each row carries the root and its own proof, so that it needs no other.
	for i := range rows {
		own := append(slices.Clone(signature), byte(i))
		for _, h := range must(tlog.ProveRecord(int64(len(rows)), int64(i), reader)) {
			own = append(own, h[:]...)
		}
		rows[i].Signature = own
	}
	return rows
}

// must returns the value. Only a failing read of hashes could cause an error, and they are in
// memory.
func must[T any](value T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("sign a batch of rows: %v", err))
	}
	return value
}

// batchSigned reports whether the row has the signature of a batch.
func (r Row) batchSigned() bool { return len(r.Signature) > ed25519.SignatureSize }

// Signed returns the domain, the message and the signature that cover the row; ok is false if the
// signature has no possible form.
func (r Row) Signed() (domain string, message, signature []byte, ok bool) {
	if !r.batchSigned() {
		return rowDomain, r.Body, r.Signature, len(r.Signature) == ed25519.SignatureSize
	}

	if len(r.Signature) < proofAt || (len(r.Signature)-proofAt)%tlog.HashSize != 0 {
		return "", nil, nil, false
	}

	root, size, place := tlog.Hash(r.Signature[rootAt:placeAt-1]), int64(r.Signature[placeAt-1]),
		int64(r.Signature[placeAt])
	var proof tlog.RecordProof
	for h := range slices.Chunk(r.Signature[proofAt:], tlog.HashSize) {
		proof = append(proof, tlog.Hash(h))
	}

	if size < 2 || size > MaxBatchRows || place >= size ||
		tlog.CheckRecord(proof, size, root, place, tlog.RecordHash(r.Body)) != nil {
		return "", nil, nil, false
	}
	return batchDomain, r.Signature[rootAt:placeAt], r.Signature[:rootAt], true
}
