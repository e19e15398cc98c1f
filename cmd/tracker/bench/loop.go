package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

// errNoMore: there is nothing left to ask for.
var errNoMore = errors.New("nothing left to ask")

// errLimited: the nodes do not allow as many requests as are to be measured.
var errLimited = errors.New("this federation limits what is measured: use a demo that does not")

// requestFunc makes one request and waits for the answer.
type requestFunc func(context.Context, *cli.Client) error

// tally collects the results of all clients of one measurement.
type tally struct {
	mu     sync.Mutex
	took   []time.Duration
	failed int
	first  error
	dry    bool  // a client had nothing left to ask for
	limit  error // wraps errLimited
}

func (t *tally) add(took time.Duration, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case errors.Is(err, errNoMore):
		t.dry = true
	case errors.Is(err, errLimited):
		t.limit = err
	case err != nil:
		t.failed++
		if t.first == nil {
			t.first = err
		}
	default:
		t.took = append(t.took, took)
	}
}

// useHTTP1 keeps the client from using HTTP/2, which costs both ends more and gains nothing if each
// connection carries one request at a time.
func useHTTP1(cl *cli.Client) {
	if transport, ok := cl.HTTP.Transport.(*http.Transport); ok {
		transport.ForceAttemptHTTP2 = false
	}
}

// loop lets n clients send one request after another until the time is up. Each has its own
// connection, and they are spread over the nodes. It returns when all requests are answered.
func (b *measurement) loop(ctx context.Context, n int, request requestFunc) (result, error) {
	var clients []*cli.Client
	for i := range n {
		cl, err := cli.NewClient(b.nodes.profiles[i%len(b.nodes.profiles)], "")
		if err != nil {
			return result{}, err
		}

		defer cl.HTTP.CloseIdleConnections()
		useHTTP1(cl)
		// Opened before the clock starts, so that handshakes are not measured.
		if _, err := cl.Get(ctx, "/status", nil); err != nil {
			return result{}, err
		}
		clients = append(clients, cl)
	}

	limit := time.Duration(b.seconds) * time.Second
	loopCtx, cancel := context.WithTimeout(ctx, limit+windUpTimeout)
	defer cancel()

	var times tally
	var all sync.WaitGroup

	cpu, known := b.nodes.cpu()
	begun := time.Now()
	for _, cl := range clients {
		all.Go(func() {
			for time.Since(begun) < limit && ctx.Err() == nil {
				asked := time.Now()
				err := request(loopCtx, cl)
				times.add(time.Since(asked), err)
				if errors.Is(err, errNoMore) || errors.Is(err, errLimited) {
					return
				}
			}
		})
	}

	all.Wait()

	// A limited measurement has no result: refusals are faster than claims.
	if times.limit != nil {
		return result{}, times.limit
	}

	r := summarize(n, times.failed, times.took, time.Since(begun))
	r.ServerCPU = b.nodes.cpuEach(cpu, known, r.Requests)

	if times.first != nil {
		b.Say("%d clients: %d requests failed, the first one with: %s", n, times.failed, cli.Explain(times.first))
	}
	if times.dry {
		b.Say("%d clients: no companies were left after %.1f s: allow more with --companies", n, r.Seconds)
	}
	if err := ctx.Err(); err != nil {
		return r, fmt.Errorf("the measurement was stopped: %w", err)
	}
	return r, nil
}
