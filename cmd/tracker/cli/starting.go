package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"time"
)

const (
	startFor   = 8 * time.Second        // how long to wait for a node's certificate
	startPause = 100 * time.Millisecond // between looks
)

// startingTransport waits for a node that is starting for the first time. Such a node makes its own
// certificate, so a client that looked too early did not know what to trust. Nothing had been sent
// to the node by then.
type startingTransport struct {
	now http.RoundTripper
	// look returns the certificate file to trust, "" while there is none.
	look func() string
	// trust returns the transport to go on with.
	trust func(ca string) (http.RoundTripper, error)
	say   func(format string, args ...any)
}

// RoundTrip implements http.RoundTripper.
func (s *startingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := s.now.RoundTrip(r)
	var untrusted *tls.CertificateVerificationError

	// A body that cannot be read again cannot be sent again.
	if s.look == nil || !errors.As(err, &untrusted) || r.Body != nil && r.GetBody == nil {
		return response, err
	}

	ca := s.await(r.Context())
	s.look = nil // it is tried once only
	if ca == "" {
		return nil, err
	}

	if s.now, err = s.trust(ca); err != nil {
		return nil, err
	}

	again := r.Clone(r.Context())
	if r.GetBody != nil {
		if again.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	return s.now.RoundTrip(again)
}

// await waits until the node has written its certificate. It returns "" if ctx or the time ends
// first.
func (s *startingTransport) await(ctx context.Context) string {
	if ca := s.look(); ca != "" {
		return ca
	}
	s.say("The node is still starting: waiting for its certificate.")

	// The file may never come, for example if another program listens on the port.
	deadline := time.NewTimer(startFor)
	defer deadline.Stop()
	look := time.NewTicker(startPause)
	defer look.Stop()

	for {
		select {
		case <-look.C:
			if ca := s.look(); ca != "" {
				return ca
			}
		case <-deadline.C:
			return ""
		case <-ctx.Done():
			return ""
		}
	}
}
