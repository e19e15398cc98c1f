package link

import (
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"net"
	"sync"

	"github.com/ahsn-network/tracker/store/survey"
)

var errDisabled = errors.New("this node has the protocol disabled at the moment")

// conn is one authenticated connection.
type conn struct {
	*tls.Conn
	raw      net.Conn
	port     *Port
	peer     survey.Region
	key      string
	protocol string
	accepted bool // by this side, not dialed
	once     sync.Once
}

// Peer returns the region that the roster binds to the key of the other side,
// "" for a stranger.
func (c *conn) Peer() survey.Region { return c.peer }

// Key returns the key that the other side has proved to have.
func (c *conn) Key() ed25519.PublicKey { return ed25519.PublicKey(c.key) }

// Close ends the TLS session, for which it may wait some seconds if the other side does not read,
// and closes the connection.
func (c *conn) Close() error {
	c.once.Do(func() { c.port.forget(c) })
	return c.Conn.Close()
}

// abort closes the connection without ending the TLS session.
func (c *conn) abort() {
	c.once.Do(func() { c.port.forget(c) })
	c.raw.Close()
}

// admit registers the connection. It refuses an accepted one if its peer has too many for the
// protocol.
func (p *Port) admit(c *conn) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return net.ErrClosed
	}
	if p.disabled[c.protocol] {
		return &refusal{ReasonNoProtocol, errDisabled}
	}

	// Strangers are bounded together, members each for itself.
	if c.accepted && c.protocol == ProtocolJoin {
		if err := p.joins.enter(); err != nil {
			return err
		}
	}
	if c.accepted {
		of := peerProtocol{c.key, c.protocol}
		if p.perPeer[of] >= maxPerPeer {
			return &refusal{ReasonTooMany, errTooMany}
		}
		p.perPeer[of]++
	}

	p.conns[c] = struct{}{}
	return nil
}

func (p *Port) forget(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.conns[c]; !ok {
		return
	}

	delete(p.conns, c)
	if !c.accepted {
		return
	}
	if c.protocol == ProtocolJoin {
		p.joins.leave()
	}

	of := peerProtocol{c.key, c.protocol}
	if p.perPeer[of]--; p.perPeer[of] == 0 {
		delete(p.perPeer, of)
	}
}
