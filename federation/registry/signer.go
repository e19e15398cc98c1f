package registry

import (
	"crypto/ed25519"

	"github.com/ahsn-network/tracker/store/survey"
)

// Signer finds the region's key, or former key, that signed the row.
func (v View) Signer(region survey.Region, r Row) ed25519.PublicKey {
	m := v.member(region)
	if m == nil {
		return nil
	}
	for _, key := range append([]ed25519.PublicKey{m.Key}, m.PreviousKeys...) {
		if VerifyRow(key, r) {
			return key
		}
	}
	return nil
}
