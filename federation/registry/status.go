package registry

import (
	"errors"
	"time"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// Status is this node's knowledge of the registry and of its own part in it.
type Status struct {
	Leader       survey.Region   // empty: none known
	State        string          // Follower, Candidate, Leader or Shutdown
	Founded      bool            // the founding row is applied here
	Number       uint64          // the registry's own number, applied here
	Term         uint64          // of raft
	LastIndex    uint64          // of raft's log here
	CommitIndex  uint64          // of raft as known here
	AppliedIndex uint64          // of raft here
	Age          time.Duration   // since the leader was heard from, -1 if not since the start
	Voters       []survey.Region // of the newest raft configuration, in its order
	Observers    []survey.Region
	Quorum       survey.Quorum
	NeedsUpgrade bool            // stopped applying: see ErrNeedsUpgrade
	OutOfService bool            // this copy differs from most: see survey.ErrOutOfService
	Differing    []survey.Region // whose copies differ from this one
}

// Status returns this node's view. It never blocks.
func (r *Registry) Status() Status {
	v := r.machine.view()
	s := Status{
		Leader: r.leader(), State: r.raft.State().String(), Founded: v.Founded(), Number: v.Number(),
		Term: r.raft.CurrentTerm(), LastIndex: r.raft.LastIndex(), CommitIndex: r.raft.CommitIndex(),
		AppliedIndex: r.raft.AppliedIndex(), Age: r.age(), Quorum: r.Quorum(),
		NeedsUpgrade: errors.Is(r.machine.halted(), state.ErrNeedsUpgrade),
		OutOfService: errors.Is(r.machine.halted(), survey.ErrOutOfService), Differing: r.differing(),
	}

	// raft may lag behind the roster.
	s.Voters, s.Observers = r.Voting()
	return s
}

// Watch returns a channel that is closed at the next change of the registry.
func (r *Registry) Watch() <-chan struct{} {
	_, changed := r.machine.number.now()
	return changed
}

// Number returns the registry's own number of the last row or item applied
// here.
func (r *Registry) Number() uint64 {
	number, _ := r.machine.number.now()
	return number
}

// Waiting says why raft's configuration does not follow the roster yet, "" if
// it does or if another node leads.
func (r *Registry) Waiting() string {
	if note := r.reconciler.pending.Load(); note != nil {
		return *note
	}
	return ""
}

// Voting returns the regions that vote and those that only follow, as raft's
// newest configuration here has them, by their newest generation.
func (r *Registry) Voting() (voters, followers []survey.Region) {
	v, o := r.servers()
	for _, s := range v {
		voters = append(voters, survey.Region(s.Address))
	}
	for _, s := range o {
		followers = append(followers, survey.Region(s.Address))
	}
	return voters, followers
}
