package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	requestTimeout   = 60 * time.Second // of one attempt
	retryFor         = 20 * time.Second // after the first attempt whose outcome is unknown
	firstPause       = 200 * time.Millisecond
	longestPause     = 2 * time.Second
	maxResponseBytes = 64 << 20
)

// client speaks to one node's API. It is used by one goroutine.
type client struct {
	node     profile
	http     *http.Client
	key      string // of this invocation
	requests int    // that carried the key
	retryFor time.Duration
}

// reply is an answer of the API that is not a problem.
type reply struct {
	status int
	header http.Header
	body   json.RawMessage
}

// into decodes the body.
func (r reply) into(v any) error {
	if err := json.Unmarshal(r.body, v); err != nil {
		return fmt.Errorf("read the node's answer: %w", err)
	}
	return nil
}

// connect prepares a client from flags, variables or the directory. It opens
// no connection yet.
func (c *cli) connect() (*client, error) {
	node, err := c.profile()
	if err != nil {
		return nil, err
	}
	cl, err := newClient(node, c.key)
	if err != nil || node.ca != "" || node.dir == "" {
		return cl, err
	}
	cl.http.Transport = &startingTransport{now: cl.http.Transport, say: c.say,
		look: func() string {
			again, err := c.profile()
			if err == nil {
				_, err = trusting(again.ca) // it may be half written
			}
			if err != nil {
				return ""
			}
			return again.ca
		},
		trust: func(ca string) (http.RoundTripper, error) { return trusting(ca) },
	}
	return cl, nil
}

// trusting returns a transport that trusts the certificates of a file beside
// the system's.
func trusting(ca string) (*http.Transport, error) {
	trust := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		text, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("read the certificates to trust: %w", err)
		}
		if !roots.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s: no certificate in it: it must be PEM", ca)
		}
		trust.RootCAs = roots
	}
	return &http.Transport{TLSClientConfig: trust, Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}, nil
}

// newClient prepares a client of one node. key is the Idempotency-Key of the
// first change; a new one is made if it is empty.
func newClient(node profile, key string) (*client, error) {
	transport, err := trusting(node.ca)
	if err != nil {
		return nil, err
	}
	if key == "" {
		key = uuid.NewString()
	}
	return &client{node: node, key: key, retryFor: retryFor, http: &http.Client{
		Timeout:   requestTimeout,
		Transport: transport,
		// A redirect could carry the token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// get reads. Problems come back as the errors that they stand for; when the
// node does not answer, the error wraps errUnreachable.
func (cl *client) get(ctx context.Context, path string, query url.Values) (reply, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	r, _, err := cl.once(ctx, http.MethodGet, path, nil, "")
	return r, err
}

// post changes something. Each call of one invocation has its own key, made of
// the invocation's, so that repeating the command line with
// --idempotency-key repeats them all.
func (cl *client) post(ctx context.Context, path string, body any) (reply, error) {
	return cl.change(ctx, http.MethodPost, path, body, cl.nextKey())
}

// nextKey returns the key of the next change.
func (cl *client) nextKey() string {
	key := cl.key
	if cl.requests > 0 {
		key = fmt.Sprintf("%s-%d", cl.key, cl.requests)
	}
	cl.requests++
	return key
}

// change sends with a key. While the outcome is unknown it asks again with the
// same key, for at most retryFor; then the error wraps
// survey.ErrUnknownOutcome and names the key.
func (cl *client) change(ctx context.Context, method, path string, body any, key string) (reply, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return reply{}, fmt.Errorf("write the request: %w", err)
	}
	var deadline time.Time
	pause := firstPause
	for {
		r, sent, err := cl.once(ctx, method, path, text, key)
		unknown := errors.Is(err, survey.ErrUnknownOutcome) || err != nil && sent && errors.Is(err, errUnreachable)
		// After that, what did not reach the registry says nothing of the
		// attempt before.
		unknown = unknown || !deadline.IsZero() && (errors.Is(err, errUnreachable) || errors.Is(err, survey.ErrNoQuorum))
		if !unknown {
			return r, err
		}
		now := time.Now()
		if deadline.IsZero() {
			deadline = now.Add(cl.retryFor)
		}
		timer := time.NewTimer(pause)
		if now.Add(pause).Before(deadline) {
			select {
			case <-timer.C:
				pause = min(2*pause, longestPause)
				continue
			case <-ctx.Done():
			}
		}
		timer.Stop()
		return reply{}, &unknownOutcome{key: cl.key, cause: err}
	}
}

// once makes one attempt. sent says whether the node may have seen it.
func (cl *client) once(ctx context.Context, method, path string, body []byte, key string) (r reply, sent bool, err error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(cl.node.url, "/")+api.Prefix+path, bytes.NewReader(body))
	if err != nil {
		return reply{}, false, fmt.Errorf("%s %s: %w", method, path, err)
	}
	request.Header.Set("Authorization", "Bearer "+cl.node.token)
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := cl.http.Do(request)
	if err != nil {
		return reply{}, connected.Load(), cl.unreachable(err, connected.Load())
	}
	defer response.Body.Close()
	r, err = cl.answer(response)
	return r, true, err
}

// answer reads a response to its end.
func (cl *client) answer(response *http.Response) (reply, error) {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxResponseBytes+1))
	if err != nil {
		return reply{}, cl.unreachable(err, true)
	}
	if len(text) > maxResponseBytes {
		return reply{}, fmt.Errorf("the node's answer is larger than %d bytes", maxResponseBytes)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return reply{}, api.ErrorFromProblem(api.ParseProblem(response.StatusCode, text))
	}
	return reply{status: response.StatusCode, header: response.Header, body: text}, nil
}

// unreachable words a failure of the connection.
func (cl *client) unreachable(err error, sent bool) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		return &unreachableError{what: fmt.Sprintf("%s: its certificate is not trusted (%v)", cl.node.url, certificate.Err),
			next: ". Nothing was recorded. Name the certificate to trust with --ca; a node that makes its own writes it into its directory as ca.pem when it starts"}
	case sent:
		return &unreachableError{cause: err, what: fmt.Sprintf("%s did not answer (%v)", cl.node.url, err)}
	}
	return &unreachableError{cause: err, what: fmt.Sprintf("%s (%v)", cl.node.url, err),
		next: ". Nothing was recorded. Is the node running? \"tracker serve\" starts it, --node names another"}
}
