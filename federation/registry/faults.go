package registry

import (
	"context"

	"github.com/ahsn-network/tracker/federation/registry/state"
)

// Faults switches safeguards off, so that a test can see their use: without any of them the
// histories of its clients must show the fault. The zero value has them all. Every node has the
// zero value; no configuration leads here.
type Faults struct {
	Requests bool // a request is decided again each time that it arrives
	Tokens   bool // a change of a claim needs no current token
	Barrier  bool // a fresh read asks nobody
}

// install replaces the safeguards that are switched off.
func (f Faults) install(r *Registry) {
	if f.Requests || f.Tokens {
		r.machine.apply = state.Unguarded{Requests: f.Requests, Tokens: f.Tokens}.Apply
	}
	if f.Requests {
		r.remembered = func([]state.Body) [][]byte { return nil }
	}
	if f.Barrier {
		r.confirm = func(context.Context) error { return nil }
	}
}
