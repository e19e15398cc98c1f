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

// How a write waits between attempts.
const (
	firstPause      = 20 * time.Millisecond
	longestPause    = 250 * time.Millisecond
	noMajorityGrace = time.Second // gossip says no majority: wait so long for it to be wrong
)

// replicate signs the rows and makes them part of the log, in their order, and
// returns the outcomes of each once they are applied here. It holds and retries
// while a majority can be reached. A single row of a list goes with others that
// wait here.
func (r *Registry) replicate(ctx context.Context, bodies []state.Body) ([][]byte, error) {
	if len(bodies) == 1 && bodies[0].OfList() {
		return r.replicatePart(ctx, nil, bodies)
	}

	// Each part is as large as one request to the leader may be.
	rows := r.sign(bodies)
	var outcomes [][]byte
	for start := 0; start < len(rows); {
		end, size := start, 0
		for end < len(rows) && end-start < maxForwardRows &&
			(end == start || size+rows[end].Size() <= maxForwardBytes/2) {
			size += rows[end].Size()
			end++
		}

		part, err := r.replicatePart(ctx, rows[start:end], bodies[start:end])
		if err != nil {
			if start > 0 && !errors.Is(err, survey.ErrUnknownOutcome) {
				err = fmt.Errorf("%w: a part of the list was recorded; ask again with the same request id: %w",
					survey.ErrUnknownOutcome, err)
			}
			return nil, err
		}
		outcomes = append(outcomes, part...)
		start = end
	}
	return outcomes, nil
}

// sign signs each row, by itself. It need not be checked here again.
func (r *Registry) sign(bodies []state.Body) []state.Row {
	rows := make([]state.Row, len(bodies))
	for i, b := range bodies {
		rows[i] = state.SignRow(r.options.Key, b)
		r.machine.signatures.add(r.options.Key.Public(), rows[i])
	}
	return rows
}

// signBatch signs the rows with one signature where every voter can check
// that.
func (r *Registry) signBatch(bodies []state.Body) []state.Row {
	if len(bodies) == 1 || !r.machine.view().BatchSigning() {
		return r.sign(bodies)
	}
	rows := state.SignBatch(r.options.Key, bodies)
	r.machine.signatures.add(r.options.Key.Public(), rows[0]) // the others have the same one
	return rows
}

// retry is the state of one write that is held and retried.
type retry struct {
	started time.Time
	pause   time.Duration
	doubt   bool  // an attempt may have been recorded
	last    error // of the last attempt
}

// replicatePart brings rows into the log. A single unsigned row first goes in a batch and, if that
// fails, alone: a refused row must not hold up others.
func (r *Registry) replicatePart(ctx context.Context, rows []state.Row, bodies []state.Body) ([][]byte, error) {
	h := retry{started: time.Now(), pause: firstPause}
	ctx, cancel := context.WithTimeout(ctx, r.timing.Hold)
	defer cancel()
	for {
		if kept := r.remembered(bodies); kept != nil {
			return kept, nil
		}
		if err := r.machine.halted(); err != nil {
			return nil, r.giveUp(&h, err)
		}

		// Taken before the look at the leader, so that no change between the two is missed.
		changed := r.leaders.Changed()
		leader := r.leader()
		// No other row can be applied before the founding row. That one is on its way.
		if leader != "" && r.machine.view().Founded() {
			if rows == nil && h.last != nil {
				rows = r.sign(bodies)
			}
			response, err := r.tryOnce(ctx, leader, rows, bodies)
			if err == nil {
				r.catchUp(ctx, leader, response.Number, response.At)
				return response.Outcomes, nil
			}

			h.last = err
			h.doubt = h.doubt || !errors.Is(err, errNotRecorded)
			r.logger.Debug("write held", "leader", leader, "error", err)
		}

		if err := r.tooLong(ctx, &h, leader); err != nil {
			return nil, r.giveUp(&h, err)
		}
		r.pauseWrite(ctx, &h, changed)
	}
}

// tryOnce brings the rows to the leader, or the only body in a batch if there are no rows yet.
func (r *Registry) tryOnce(ctx context.Context, leader survey.Region, rows []state.Row,
	bodies []state.Body) (forwardResponse, error) {
	if rows == nil {
		return r.batcher.submit(ctx, bodies[0])
	}
	return r.attempt(ctx, leader, rows)
}

// awaitFounding waits until the founding row is applied here: it has the terms that the federation
// agreed on.
func (r *Registry) awaitFounding(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.timing.NoLeader)
	defer cancel()
	for {
		_, changed := r.machine.number.now()
		if r.machine.view().Founded() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%w: the federation's founding has not arrived here; nothing was recorded",
				survey.ErrNoQuorum)
		case <-r.life.Done():
			return fmt.Errorf("%w: this node is stopping; nothing was recorded", survey.ErrNoQuorum)
		}
	}
}

