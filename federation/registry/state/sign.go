package state

import (
	"crypto/ed25519"
	"runtime"
	"sync"

	"github.com/ahsn-network/tracker/federation/identity"
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

// prepare decodes the rows and verifies their signatures, several at a time.
// keyOf must not depend on the rows: the sequential part verifies again where
// an earlier row of the same entry changed the key. valid is verifyRow, or knows
// its answer.
func prepare(rows []Row, keyOf func(*Body) ed25519.PublicKey, valid func(ed25519.PublicKey, Row) bool) []prepared {
	out := make([]prepared, len(rows))
	one := func(i int) {
		p := &out[i]
		p.body, p.upgrade, p.err = DecodeBody(rows[i].Body)
		if p.err != nil && !p.upgrade {
			return
		}
		p.key = keyOf(&p.body)
		p.valid = valid(p.key, rows[i])
	}
	workers := min(runtime.GOMAXPROCS(0), len(rows)/2)
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

// Size is what the row counts for in an entry.
func (r Row) Size() int { return len(r.Body) + len(r.Signature) + 16 }
