package registry

import (
	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/store/survey"
)

// servers returns the voters and the others of the newest raft configuration,
// in its order.
func (r *Registry) servers() (voters, others []raft.Server) {
	future := r.raft.GetConfiguration()
	if future.Error() != nil {
		return nil, nil
	}
	for _, s := range future.Configuration().Servers {
		if s.Suffrage == raft.Voter {
			voters = append(voters, s)
		} else {
			others = append(others, s)
		}
	}
	return voters, others
}

// Quorum says how many voters there are, how many this node believes it can
// reach, itself included, and how many are needed. Reachable is the number of
// voters while nothing is known.
func (r *Registry) Quorum() survey.Quorum {
	voters, _ := r.servers()
	q := survey.Quorum{Voters: len(voters), Reachable: len(voters), Needed: len(voters)/2 + 1}
	// A majority of none would be one.
	if q.Voters == 0 { // this node does not know the voters yet
		return survey.Quorum{}
	}

	if r.options.Reachable != nil {
		if n := r.options.Reachable(); n > 0 {
			q.Reachable = min(n, q.Voters)
		}
	}
	return q
}

// majorityLikely reports whether a leader here may still expect to commit: its
// heartbeats are answered by a majority, and gossip does not say otherwise. It
// is a hint that keeps refusals definite, not a proof.
func (r *Registry) majorityLikely() bool {
	voters, _ := r.servers()
	answering := 0
	for _, v := range voters {
		if !r.unresponsive.has(v.ID) {
			answering++
		}
	}

	q := r.Quorum()
	return answering >= q.Needed && q.Reachable >= q.Needed
}
