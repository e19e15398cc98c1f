package registry

import (
	"crypto/ed25519"
	"crypto/sha256"
	"sync"
)

// knownMost bounds how many rows are remembered at a time; twice as many at most.
const knownMost = 4096

// knownRows are rows whose signatures this node made, or checked before it
// handed them to raft: applying them need not check them again, which would cost
// more than the rest of a claim. Only what is valid is remembered, with its key.
type knownRows struct {
	mu            sync.Mutex // held briefly
	recent, older map[[sha256.Size]byte]struct{}
}

func (k *knownRows) add(key ed25519.PublicKey, r row) {
	id := rowID(key, r)
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.recent) >= knownMost {
		k.recent, k.older = nil, k.recent
	}
	if k.recent == nil {
		k.recent = map[[sha256.Size]byte]struct{}{}
	}
	k.recent[id] = struct{}{}
}

// valid reports whether the key signed the row.
func (k *knownRows) valid(key ed25519.PublicKey, r row) bool {
	if len(key) != ed25519.PublicKeySize || len(r.Signature) != ed25519.SignatureSize {
		return false
	}
	id := rowID(key, r)
	k.mu.Lock()
	_, recent := k.recent[id]
	_, older := k.older[id]
	k.mu.Unlock()
	return recent || older || verifyRow(key, r)
}

// rowID is of key, signature and body. The first two have their fixed lengths,
// so that no other row has the same three in a row.
func rowID(key ed25519.PublicKey, r row) [sha256.Size]byte {
	h := sha256.New()
	h.Write(key)
	h.Write(r.Signature)
	h.Write(r.Body)
	return [sha256.Size]byte(h.Sum(nil))
}
