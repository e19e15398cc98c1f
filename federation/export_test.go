package federation

import (
	"context"

	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store/survey"
)

// Registry lets a test look at the registry itself.
func (f *Federation) Registry() *registry.Registry { return f.registry }

// Weaken switches safeguards of the node's registry off.
func (o *Options) Weaken(w registry.Faults) { o.registryFaults = w }

// Mislead makes the node's figures wrong on purpose.
func (o *Options) Mislead(f totals.Faults) { o.faults = f }

// Hello lets a test greet a node as another instance of a member's key.
func (f *Federation) Hello(ctx context.Context, peer survey.Region, request []byte) ([]byte, error) {
	return f.hello(ctx, peer, request)
}
