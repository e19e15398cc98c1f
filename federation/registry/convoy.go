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
	maxConvoys     = 2 // under way at the same time
	oldConvoyRows  = 8 // leaders from before levelTogether take no more
	maxConvoyBytes = maxForwardBytes / 2
)

// convoy gathers the single rows that wait at this node for the leader: they
// are signed together and travel in one call. An idle node makes no row wait;
// the longer the way takes, the more rows go together.
type convoy struct {
	registry *Registry

	mu      sync.Mutex // held briefly
	closed  bool
	away    int // convoys
	waiting []*passenger
}

// passenger is one row waiting for its result.
type passenger struct {
	body   state.Body
	result chan carried // buffered: never blocks
}

// carried is what became of a passenger.
type carried struct {
	response forwardResponse // with outcomes of this row alone
	err      error
}

// carry takes the row to the leader and returns its result as attempt does.
func (c *convoy) carry(ctx context.Context, body state.Body) (forwardResponse, error) {
	p := &passenger{body: body, result: make(chan carried, 1)}
	if err := c.board(p); err != nil {
		return forwardResponse{}, err
	}
	select {
	case got := <-p.result:
		return got.response, got.err
	case <-ctx.Done():
		if c.alight(p) {
			return forwardResponse{}, notRecorded(ctx.Err())
		}
		return forwardResponse{}, ctx.Err()
	}
}

// board lets the row wait, and sends a convoy if none too many are away.
func (c *convoy) board(p *passenger) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.waiting) >= maxQueuedRows {
		return notRecorded(errors.New("this node is stopping, or too much waits here"))
	}
	c.waiting = append(c.waiting, p)
	if c.away < maxConvoys {
		c.away++
		c.registry.running.Go(c.travel)
	}
	return nil
}

// alight takes back a row that has not left, and reports whether it had not.
func (c *convoy) alight(p *passenger) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slices.Index(c.waiting, p)
	if at >= 0 {
		c.waiting = slices.Delete(c.waiting, at, at+1)
	}
	return at >= 0
}

// travel goes to the leader as long as rows wait.
func (c *convoy) travel() {
	for {
		batch := c.take()
		if len(batch) == 0 {
			return
		}
		c.deliver(batch)
	}
}

// take returns the rows that go next; with none, this convoy is over.
func (c *convoy) take() []*passenger {
	most := oldConvoyRows
	if c.registry.machine.view().SignsTogether() {
		most = state.MaxTogether
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, size := 0, 0
	for n < min(len(c.waiting), most) {
		if size += len(c.waiting[n].body.Payload) + state.EntryOverhead; n > 0 && size > maxConvoyBytes {
			break
		}
		n++
	}
	if n == 0 {
		c.away--
	}
	batch := slices.Clone(c.waiting[:n])
	c.waiting = slices.Delete(c.waiting, 0, n)
	return batch
}

// deliver signs the rows, proposes them and hands out the results.
func (c *convoy) deliver(batch []*passenger) {
	r := c.registry
	ctx, cancel := context.WithTimeout(r.life, r.timing.Hold)
	defer cancel()
	bodies := make([]state.Body, len(batch))
	for i, p := range batch {
		bodies[i] = p.body
	}
	all, err := r.attempt(ctx, r.leader(), r.signTogether(bodies))
	for i, p := range batch {
		got := carried{err: err}
		if err == nil {
			got.response = all
			got.response.Outcomes = all.Outcomes[i : i+1]
		}
		p.result <- got
	}
}

// close lets no more rows in. What waits ends with the registry's life.
func (c *convoy) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}
