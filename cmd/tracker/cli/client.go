package cli

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

// Limits of a request.
const (
	RequestTimeout   = 60 * time.Second // of one attempt
	retryTimeout     = 20 * time.Second // after the first attempt whose outcome is unknown
	firstPause       = 200 * time.Millisecond
	longestPause     = 2 * time.Second
	MaxResponseBytes = 64 << 20
)

// Client speaks to one node's API. Only one goroutine may use it.
type Client struct {
	Node     Profile
	HTTP     *http.Client
	key      string // of this run
	requests int    // how many carried the key
	RetryFor time.Duration
}

// Reply is an answer of the API that reports no problem.
type Reply struct {
	Status int
	Header http.Header
	Body   json.RawMessage
}

// Into decodes the body.
func (r Reply) Into(v any) error {
	if err := json.Unmarshal(r.Body, v); err != nil {
		return fmt.Errorf("read the node's answer: %w", err)
	}
	return nil
}

// Connect prepares a client from flags, variables or the directory. It opens no connection yet.
func (c *Invocation) Connect() (*Client, error) {
	node, err := c.Profile()
	if err != nil {
		return nil, err
	}
	cl, err := NewClient(node, c.key)
	if err != nil || node.ca != "" || node.Dir == "" {
		return cl, err
	}

	// A node without a certificate file may be starting for the first time and about to write it.
	cl.HTTP.Transport = &startingTransport{now: cl.HTTP.Transport, say: c.Say,
		look: func() string {
			again, err := c.Profile()
			if err == nil {
				// The file may be half written.
				_, err = Trusting(again.ca)
			}
			if err != nil {
				return ""
			}
			return again.ca
		},
		trust: func(ca string) (http.RoundTripper, error) { return Trusting(ca) },
	}
	return cl, nil
}

// Trusting returns a transport that trusts the certificates in a file as well as the system's. An
// empty name adds none.
func Trusting(ca string) (*http.Transport, error) {
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
			return nil, fmt.Errorf("%s: there is no certificate in it: it must be PEM", ca)
		}
		trust.RootCAs = roots

	}
	return &http.Transport{TLSClientConfig: trust, Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}, nil
}

// NewClient prepares a client of one node. key is the Idempotency-Key of the first change; if it is
// empty, a new one is made.
func NewClient(node Profile, key string) (*Client, error) {
	transport, err := Trusting(node.ca)
	if err != nil {
		return nil, err
	}
	if key == "" {
		key = uuid.NewString()
	}
	return &Client{Node: node, key: key, RetryFor: retryTimeout, HTTP: &http.Client{
		Timeout:   RequestTimeout,
		Transport: transport,
		// A redirect could carry the token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Get reads. It returns the error that the node's problem stands for, and an error wrapping
// ErrUnreachable if the node does not answer.
func (cl *Client) Get(ctx context.Context, path string, query url.Values) (Reply, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	r, _, err := cl.once(ctx, http.MethodGet, path, nil, "")
	return r, err
}

// Post changes something. Each call of one run has its own key, made from the run's, so that the
// same command line with --idempotency-key repeats every one of them.
func (cl *Client) Post(ctx context.Context, path string, body any) (Reply, error) {
	return cl.Change(ctx, http.MethodPost, path, body, cl.NextKey())
}

// NextKey returns the key of the next change.
func (cl *Client) NextKey() string {
	key := cl.key
	if cl.requests > 0 {
		key = fmt.Sprintf("%s-%d", cl.key, cl.requests)
	}
	cl.requests++
	return key
}

// Change sends a request with a key. While the outcome is unknown it asks again with the same key,
// for at most RetryFor. After that it returns an error that wraps survey.ErrUnknownOutcome and
// names the key.
func (cl *Client) Change(ctx context.Context, method, path string, body any, key string) (Reply, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return Reply{}, fmt.Errorf("write the request: %w", err)
	}

	var deadline time.Time
	pause := firstPause
	for {
		r, sent, err := cl.once(ctx, method, path, text, key)
		unknown := errors.Is(err, survey.ErrUnknownOutcome) || err != nil && sent && errors.Is(err, ErrUnreachable)
		// Once an outcome was unknown, a request that did not reach the registry says nothing about
		// the earlier one.
		notRegistry := errors.Is(err, ErrUnreachable) || errors.Is(err, survey.ErrNoQuorum)
		unknown = unknown || !deadline.IsZero() && notRegistry
		if !unknown {
			return r, err
		}

		now := time.Now()
		if deadline.IsZero() {
			deadline = now.Add(cl.RetryFor)
		}

		// Longer pauses each time, so that a busy node is not asked more because it is busy.
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
		return Reply{}, &UnknownOutcome{key: cl.key, cause: err}
	}
}

// once makes one attempt. sent reports whether the node may have seen it.
func (cl *Client) once(ctx context.Context, method, path string, body []byte, key string) (
	r Reply, sent bool, err error) {
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	ctx = httptrace.WithClientTrace(ctx, trace)
	address := strings.TrimRight(cl.Node.URL, "/") + api.Prefix + path
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return Reply{}, false, fmt.Errorf("%s %s: %w", method, path, err)
	}

	request.Header.Set("Authorization", "Bearer "+cl.Node.Token)
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}

	response, err := cl.HTTP.Do(request)
	if err != nil {
		return Reply{}, connected.Load(), cl.unreachable(err, connected.Load())
	}
	defer response.Body.Close()
	r, err = cl.answer(response)
	return r, true, err
}

// answer reads a response to its end.
func (cl *Client) answer(response *http.Response) (Reply, error) {
	text, err := io.ReadAll(io.LimitReader(response.Body, MaxResponseBytes+1))
	if err != nil {
		return Reply{}, cl.unreachable(err, true)
	}
	if len(text) > MaxResponseBytes {
		return Reply{}, fmt.Errorf("the node's answer is larger than %d bytes", MaxResponseBytes)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return Reply{}, api.ErrorFromProblem(api.ParseProblem(response.StatusCode, text))
	}
	return Reply{Status: response.StatusCode, Header: response.Header, Body: text}, nil
}

// unreachable describes a failed connection and what to do about it.
func (cl *Client) unreachable(err error, sent bool) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var certificate *tls.CertificateVerificationError

	switch {
	// The handshake failed, so the node has not seen the request.
	case errors.As(err, &certificate):
		return &unreachableError{what: fmt.Sprintf("%s: its certificate is not trusted (%v)", cl.Node.URL,
			certificate.Err),
			next: ". Nothing was recorded. Name the certificate to trust with --ca; " +
				"a node that makes its own writes it to ca.pem in its directory when it starts"}
	case sent:
		return &unreachableError{cause: err, what: fmt.Sprintf("%s did not answer (%v)", cl.Node.URL, err)}
	}

	return &unreachableError{cause: err, what: fmt.Sprintf("%s (%v)", cl.Node.URL, err),
		next: ". Nothing was recorded. Is the node running? \"tracker serve\" starts it, --node names another"}
}
