package registry

import (
	"crypto/ed25519"
	"crypto/sha256"
	"sync"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry/state"
)

// maxSignatures bounds how many signatures are remembered at a time; twice as many
// at most.
const maxSignatures = 4096

// sigCache are signatures that this node made or checked. Rows that it signed,
// or checked before it handed them to raft, need not be checked again when they
// are applied, nor the others that were signed together with one of them: that
// would cost more than the rest of a claim. Only what is valid is remembered,
// with its key.
type sigCache struct {
	mu            sync.Mutex // held briefly
	recent, older map[[sha256.Size]byte]struct{}
}

// add remembers that the key signed the row.
func (k *sigCache) add(key ed25519.PublicKey, r state.Row) {
	if domain, message, signature, ok := r.Signed(); ok {
		k.remember(signatureID(key, domain, message, signature))
	}
}

func (k *sigCache) remember(id [sha256.Size]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.recent) >= maxSignatures {
		k.recent, k.older = nil, k.recent
	}
	if k.recent == nil {
		k.recent = map[[sha256.Size]byte]struct{}{}
	}
	k.recent[id] = struct{}{}
}

func (k *sigCache) has(id [sha256.Size]byte) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, recent := k.recent[id]
	_, older := k.older[id]
	return recent || older
}

// valid reports whether the key signed the row, and remembers it.
func (k *sigCache) valid(key ed25519.PublicKey, r state.Row) bool {
	domain, message, signature, ok := r.Signed()
	if !ok || len(key) != ed25519.PublicKeySize {
		return false
	}
	id := signatureID(key, domain, message, signature)
	if k.has(id) {
		return true
	}
	if !identity.Verify(key, domain, message, signature) {
		return false
	}
	k.remember(id)
	return true
}

// signatureID is of key, signature, domain and message. The first two have their
// fixed lengths and no domain begins with another, so that nothing else has the
// same four in a row.
func signatureID(key ed25519.PublicKey, domain string, message, signature []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(key)
	h.Write(signature)
	h.Write([]byte(domain))
	h.Write(message)
	return [sha256.Size]byte(h.Sum(nil))
}
