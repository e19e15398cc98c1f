package state

import (
	"crypto/ed25519"

	"github.com/ahsn-network/tracker/store/survey"
)

// Unguarded applies entries without some safeguards, so that a test can see their use. No node has
// one.
type Unguarded struct {
	Requests bool // a request is decided again each time that it arrives
	Tokens   bool // a change of a claim needs no current token
}

// Apply is State.Apply without the safeguards.
func (f Unguarded) Apply(s *State, data []byte, valid func(ed25519.PublicKey, Row) bool) ([]Result, error) {
	g := everyGuard()
	if f.Requests {
		g.decided = func(View, *Body) *requestRow { return nil }
	}
	if f.Tokens {
		g.token = func(change survey.ClaimChange, _ *survey.Claim) uint64 { return change.Token }
	}
	return s.applyGuarded(data, valid, g)
}
