package link

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// serverName returns the SNI of a dialer. The name can resolve nowhere (RFC 6761).
func serverName(id identity.FederationID) string { return id.String() + ".federation.invalid" }

// selfSigned wraps the key in the certificate that TLS needs. Only the key in it is ever checked,
// so that it is valid for as long as certificates can be.
func selfSigned(key *identity.Key) (tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: identity.NodeID(key.Public())},
		NotBefore:    time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC), // "no end": RFC 5280, 4.1.2.5
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key.Signer())
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key.Signer()}, nil
}

// serverConfig is made for every handshake, because protocols come and go. Trust is decided in
// VerifyConnection: VerifyPeerCertificate would be skipped on a resumed session, and there are no
// tickets to resume one with.
func (p *Port) serverConfig() *tls.Config {
	base := &tls.Config{
		Certificates:           []tls.Certificate{p.certificate},
		MinVersion:             tls.VersionTLS13,
		ClientAuth:             tls.RequireAnyClientCert,
		SessionTicketsDisabled: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			_, _, err := p.entitled(state)
			return err
		},
	}

	want := serverName(p.opts.Federation)
	base.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if !slices.Contains(hello.SupportedVersions, tls.VersionTLS13) {
			return nil, &refusal{ReasonVersion, errors.New("no TLS 1.3")}
		}
		if hello.ServerName != want {
			return nil, &refusal{ReasonFederation, fmt.Errorf("asks for %.80q", hello.ServerName)}
		}

		protocols := p.protocols()
		// A dialer that asks for none of the protocols is told so before its key is checked.
		if !slices.ContainsFunc(hello.SupportedProtos, func(s string) bool { return slices.Contains(protocols, s) }) {
			return nil, &refusal{ReasonNoProtocol, fmt.Errorf("asks for %.80q", hello.SupportedProtos)}
		}
		config := base.Clone()
		config.GetConfigForClient, config.NextProtos = nil, protocols
		return config, nil
	}
	return base
}

// dialConfig pins the key of the member that is dialed.
func (p *Port) dialConfig(to survey.Member, protocol string) *tls.Config {
	return pinned(p.certificate, p.opts.Federation, protocol, to.Key, string(to.Region))
}

// pinned returns the configuration of a dialer that expects one key.
func pinned(own tls.Certificate, federation identity.FederationID, protocol string, want ed25519.PublicKey,
	whose string) *tls.Config {
	return &tls.Config{
		Certificates:           []tls.Certificate{own},
		MinVersion:             tls.VersionTLS13,
		ServerName:             serverName(federation),
		NextProtos:             []string{protocol},
		InsecureSkipVerify:     true, // in favour of VerifyConnection
		SessionTicketsDisabled: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			key, err := keyOf(state)
			if err != nil {
				return err
			}
			if !key.Equal(want) {
				return fmt.Errorf("%w: it is %s, %s has %s", ErrWrongKey, identity.NodeID(key), whose,
					identity.NodeID(want))
			}
			// A server without the protocol goes on without any.
			if state.NegotiatedProtocol != protocol {
				return fmt.Errorf("%w: no %s", ErrRefused, protocol)
			}
			return nil
		},
	}
}

// keyOf returns the key that the other side proved to have.
func keyOf(state tls.ConnectionState) (ed25519.PublicKey, error) {
	if len(state.PeerCertificates) == 0 {
		return nil, errors.New("no certificate")
	}
	key, ok := state.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("not an Ed25519 key")
	}
	return key, nil
}

// memberOf returns the member at the other end of an accepted connection. A suspended member is
// one: it must be able to follow the registry.
func (p *Port) memberOf(state tls.ConnectionState) (survey.Member, error) {
	key, err := keyOf(state)
	if err != nil {
		return survey.Member{}, &refusal{ReasonUnknownKey, err}
	}
	member, ok := p.opts.Roster.MemberByKey(key)
	switch {
	case !ok:
		return survey.Member{}, &refusal{ReasonUnknownKey, fmt.Errorf("node id %s", identity.NodeID(key))}
	case member.State == survey.MemberRemoved:
		return survey.Member{}, &refusal{ReasonRemoved,
			fmt.Errorf("%s, node id %s", member.Region, identity.NodeID(key))}
	}
	return member, nil
}