// decidedHere returns the outcomes of rows that are applied here already.
func (r *Registry) decidedHere(bodies []state.Body) [][]byte {
	v := r.machine.view()
	outcomes := make([][]byte, len(bodies))
	for i := range bodies {
		if outcomes[i] = v.Remembered(&bodies[i]); outcomes[i] == nil {
			return nil
		}
	}
	return outcomes
}

// tooLong says why the write should not be held any longer, nil if it should.
func (r *Registry) tooLong(ctx context.Context, h *retry, leader survey.Region) error {
	held := time.Since(h.started)
	q := r.Quorum()
	switch {
	case r.life.Err() != nil:
		return fmt.Errorf("%w: this node is stopping", survey.ErrNoQuorum)
	// Gossip may be wrong for a moment.
	case q.Reachable < q.Needed && held >= noMajorityGrace:
		return fmt.Errorf("%w: %d of %d regions can be reached, %d are needed", survey.ErrNoQuorum, q.Reachable,
			q.Voters, q.Needed)
	case leader == "" && held >= r.timing.NoLeader:
		return fmt.Errorf("%w: %d of %d regions seem to be reachable, %d are needed, and they have no leader",
			survey.ErrNoQuorum, q.Reachable, q.Voters, q.Needed)
	case ctx.Err() != nil:
		return fmt.Errorf("%w: no answer in time", survey.ErrNoQuorum)
	}
	return nil
}

// giveUp turns the reason into a definite no, or into an unknown outcome if an
// attempt may have been recorded.
func (r *Registry) giveUp(h *retry, why error) error {
	if h.doubt {
		return fmt.Errorf("%w: it may have been recorded; "+
			"ask again with the same request id (%v; last attempt: %s)", survey.ErrUnknownOutcome, why, cause(h.last))
	}
	if h.last != nil {
		return fmt.Errorf("%w; nothing was recorded (last attempt: %s)", why, cause(h.last))
	}
	return fmt.Errorf("%w; nothing was recorded", why)
}

// pauseWrite waits for a new leader, or a while.
func (r *Registry) pauseWrite(ctx context.Context, h *retry, changed <-chan struct{}) {
	pause := time.NewTimer(h.pause)
	defer pause.Stop()
	h.pause = min(2*h.pause, longestPause)
	select {
	case <-changed:
	case <-pause.C:
	case <-ctx.Done():
	case <-r.life.Done():
	}
}

// leader returns the leader's region as far as this node knows, "" if none.
func (r *Registry) leader() survey.Region {
	address, _ := r.raft.LeaderWithID()
	return survey.Region(address)
}

// catchUp waits until the number is applied here. It reports whether it was, in
// catchUp waits until the number is applied here, and reports whether it was in time. The outcome
// stands either way.
//
// A follower hears of a commit with the next entry, or after Timing.Commit. The leader's answer
// says it sooner: at is committed in at.Term. So the follower tells its own raft, as the leader's
// next message would. raft checks it like any other message: it must have the same entry and be in
// the same term.
func (r *Registry) catchUp(ctx context.Context, leader survey.Region, number uint64, at logPosition) bool {
	for {
		written := r.written.Changed()
		applied, changed := r.machine.number.now()
		if applied >= number {
			return true
		}
		r.tellCommitted(ctx, leader, at)

		select {
		case <-changed:
		case <-written:
		case <-ctx.Done():
			return false
		case <-r.life.Done():
			return false
		}
	}
}

// tellCommitted injects the leader's word that the entry is committed, if this
// node's log has the entry's index and raft did not know.
func (r *Registry) tellCommitted(ctx context.Context, leader survey.Region, at logPosition) {
	last, err := r.log.LastIndex()
	address, id := r.raft.LeaderWithID()
	if err != nil || last < at.Index || at.Index == 0 || r.raft.CommitIndex() >= at.Index ||
		survey.Region(address) != leader || r.raft.State() != raft.Follower || r.raft.CurrentTerm() != at.Term {
		return
	}

	if told := r.told.Load(); told >= at.Index || !r.told.CompareAndSwap(told, at.Index) {
		return // another write tells it, or something later
	}

	r.transport.inject(ctx, &raft.AppendEntriesRequest{
		RPCHeader: raft.RPCHeader{ProtocolVersion: raft.ProtocolVersionMax, ID: []byte(id), Addr: []byte(address)},
		Term:      at.Term, PrevLogEntry: at.Index, PrevLogTerm: at.Term, LeaderCommitIndex: at.Index,
	})
}
