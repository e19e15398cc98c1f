package link

import (
	"crypto/tls"
	"errors"
	"maps"
	"net"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// badCertificate is the TLS alert (RFC 8446, 6.2) with which a node ends the
// handshake of a key that its roster does not have, or has as removed.
const badCertificate tls.AlertError = 42

// turnedAway reports whether the other side ended the connection because of
// this node's key.
func turnedAway(err error) bool {
	var remote *net.OpError
	return errors.As(err, &remote) && remote.Op == "remote error" && remote.Err.Error() == badCertificate.Error()
}

// noteDialed notes whether the region's node accepted this node's key when it was dialed last.
// Another failure says nothing about that.
func (p *Port) noteDialed(to survey.Region, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err == nil:
		delete(p.turnedAway, to)
	case turnedAway(err):
		p.turnedAway[to] = true
	}
}

// TurnedAway returns, in order, the regions whose nodes did not accept this node's key when they
// were dialed last: it was removed or replaced in their rosters, or never was there.
func (p *Port) TurnedAway() []survey.Region {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.turnedAway))
}
