package registry

import (
	"crypto/ed25519"
	"crypto/sha256"
	"sync"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry/state"
)

// maxSignatures bounds the signatures remembered in each of the two maps.
const maxSignatures = 4096

// sigCache remembers signatures that this node made or checked. Rows that it signed, or checked
// before it handed them to raft, need no second check when they are applied, nor do the others of
// the same batch: that would cost more than the rest of a claim. It remembers only valid
// signatures, with their keys.
type sigCache struct {
	mu            sync.Mutex // held briefly
	recent, older map[[sha256.Size]byte]struct{}
}

// add remembers that the key signed the row.
func (c *sigCache) add(key ed25519.PublicKey, r state.Row) {
	if domain, message, signature, ok := r.Signed(); ok {
		c.remember(signatureID(key, domain, message, signature))
	}
}

func (c *sigCache) remember(id [sha256.Size]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The older half goes at once, so that no order has to be kept.
	if len(c.recent) >= maxSignatures {
		c.recent, c.older = nil, c.recent
	}
	if c.recent == nil {
		c.recent = map[[sha256.Size]byte]struct{}{}
	}
	c.recent[id] = struct{}{}
}

func (c *sigCache) has(id [sha256.Size]byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, recent := c.recent[id]
	_, older := c.older[id]
	return recent || older
}

// valid reports whether the key signed the row, and remembers it.
func (c *sigCache) valid(key ed25519.PublicKey, r state.Row) bool {
	domain, message, signature, ok := r.Signed()
	if !ok || len(key) != ed25519.PublicKeySize {
		return false
	}

	id := signatureID(key, domain, message, signature)
	if c.has(id) {
		return true
	}

	if !identity.Verify(key, domain, message, signature) {
		return false
	}
	c.remember(id)
	return true
}

// signatureID hashes key, signature, domain and message. The first two have fixed lengths and no
// domain begins with another, so that no other four give the same bytes.
func signatureID(key ed25519.PublicKey, domain string, message, signature []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(key)
	h.Write(signature)
	h.Write([]byte(domain))
	h.Write(message)
	return [sha256.Size]byte(h.Sum(nil))
}
