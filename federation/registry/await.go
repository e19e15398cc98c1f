package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

const maxWaitingReads = 1024

// readIndexResponse says how far the replica of a fresh read must be.
type readIndexResponse struct {
	Number uint64      `cbor:"1,keyasint"`
	At     logPosition `cbor:"2,keyasint,omitempty"`
	Why    string      `cbor:"3,keyasint,omitempty"` // set: this node cannot tell
}

// Await makes this node's replica as fresh as asked and says how fresh it is. local never blocks
// and never fails. max_age accepts the replica if the leader was heard from within that time and
// every entry known to be committed is applied. Otherwise, and for linearizable, one round trip to
// the leader and a commit there confirm it: this blocks at most Timing.Hold, and returns
// survey.ErrNoQuorum if nobody confirms it. A node whose copy was found to differ from the others'
// returns survey.ErrOutOfService at once.
func (r *Registry) Await(ctx context.Context, want survey.Consistency) (survey.Freshness, error) {
	if err := r.machine.halted(); errors.Is(err, survey.ErrOutOfService) {
		return r.freshness(), err
	}

	switch {
	case want.Linearizable:
	case want.MaxAge == 0:
		return r.freshness(), nil
	default:
		// A follower may know of a commit before it has applied it.
		if age := r.age(); age >= 0 && age <= want.MaxAge && r.raft.AppliedIndex() >= r.raft.CommitIndex() {
			return r.freshness(), nil
		}
	}

	if err := r.confirm(ctx); err != nil {
		return r.freshness(), fmt.Errorf("confirm the registry's state: %w", err)
	}
	return r.freshness(), nil
}

func (r *Registry) freshness() survey.Freshness {
	number, _ := r.machine.number.now()
	return survey.Freshness{Index: number, Age: r.age()}
}

// age returns the time since the leader was heard from, 0 on the leader, -1 if
// it was not since this node started.
func (r *Registry) age() time.Duration {
	if r.raft.State() == raft.Leader {
		return 0
	}
	heard := r.raft.LastContact()
	if heard.IsZero() {
		return -1
	}
	return max(0, time.Since(heard))
}

// askLeader waits until this replica has everything that was acknowledged anywhere before the call.
func (r *Registry) askLeader(ctx context.Context) error {
	h := retry{started: time.Now(), pause: firstPause}
	ctx, cancel := context.WithTimeout(ctx, r.timing.Hold)
	defer cancel()
	for {
		if err := r.machine.halted(); err != nil {
			return err
		}

		// Taken before the look at the leader, so that no change between the two is missed.
		changed := r.leaders.Changed()
		leader := r.leader()
		if leader != "" {
			response, err := r.readIndex(ctx, leader)
			if err == nil && r.catchUp(ctx, leader, response.Number, response.At) {
				return nil
			}
			h.last = err
		}

		if err := r.tooLong(ctx, &h, leader); err != nil {
			if h.last != nil {
				return fmt.Errorf("%w (last attempt: %v)", err, h.last)
			}
			return err
		}
		r.pauseWrite(ctx, &h, changed)
	}
}

func (r *Registry) readIndex(ctx context.Context, leader survey.Region) (readIndexResponse, error) {
	if leader == r.options.Region {
		return r.barriers.wait(ctx)
	}
	reply, err := r.options.Call(ctx, leader, PathReadIndex, nil)
	if err != nil {
		return readIndexResponse{}, err
	}

	var response readIndexResponse
	if err := state.Decode(reply, &response); err != nil {
		return response, fmt.Errorf("answer of %s: %w", leader, err)
	}
	if response.Why != "" {
		return response, fmt.Errorf("%s: %s", leader, response.Why)
	}
	return response, nil
}

// ReadIndex answers PathReadIndex: the number that a replica must have applied
// to include everything acknowledged before the call. It blocks for one commit.
func (r *Registry) ReadIndex(ctx context.Context, _ survey.Region, _ []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timing.Hold)
	defer cancel()
	response, err := r.barriers.wait(ctx)
	if err != nil {
		response = readIndexResponse{Why: err.Error()}
	}
	return state.Encode(response), nil
}

// barriers lets many fresh reads share one barrier on the leader. A barrier
// counts only for reads that arrived before it was enqueued.
type barriers struct {
	raft    *raft.Raft
	futures *inflight
	machine *machine
	ask     chan chan<- barrier
	timeout time.Duration
	life    context.Context
}

type barrier struct {
	response readIndexResponse
	err      error
}

func (b *barriers) wait(ctx context.Context) (readIndexResponse, error) {
	if b.raft.State() != raft.Leader {
		return readIndexResponse{}, raft.ErrNotLeader
	}

	// Buffered, so that run never waits for a reader that has left.
	reply := make(chan barrier, 1)
	select {
	case b.ask <- reply:
	case <-ctx.Done():
		return readIndexResponse{}, ctx.Err()
	case <-b.life.Done():
		return readIndexResponse{}, b.life.Err()
	}

	select {
	case result := <-reply:
		return result.response, result.err
	case <-ctx.Done():
		return readIndexResponse{}, ctx.Err()
	case <-b.life.Done():
		return readIndexResponse{}, b.life.Err()
	}
}

// run makes one barrier after the other for the waiting reads, until Close.
func (b *barriers) run() {
	for {
		var waiting []chan<- barrier
		select {
		case first := <-b.ask:
			waiting = append(waiting, first)
		case <-b.life.Done():
			return
		}

		// All reads that wait now share the barrier.
		for len(b.ask) > 0 && len(waiting) < maxWaitingReads {
			waiting = append(waiting, <-b.ask)
		}

		done := b.make()
		for _, reply := range waiting {
			reply <- done
		}
	}
}

// make makes one barrier. raft's own index counts entries handed to the state machine; after a
// barrier the state's number counts applied ones.
func (b *barriers) make() (done barrier) {
	if !b.futures.begin() {
		return barrier{err: raft.ErrRaftShutdown}
	}
	defer b.futures.end()

	if done.err = b.raft.Barrier(b.timeout).Error(); done.err == nil {
		done.response.At = *b.machine.position.Load()
		done.response.Number, _ = b.machine.number.now()
	}
	return done
}
