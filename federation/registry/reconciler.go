package registry

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// PathStanding is the node call by which the leader asks how far a follower
// has come.
const PathStanding = "/node/v1/standing"

// How often the leader looks, and how patient it is.
const (
	reconcileEvery  = time.Second
	standingTimeout = 2 * time.Second
	changeTimeout   = 10 * time.Second
	caughtUpWithin  = 256 // entries behind the leader that still count as caught up
)

type standingResponse struct {
	Generation uint64 `cbor:"1,keyasint"`
	Applied    uint64 `cbor:"2,keyasint"` // raft index
}

// Standing answers PathStanding. It does not block.
func (r *Registry) Standing(context.Context, survey.Region, []byte) ([]byte, error) {
	return state.Encode(standingResponse{Generation: r.options.Generation, Applied: r.raft.AppliedIndex()}), nil
}

// reconciler makes raft's configuration follow the roster while this node
// leads.
type reconciler struct {
	registry *Registry
	since    map[raft.ServerID]time.Time // caught up without a break since
	pending  atomic.Pointer[string]      // why a step waits
}

// reconcile runs until Close.
func (r *Registry) reconcile() {
	ticker := time.NewTicker(reconcileEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-r.life.Done():
			return
		}

		if r.raft.State() != raft.Leader {
			r.reconciler.since = nil
			r.reconciler.say("")
			continue
		}
		r.reconciler.step()
	}
}

func (c *reconciler) say(note string) { c.pending.Store(&note) }

// step looks once and makes at most one change.
func (c *reconciler) step() {
	r := c.registry
	if !r.machine.view().Founded() {
		return
	}

	t := c.look()
	next := t.next()
	c.say(next.Note)
	if next.Kind == "" || !r.futures.begin() {
		return
	}
	defer r.futures.end()

	if next.Kind == changeTransfer {
		r.logger.Info("this node hands leadership over before the roster takes its vote")
		if err := r.raft.LeadershipTransfer().Error(); err != nil {
			c.say(fmt.Sprintf("leadership was not handed over: %v", err))
		}
		return
	}

	if err := c.make(next); err != nil {
		r.logger.Warn("the registry's configuration did not follow the roster; trying again", "change",
			next.String(), "error", err)
		c.say(fmt.Sprintf("to %s failed: %v", next, err))
		return
	}
	r.logger.Info("the registry's configuration follows the roster", "change", next.String())
}

func (c *reconciler) make(next change) error {
	address := raft.ServerAddress(next.Region)
	switch next.Kind {
	case changeRemove:
		return c.registry.raft.RemoveServer(next.ID, 0, changeTimeout).Error()
	case changeAdd:
		return c.registry.raft.AddNonvoter(next.ID, address, 0, changeTimeout).Error()
	case changePromote:
		return c.registry.raft.AddVoter(next.ID, address, 0, changeTimeout).Error()
	case changeDemote:
		return c.registry.raft.DemoteVoter(next.ID, 0, changeTimeout).Error()
	}
	return fmt.Errorf("unknown change %q", next.Kind)
}

// look describes the present.
func (c *reconciler) look() truth {
	r := c.registry
	v := r.machine.view()
	voters, others := r.servers()
	t := truth{Leader: r.serverID(), Members: v.Members(), Servers: append(voters, others...),
		Live: map[raft.ServerID]bool{}, Caught: map[raft.ServerID]time.Duration{}, MaxVoters: v.MaxVoters()}

	for _, s := range t.Servers {
		t.Live[s.ID] = !r.unresponsive.has(s.ID)
	}
	c.askWaiting(&t, others)
	return t
}

// askWaiting asks the followers that could be promoted how far they are.
func (c *reconciler) askWaiting(t *truth, others []raft.Server) {
	r := c.registry
	since := map[raft.ServerID]time.Time{}
	type heard struct {
		id raft.ServerID
		ok bool
	}

	asked := 0
	answers := make(chan heard, len(others))
	for _, s := range others {
		region, generation := splitServerID(s.ID)
		if !t.mayVote(region) {
			continue
		}
		asked++
		r.running.Go(func() {
			ctx, cancel := context.WithTimeout(r.life, standingTimeout)
			defer cancel()
			answers <- heard{s.ID, r.caughtUp(ctx, region, generation)}
		})
	}

	// A follower that does not answer waits from the beginning again.
	now := time.Now()
	for range asked {
		a := <-answers
		if !a.ok {
			t.Live[a.id] = false
			continue
		}
		since[a.id] = now
		if before, ok := c.since[a.id]; ok {
			since[a.id] = before
		}
		t.Caught[a.id] = now.Sub(since[a.id])
	}

	c.since = since
}

// caughtUp asks one follower.
func (r *Registry) caughtUp(ctx context.Context, region survey.Region, generation uint64) bool {
	reply, err := r.options.Call(ctx, region, PathStanding, nil)
	if err != nil {
		return false
	}
	var s standingResponse
	if err := state.Decode(reply, &s); err != nil {
		return false
	}
	return s.Generation == generation && s.Applied+caughtUpWithin >= r.raft.CommitIndex()
}

func (r *Registry) serverID() raft.ServerID {
	return serverID(&survey.Member{Region: r.options.Region, Generation: r.options.Generation})
}
