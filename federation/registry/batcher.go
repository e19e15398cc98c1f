package registry

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/ahsn-network/tracker/federation/registry/state"
)

// Bounds of a batch of rows on its way to the leader.
const (
	maxBatchesInFlight = 2 // under way at the same time
	maxForwardedBefore = 8 // rows in one call; leaders whose software knows no batch signatures take no more
	maxBatchBytes      = maxForwardBytes / 2
)

// batcher batches the single rows that wait at this node for the leader: a batch
// has one signature and goes in one call. An idle node makes no row wait; the
// longer a call takes, the more rows the next batch has.
type batcher struct {
	registry *Registry

	mu       sync.Mutex // held briefly
	closed   bool
	inFlight int // batches
	queue    []*pending
}

// pending is one row waiting for its result.
type pending struct {
	body   state.Body
	result chan batchReply // buffered: never blocks
}

// batchReply is the result of a pending row.
type batchReply struct {
	response forwardResponse // with outcomes of this row alone
	err      error
}

// submit takes the row to the leader and returns its result as attempt does.
func (b *batcher) submit(ctx context.Context, body state.Body) (forwardResponse, error) {
	p := &pending{body: body, result: make(chan batchReply, 1)}
	if err := b.enqueue(p); err != nil {
		return forwardResponse{}, err
	}

	select {
	case got := <-p.result:
		return got.response, got.err
	case <-ctx.Done():
		// A row that is still in the queue certainly did not leave this node.
		if b.cancel(p) {
			return forwardResponse{}, notRecorded(ctx.Err())
		}
		return forwardResponse{}, ctx.Err()
	}
}

// enqueue lets the row wait, and starts a batch unless the allowed number is in flight.
func (b *batcher) enqueue(p *pending) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.queue) >= maxQueuedRows {
		return notRecorded(errors.New("this node is stopping, or too much waits here"))
	}

	b.queue = append(b.queue, p)
	if b.inFlight < maxBatchesInFlight {
		b.inFlight++
		b.registry.running.Go(b.run)
	}
	return nil
}

// cancel takes back a row that is in no batch yet, and reports whether it could.
func (b *batcher) cancel(p *pending) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.Index(b.queue, p)
	if at >= 0 {
		b.queue = slices.Delete(b.queue, at, at+1)
	}
	return at >= 0
}

// run sends one batch after the other as long as rows wait.
func (b *batcher) run() {
	for {
		batch := b.next()
		if len(batch) == 0 {
			return
		}
		b.send(batch)
	}
}

// next returns the rows of the next batch; with none, this run is over.
func (b *batcher) next() []*pending {
	// Leaders of older software take small batches only.
	limit := maxForwardedBefore
	if b.registry.machine.view().BatchSigning() {
		limit = state.MaxBatchRows
	}

	b.mu.Lock()
	defer b.mu.Unlock()

	n, size := 0, 0
	for n < min(len(b.queue), limit) {
		if size += len(b.queue[n].body.Payload) + state.EntryOverhead; n > 0 && size > maxBatchBytes {
			break
		}
		n++
	}

	// Counted under the lock, so that a row that comes now starts another run.
	if n == 0 {
		b.inFlight--
	}
	batch := slices.Clone(b.queue[:n])
	b.queue = slices.Delete(b.queue, 0, n)
	return batch
}

// send signs the rows, brings them to the leader and hands out the results.
func (b *batcher) send(batch []*pending) {
	r := b.registry
	ctx, cancel := context.WithTimeout(r.life, r.timing.Hold)
	defer cancel()

	bodies := make([]state.Body, len(batch))
	for i, p := range batch {
		bodies[i] = p.body
	}

	all, err := r.attempt(ctx, r.leader(), r.signBatch(bodies))
	for i, p := range batch {
		got := batchReply{err: err}
		if err == nil {
			got.response = all
			got.response.Outcomes = all.Outcomes[i : i+1]
		}
		p.result <- got
	}
}

// close lets no more rows in. Waiting rows end with the registry's life.
func (b *batcher) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
}
