package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/federation/registry/state"
)

// Bounds of the leader's group commit.
const (
	maxQueuedRows      = 4096
	maxEntriesInFlight = 4
)

// errNotRecorded wraps every failure of a write that certainly left nothing in the log. Any other
// failure leaves the outcome unknown.
var errNotRecorded = errors.New("nothing was recorded")

func notRecorded(why error) error { return fmt.Errorf("%w: %w", errNotRecorded, why) }

// cause returns the reason alone, for messages that say elsewhere that nothing was recorded.
func cause(err error) string { return strings.TrimPrefix(err.Error(), errNotRecorded.Error()+": ") }

// pendingRow is one row waiting for its result.
type pendingRow struct {
	row     state.Row
	replies chan<- rowReply // buffered: never blocks
	index   int
}

// rowReply is the result of the index-th submitted row.
type rowReply struct {
	index  int
	result state.Result
	at     logPosition
	err    error
}

// groupCommitter puts the rows that wait at the leader into few log entries: one
// disk write and one round trip for all of them. An idle leader makes no row
// wait; the longer the entries in flight take, the fuller the next one gets.
type groupCommitter struct {
	raft     *raft.Raft
	futures  *inflight
	likely   func() bool // a majority is likely
	queue    chan pendingRow
	inFlight chan struct{}
	life     context.Context
	timeout  time.Duration
	running  *sync.WaitGroup
}

// submit brings the rows into the log, in order, and waits for their results. The error
// wraps errNotRecorded if none of them entered the log.
func (c *groupCommitter) submit(ctx context.Context, rows []state.Row) ([]rowReply, error) {
	if c.raft.State() != raft.Leader {
		return nil, notRecorded(raft.ErrNotLeader)
	}
	if !c.likely() {
		return nil, notRecorded(errors.New("no majority answers the leader"))
	}

	// Buffered for every row, so that the committer never waits for a caller that has left.
	replies := make(chan rowReply, len(rows))
	for i, r := range rows {
		select {
		case c.queue <- pendingRow{row: r, replies: replies, index: i}:
		case <-ctx.Done():
			return nil, c.abandoned(ctx, i)
		case <-c.life.Done():
			return nil, c.abandoned(c.life, i)
		}
	}
	return c.collect(ctx, replies, len(rows))
}

// abandoned is the error after the first rows were queued already.
func (c *groupCommitter) abandoned(ctx context.Context, queued int) error {
	if queued == 0 {
		return notRecorded(ctx.Err())
	}
	return ctx.Err()
}

func (c *groupCommitter) collect(ctx context.Context, replies <-chan rowReply, n int) ([]rowReply, error) {
	out := make([]rowReply, n)
	var firm, doubt error // a certain failure, a possible one

	for range n {
		select {
		case a := <-replies:
			out[a.index] = a
			switch {
			case errors.Is(a.err, errNotRecorded):
				firm = a.err
			case a.err != nil:
				doubt = a.err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-c.life.Done():
			return nil, c.life.Err()
		}
	}

	// One doubtful row makes the whole outcome unknown.
	if doubt != nil {
		return nil, doubt
	}
	if firm != nil {
		for _, a := range out {
			if a.err == nil {
				return nil, errors.New("part of the rows was recorded")
			}
		}
		return nil, firm
	}
	return out, nil
}

// run makes entries until the registry closes.
func (c *groupCommitter) run() {
	var next *pendingRow // did not fit into the last entry
	for {
		if next == nil {
			select {
			case t := <-c.queue:
				next = &t
			case <-c.life.Done():
				return
			}
		}

		select {
		// More rows gather while the allowed entries are in flight.
		case c.inFlight <- struct{}{}:
		case <-c.life.Done():
			return
		}

		var batch []pendingRow
		batch, next = c.fill(*next)
		c.commit(batch)
	}
}

// fill takes the rows that wait now, up to the size of one entry.
func (c *groupCommitter) fill(first pendingRow) ([]pendingRow, *pendingRow) {
	batch := []pendingRow{first}
	size := state.EntryOverhead + first.row.Size()
	for len(batch) < state.MaxEntryRows && len(c.queue) > 0 {
		t := <-c.queue
		if size += t.row.Size(); size > state.MaxEntryBytes {
			return batch, &t
		}
		batch = append(batch, t)
	}
	return batch, nil
}

// commit hands one entry to raft and lets a goroutine wait for it. The leader
// stamps its time here; it decides nothing about ownership.
func (c *groupCommitter) commit(batch []pendingRow) {
	if !c.futures.begin() {
		<-c.inFlight
		reply(batch, nil, notRecorded(raft.ErrRaftShutdown))
		return
	}

	rows := make([]state.Row, len(batch))
	for i, t := range batch {
		rows[i] = t.row
	}

	future := c.raft.Apply(state.EncodeEntry(time.Now().UnixMilli(), rows), c.timeout)
	c.running.Go(func() {
		err := future.Error()
		c.futures.end()
		<-c.inFlight

		var done *applied
		if err == nil {
			switch response := future.Response().(type) {
			case *applied:
				done = response
			case error:
				err = response
			}
		}

		if certainlyNot(err) {
			err = notRecorded(err)
		}
		reply(batch, done, err)
	})
}

// reply sends each waiting row its result.
func reply(batch []pendingRow, done *applied, err error) {
	for i, t := range batch {
		a := rowReply{index: t.index, err: err}
		switch {
		case done != nil && i < len(done.results):
			a.result, a.at = done.results[i], done.at
			a.result.Number = done.number
		case err == nil:
			a.err = errors.New("the entry could not be applied")
		}
		t.replies <- a
	}
}

// certainlyNot reports whether raft refused before it wrote anything.
func certainlyNot(err error) bool {
	return errors.Is(err, raft.ErrNotLeader) || errors.Is(err, raft.ErrEnqueueTimeout) ||
		errors.Is(err, raft.ErrLeadershipTransferInProgress)
}
