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

// errNoMore says that a request cannot be made: there is nothing left to ask.
var errNoMore = errors.New("nothing left to ask")

// errLimited says that the nodes refuse to be measured any further.
var errLimited = errors.New("this federation limits what is measured: use a demo that does not")

// requestFunc makes one request and waits for its answer.
type requestFunc func(context.Context, *cli.Client) error

// tally collects what the clients of one measurement saw.
type tally struct {
	mu     sync.Mutex
	took   []time.Duration
	failed int
	first  error
	dry    bool
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

// useHTTP1 keeps the client from HTTP/2, which costs both ends more and gains
// nothing where each connection carries one request at a time.
func useHTTP1(cl *cli.Client) {
	if transport, ok := cl.HTTP.Transport.(*http.Transport); ok {
		transport.ForceAttemptHTTP2 = false
	}
}

// loop lets n clients, each with a connection of its own and spread over the
// nodes, ask one request after the other until the time is over. It returns
// when all are answered.
func (b *measurement) loop(ctx context.Context, n int, request requestFunc) (result, error) {
	var clients []*cli.Client
	for i := range n {
		cl, err := cli.NewClient(b.nodes.profiles[i%len(b.nodes.profiles)], "")
		if err != nil {
			return result{}, err
		}
		defer cl.HTTP.CloseIdleConnections()
		useHTTP1(cl)
		if _, err := cl.Get(ctx, "/status", nil); err != nil { // opens the connection
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
	if times.limit != nil {
		return result{}, times.limit
	}
	r := summarize(n, times.failed, times.took, time.Since(begun))
	if after, still := b.nodes.cpu(); known && still && r.Requests > 0 {
		each := milliseconds(after-cpu) / float64(r.Requests)
		r.ServerCPU = &each
	}
	if times.first != nil {
		b.Say("%d clients: %d requests failed, the first with: %s", n, times.failed, cli.Explain(times.first))
	}
	if times.dry {
		b.Say("%d clients: the companies were used up after %.1f s: give more with --companies", n, r.Seconds)
	}
	if err := ctx.Err(); err != nil {
		return r, fmt.Errorf("the measurement was stopped: %w", err)
	}
	return r, nil
}
