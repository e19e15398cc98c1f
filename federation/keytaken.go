package federation

import (
	"context"
	"crypto/ed25519"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

// keyTakenTimeout bounds how long KeyTaken asks.
const keyTakenTimeout = 5 * time.Second

// KeyTaken reports whether another node takes the key as this region's: the roster there has it. It
// asks all of them at once, for at most 5 s; it also returns false if no node answers. It is for a
// node whose own copy of the roster missed the change of its key, so that no other node talks to it
// any more.
func KeyTaken(ctx context.Context, dir string, region survey.Region, key *identity.Key) bool {
	peers, err := LoadPeers(dir)
	if err != nil {
		return false
	}

	ctx, cancel := context.WithTimeout(ctx, keyTakenTimeout)
	defer cancel()
	answers := make(chan bool, len(peers.Members))
	asked := 0
	for _, m := range peers.Members {
		if m.Region == region || m.State == survey.MemberRemoved {
			continue
		}
		asked++
		go func() { // ends by ctx at the latest
			found := link.Probe(ctx, link.Probing{
				Key: key, Federation: peers.Federation, Address: m.Address, Protocol: link.ProtocolCall,
				Wanted: func(shown ed25519.PublicKey) bool { return m.Key.Equal(shown) },
			})
			answers <- found.Failed == ""
		}()
	}

	// One node that takes the key is enough.
	taken := false
	for range asked {
		if <-answers {
			taken = true
			cancel()
		}
	}
	return taken
}
