package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Dial connects to the region's node; see Network. The address comes from the roster and is
// resolved anew each time. It takes at most 10 s, also if ctx has no deadline, and returns when the
// other node has accepted the connection: ErrRefused if it did not, ErrWrongKey if it has not the
// region's key.
func (p *Port) Dial(ctx context.Context, to survey.Region, protocol string) (net.Conn, error) {
	member, ok := p.opts.Roster.Member(to)
	if !ok || member.State == survey.MemberRemoved {
		return nil, fmt.Errorf("dial %s: %w", to, ErrNotInRoster)
	}

	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	stop := context.AfterFunc(p.life, cancel)
	defer stop()

	c, err := p.dial(ctx, member, protocol)
	p.noteDialed(to, err)
	if err != nil {
		if p.life.Err() != nil {
			err = net.ErrClosed
		}
		return nil, fmt.Errorf("dial %s at %s for %s: %w", to, member.Address, protocol, err)
	}
	return c, nil
}

// dial connects to the member and registers the connection.
func (p *Port) dial(ctx context.Context, to survey.Member, protocol string) (*conn, error) {
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, "tcp", to.Address)
	if err != nil {
		return nil, err
	}

	secure, err := handshake(ctx, raw, p.dialConfig(to, protocol))
	if err != nil {
		raw.Close()
		return nil, err
	}

	c := &conn{Conn: secure, raw: raw, port: p, peer: to.Region, key: string(to.Key), protocol: protocol}
	if err := p.admit(c); err != nil {
		raw.Close()
		return nil, err
	}

	// Drop may have come between the handshake and admit.
	if now, ok := p.opts.Roster.Member(to.Region); !ok || !now.Key.Equal(to.Key) || now.State == survey.MemberRemoved {
		c.abort()
		return nil, ErrNotInRoster
	}

	p.mu.Lock()
	p.dialed++
	p.mu.Unlock()
	return c, nil
}

// handshake does the handshake and waits until the other side has accepted the connection.
func handshake(ctx context.Context, raw net.Conn, config *tls.Config) (*tls.Conn, error) {
	stop := context.AfterFunc(ctx, func() { raw.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	secure := tls.Client(raw, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, refusedOr(ctx, err)
	}

	// In TLS 1.3 the other side checks this node's key only now.
	answer := make([]byte, 1)
	if _, err := io.ReadFull(secure, answer); err != nil {
		return nil, refusedOr(ctx, err)
	}
	if answer[0] != ready {
		return nil, fmt.Errorf("%w: it speaks another protocol", ErrRefused)
	}
	// The deadline may have been set.
	if !stop() {
		return nil, ctx.Err()
	}
	return secure, nil
}

// refusedOr tells a refusal by the other side from a failure here.
func refusedOr(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, ErrWrongKey), errors.Is(err, ErrRefused):
		return err
	}
	return fmt.Errorf("%w: %w", ErrRefused, err)
}
