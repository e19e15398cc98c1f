package link

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// ready is the byte that the accepting side sends when it has accepted the connection. In TLS 1.3 a
// dialer has finished its handshake before the other side checks the dialer's key; without this
// byte a refused dialer would learn of it much later, as an interruption.
const ready = 0x01

// welcome leads one incoming connection through its handshake to the listener of its protocol.
func (p *Port) welcome(raw net.Conn) {
	stop := context.AfterFunc(p.life, func() { raw.Close() })
	defer stop()

	raw.SetDeadline(time.Now().Add(handshakeTimeout))
	secure := tls.Server(raw, p.serverConfig())
	err := secure.HandshakeContext(p.life)
	if err == nil {
		err = p.take(raw, secure)
	}

	if err == nil {
		return
	}
	raw.Close()
	if p.life.Err() == nil {
		p.refusals.note(raw.RemoteAddr(), reasonFor(err))
	}
}

// take registers the connection, tells the dialer so and queues it.
func (p *Port) take(raw net.Conn, secure *tls.Conn) error {
	state := secure.ConnectionState()
	peer, key, err := p.entitled(state)
	if err != nil {
		return err
	}

	// The place in the queue comes first, so that an accepted connection is never dropped.
	p.mu.Lock()
	l := p.listeners[state.NegotiatedProtocol]
	p.mu.Unlock()
	if l == nil {
		return &refusal{ReasonNoProtocol, net.ErrClosed}
	}
	if err := l.reserve(); err != nil {
		return err
	}

	c := &conn{Conn: secure, raw: raw, port: p, peer: survey.Region(peer), key: string(key),
		protocol: state.NegotiatedProtocol, accepted: true}
	if err := p.admit(c); err != nil {
		l.put(nil)
		return err
	}

	// The roster may have changed between the handshake and admit, and Drop not have seen this
	// connection.
	if _, _, err = p.entitled(state); err == nil {
		_, err = secure.Write([]byte{ready})
	}
	if err != nil {
		l.put(nil)
		c.abort()
		return err
	}

	raw.SetDeadline(time.Time{})
	p.mu.Lock()
	p.accepted++
	p.mu.Unlock()
	l.put(c)
	return nil
}

// reasonFor finds the reason in the error of a handshake.
func reasonFor(err error) *refusal {
	var own *refusal
	if errors.As(err, &own) {
		return own
	}
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		return &refusal{ReasonNotTLS, err}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &refusal{ReasonTimeout, err}
	}
	return &refusal{ReasonHandshake, err}
}
