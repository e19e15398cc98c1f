package link

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/ahsn-network/tracker/store/survey"
)

// Client calls other nodes. It keeps connections open for the next call. It is
// safe for concurrent use.
type Client struct {
	network   Network
	logger    *slog.Logger
	transport *http.Transport
	life      context.Context
	end       context.CancelFunc

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup // calls and dials
}

// NewClient returns a client that dials through the network.
func NewClient(n Network, logger *slog.Logger) *Client {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{network: n, logger: logger}
	c.life, c.end = context.WithCancel(context.Background())

	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	c.transport = &http.Transport{
		Protocols:              protocols,
		DialContext:            c.dial,
		DisableCompression:     true,
		MaxConnsPerHost:        maxCallConns,
		MaxIdleConnsPerHost:    maxIdleConns,
		IdleConnTimeout:        clientIdle,
		MaxResponseHeaderBytes: maxHeader,
	}
	return c
}

// dial is called by the transport, detached from the call that wants the connection, because
// another call may take it. So it has a deadline of its own.
func (c *Client) dial(ctx context.Context, _, address string) (net.Conn, error) {
	if !c.begin() {
		return nil, net.ErrClosed
	}
	defer c.running.Done()
	region, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}

	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	return c.network.Dial(ctx, survey.Region(region), ProtocolCall)
}

func (c *Client) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.running.Add(1)
	return true
}

// Call sends the request to the region's node and returns its answer. It waits
// until ctx ends, at most a minute. The error is
//
//	ErrUnreachable  nothing was sent
//	ErrInterrupted  the request was sent, and whether it was carried out is unknown
//	*CallError      the handler's own answer, or that the request is too large
//
// and wraps ctx's error where that was the cause. Definite tells which of them
// exclude an effect. A call is never sent twice.
func (c *Client) Call(ctx context.Context, to survey.Region, path string, request []byte) ([]byte, error) {
	if !c.begin() {
		return nil, fmt.Errorf("call %s%s: %w: %w", to, path, ErrUnreachable, net.ErrClosed)
	}
	defer c.running.Done()
	if len(request) > maxBody {
		return nil, fmt.Errorf("call %s%s: %w", to, path, requestTooLarge())
	}
	// Close ends the calls under way.
	ctx, cancel := context.WithTimeout(ctx, maxCall)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()

	response, sent, err := c.roundTrip(ctx, to, path, request)
	if err == nil {
		return response, nil
	}
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err)
	}

	// Only an answer of the handler excludes an effect once the request was sent.
	var own *CallError
	switch {
	case errors.As(err, &own):
	case sent:
		err = fmt.Errorf("%w: %w", ErrInterrupted, err)
	default:
		err = fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return nil, fmt.Errorf("call %s%s: %w", to, path, err)
}

// roundTrip reports in sent whether any byte of the request may have left.
//
// The transport writes in a goroutine of its own, so that a call that is given up may still be
// written a moment later. Therefore a request counts as sent as soon as it has a connection. The
// transport tries again by itself only if it has written nothing to a connection that turned out
// closed; then it asks for another one, and the count starts anew.
func (c *Client) roundTrip(ctx context.Context, to survey.Region, path string, request []byte,
) (response []byte, sent bool, err error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { connected.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})

	target := url.URL{Scheme: "http", Host: string(to), Path: path}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(request))
	if err != nil {
		return nil, false, err
	}
	r.Header.Set("Content-Type", "application/octet-stream")
	r.Header.Set("User-Agent", "") // none

	answer, err := c.transport.RoundTrip(r)
	if err != nil {
		return nil, connected.Load(), err
	}
	defer answer.Body.Close()

	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, true, err
	case len(body) > maxBody:
		return nil, true, errors.New("the answer is too large")
	case answer.StatusCode == http.StatusOK:
		return body, true, nil
	}
	return nil, true, refusalIn(answer, body)
}

// refusalIn decodes the error that the server sent.
func refusalIn(answer *http.Response, body []byte) error {
	refusal := new(CallError)
	if err := json.Unmarshal(body, refusal); err != nil || refusal.Code == "" {
		return &CallError{CodeInternal, "unreadable answer with status " + answer.Status}
	}
	return refusal
}

// Close gives up the calls under way, waits for them and closes the
// connections. Later calls return ErrUnreachable.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.end()
	c.running.Wait()
	c.transport.CloseIdleConnections()
}
