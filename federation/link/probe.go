package link

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
)

// Step is one step on the way to a node. They are taken in this order.
type Step string

const (
	StepName   Step = "name"   // its name resolves
	StepTCP    Step = "tcp"    // somebody accepts the connection
	StepTLS    Step = "tls"    // and speaks TLS 1.3 and the protocol
	StepKey    Step = "key"    // with the key that was wanted
	StepAccept Step = "accept" // and takes this node in
)

// Steps returns all of them in their order.
func Steps() []Step { return []Step{StepName, StepTCP, StepTLS, StepKey, StepAccept} }

// Probing names the address to probe and the node expected there.
type Probing struct {
	Key        *identity.Key // this node's
	Federation identity.FederationID
	Address    string
	Protocol   string
	Wanted     func(ed25519.PublicKey) bool // may it be the key that answers?
}

// Probed is the result of a probe: how far it came, and the node that it found.
type Probed struct {
	Failed    Step // the first step that did, "" if none
	Err       error
	Addresses []string          // of the name
	Key       ed25519.PublicKey // that the other side proved, nil if it is no Ed25519 key
	Issuer    string            // of its certificate, "" if none
	Print     string            // SHA-256 of that certificate, hexadecimal
	Version   uint16            // of TLS
	Took      time.Duration
}

// stepTimeout bounds one step of a probe.
const stepTimeout = 5 * time.Second

var (
	errOldTLS = errors.New("it speaks TLS 1.2 only")
	errSilent = errors.New("it does not answer")
)

// Probe connects to an address as a node does, and reports the step at which that fails. A TLS 1.3
// dialer has finished before the other side checks its key, so that the probe waits for the other
// side's answer. It takes at most 5 s for a step.
func Probe(ctx context.Context, p Probing) Probed {
	began := time.Now()
	var found Probed
	found.Failed, found.Err = found.probe(ctx, p)
	found.Took = time.Since(began)
	return found
}

// probe takes the steps and returns the one that failed.
func (found *Probed) probe(ctx context.Context, p Probing) (Step, error) {
	host, _, err := net.SplitHostPort(p.Address)
	if err != nil {
		return StepName, err
	}
	if found.Addresses, err = lookUp(ctx, host); err != nil {
		return StepName, err
	}

	// A connection.
	dialing, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	var dialer net.Dialer
	raw, err := dialer.DialContext(dialing, "tcp", p.Address)
	if err != nil {
		return StepTCP, err
	}
	defer raw.Close()

	// A handshake that shows the key.
	certificate, err := selfSigned(p.Key)
	if err != nil {
		return StepTLS, err
	}
	if err := raw.SetDeadline(time.Now().Add(stepTimeout)); err != nil {
		return StepTLS, err
	}
	defer context.AfterFunc(ctx, func() { raw.SetDeadline(time.Unix(1, 0)) })()

	secure := tls.Client(raw, found.config(certificate, p))
	if err := secure.HandshakeContext(ctx); err != nil {
		if errors.Is(err, ErrWrongKey) {
			return StepKey, err
		}
		return StepTLS, silentOr(err)
	}

	if secure.ConnectionState().NegotiatedProtocol != p.Protocol {
		return StepTLS, fmt.Errorf("it does not speak %s", p.Protocol)
	}

	// The other side's answer.
	answer := make([]byte, 1)
	if err := raw.SetDeadline(time.Now().Add(stepTimeout)); err != nil {
		return StepAccept, err
	}
	if _, err := io.ReadFull(secure, answer); err != nil || answer[0] != ready {
		return StepAccept, silentOr(err)
	}
	return "", nil
}

// config notes the certificate and the version of any node that answers, also over an older TLS,
// and goes on with the wanted key over TLS 1.3 alone.
func (found *Probed) config(certificate tls.Certificate, p Probing) *tls.Config {
	config := pinned(certificate, p.Federation, p.Protocol, nil, "")
	config.MinVersion = tls.VersionTLS12
	config.VerifyConnection = func(state tls.ConnectionState) error {
		found.see(state.PeerCertificates)
		found.Version = state.Version

		key, err := keyOf(state)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrWrongKey, err)
		}
		found.Key = key

		switch {
		case !p.Wanted(key):
			return ErrWrongKey
		case state.Version < tls.VersionTLS13:
			return errOldTLS
		}
		return nil
	}
	return config
}

func (found *Probed) see(shown []*x509.Certificate) {
	if len(shown) == 0 {
		return
	}
	found.Issuer = shown[0].Issuer.String()
	found.Print = fmt.Sprintf("%x", sha256.Sum256(shown[0].Raw))
}

// lookUp returns the addresses of a host; for an address, itself.
func lookUp(ctx context.Context, host string) ([]string, error) {
	if net.ParseIP(host) != nil {
		return []string{host}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	return net.DefaultResolver.LookupHost(ctx, host)
}

// silentOr says plainly that no answer came.
func silentOr(err error) error {
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return fmt.Errorf("%w: nothing within %s", errSilent, stepTimeout)
	}
	if err == nil {
		return errors.New("it speaks another protocol")
	}
	return err
}
