package registry

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/ahsn-network/tracker/federation/registry/state"
)

// Bounds of what travels to the leader together.
const (
	maxBatchesInFlight = 2 // under way at the same time
	maxForwardedBefore = 8 // leaders from before levelTogether take no more
	maxBatchBytes      = maxForwardBytes / 2
)

// batcher gathers the single rows that wait at this node for the leader: they
// are signed together and travel in one call. An idle node makes no row wait;
// the longer the way takes, the more rows go together.
type batcher struct {
	registry *Registry

	mu       sync.Mutex // held briefly
	closed   bool
	inFlight int // convoys
	queue    []*pending
}

// pending is one row waiting for its result.
type pending struct {
	body   state.Body
	result chan batchReply // buffered: never blocks
}

// batchReply is what became of a passenger.
type batchReply struct {
	response forwardResponse // with outcomes of this row alone
	err      error
}

// submit takes the row to the leader and returns its result as attempt does.
func (c *batcher) submit(ctx context.Context, body state.Body) (forwardResponse, error) {
	p := &pending{body: body, result: make(chan batchReply, 1)}
	if err := c.enqueue(p); err != nil {
		return forwardResponse{}, err
	}
	select {
	case got := <-p.result:
		return got.response, got.err
	case <-ctx.Done():
		if c.cancel(p) {
			return forwardResponse{}, notRecorded(ctx.Err())
		}
		return forwardResponse{}, ctx.Err()
	}
}

// enqueue lets the row wait, and sends a convoy if none too many are away.
func (c *batcher) enqueue(p *pending) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.queue) >= maxQueuedRows {
		return notRecorded(errors.New("this node is stopping, or too much waits here"))
	}
	c.queue = append(c.queue, p)
	if c.inFlight < maxBatchesInFlight {
		c.inFlight++
		c.registry.running.Go(c.run)
	}
	return nil
}

// cancel takes back a row that has not left, and reports whether it had not.
func (c *batcher) cancel(p *pending) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slices.Index(c.queue, p)
	if at >= 0 {
		c.queue = slices.Delete(c.queue, at, at+1)
	}
	return at >= 0
}

// run goes to the leader as long as rows wait.
func (c *batcher) run() {
	for {
		batch := c.next()
		if len(batch) == 0 {
			return
		}
		c.send(batch)
	}
}

// next returns the rows that go next; with none, this convoy is over.
func (c *batcher) next() []*pending {
	most := maxForwardedBefore
	if c.registry.machine.view().BatchSigning() {
		most = state.MaxBatchRows
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, size := 0, 0
	for n < min(len(c.queue), most) {
		if size += len(c.queue[n].body.Payload) + state.EntryOverhead; n > 0 && size > maxBatchBytes {
			break
		}
		n++
	}
	if n == 0 {
		c.inFlight--
	}
	batch := slices.Clone(c.queue[:n])
	c.queue = slices.Delete(c.queue, 0, n)
	return batch
}

// send signs the rows, proposes them and hands out the results.
func (c *batcher) send(batch []*pending) {
	r := c.registry
	ctx, cancel := context.WithTimeout(r.life, r.timing.Hold)
	defer cancel()
	bodies := make([]state.Body, len(batch))
	for i, p := range batch {
		bodies[i] = p.body
	}
	all, err := r.attempt(ctx, r.leader(), r.signTogether(bodies))
	for i, p := range batch {
		got := batchReply{err: err}
		if err == nil {
			got.response = all
			got.response.Outcomes = all.Outcomes[i : i+1]
		}
		p.result <- got
	}
}

// close lets no more rows in. What waits ends with the registry's life.
func (c *batcher) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}
