package federation

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store/survey"
)

// Health of a region's node in FederationStatus.
const (
	healthAlive   = "alive"
	healthDead    = "dead"    // heard before, not now
	healthUnknown = "unknown" // not heard since this node started
)

// FederationStatus returns the roster, in its own order, with what this node knows of each region's
// node. It needs no other node: without a quorum it answers from the last known roster.
func (f *Federation) FederationStatus() survey.FederationStatus {
	raft := f.registry.Status()
	health := f.gossip.Health()
	status := survey.FederationStatus{FederationID: f.id.String(), Leader: raft.Leader}
	for _, m := range f.roster.Members() {
		row := survey.RegionStatus{
			Region: m.Region, Name: f.registry.RegionName(m.Region, today()), NodeID: identity.NodeID(m.Key),
			Role: m.Role, State: m.State, Health: healthUnknown, Address: m.Address, Leader: m.Region == raft.Leader,
		}

		if h, heard := health[m.Region]; heard && !h.LastHeard.IsZero() {
			row.Health, row.LastHeard, row.Version = healthDead, h.LastHeard, h.Version
			if h.Alive {
				row.Health = healthAlive
			}
			if h.Index < raft.Number {
				row.Lag = raft.Number - h.Index
			}
		}

		// A node hears nothing of itself by gossip.
		if m.Region == f.options.Region {
			row.Health, row.Version, row.Lag = healthAlive, f.options.Version, 0
		}

		row.Stage = stage(m, raft.Voters, raft.Observers)
		if row.Stage == stageVotes {
			status.Quorum.Voters++
			if row.Health == healthAlive {
				status.Quorum.Reachable++
			}
		}

		status.Regions = append(status.Regions, row)
	}

	// Regions without a node are in no roster.
	for _, region := range f.registry.Sponsored() {
		status.Regions = append(status.Regions, survey.RegionStatus{
			Region: region, Name: f.registry.RegionName(region, today()), State: survey.MemberSponsored, Health: healthUnknown,
			Stage: "recorded for by " + string(f.registry.RegionStanding(region).Sponsor),
		})
	}

	status.Quorum.Needed = status.Quorum.Voters/2 + 1
	return status
}

// Stages of a member on its way to a vote.
const (
	stageVotes   = "votes"
	stageFollows = "follows" // has, or receives, everything; does not vote, or not yet
	stageEnters  = "enters"  // in the roster; the leader has not taken it in yet
)

// stage says how far the member has come in the registry's configuration.
func stage(m survey.Member, voters, followers []survey.Region) string {
	switch {
	case m.State == survey.MemberRemoved:
		return ""
	case slices.Contains(voters, m.Region):
		return stageVotes
	case slices.Contains(followers, m.Region):
		return stageFollows
	}
	return stageEnters
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

// gossipWarmUp is how long after its start a node may not have heard from
// members that are there.
const gossipWarmUp = 15 * time.Second

// reachable returns how many voters this node believes it can reach, itself
// included; 0 while it has just started and cannot know.
func (f *Federation) reachable() int {
	select {
	case <-f.opened:
	default:
		return 0
	}

	// Gossip knows nothing yet, and 0 would refuse claims that the others would take.
	if time.Since(f.started) < gossipWarmUp {
		return 0
	}

	n := 0
	health := f.gossip.Health()
	voters, _ := f.registry.Voting()
	for _, region := range voters {
		if region == f.options.Region || health[region].Alive {
			n++
		}
	}
	return n
}

// RegistryStatus returns what this node's replica of the registry is doing.
func (f *Federation) RegistryStatus() registry.Status { return f.registry.Status() }

// TotalsStatus returns what the exchange of summaries is doing.
func (f *Federation) TotalsStatus() totals.Status { return f.totals.Status() }

// ReadyForReads returns nil when this node has a roster and can answer from
// its replica, and the reason otherwise.
func (f *Federation) ReadyForReads() error {
	if f.registry.Status().OutOfService {
		return survey.ErrOutOfService
	}
	if len(f.registry.Members()) == 0 {
		return errors.New("the registry has not been founded or received yet")
	}
	return nil
}

// ReadyForClaims returns nil when a leader is known and enough voters can be
// reached to bind the nation, and the reason otherwise.
func (f *Federation) ReadyForClaims() error {
	if err := f.ReadyForReads(); err != nil {
		return err
	}

	status := f.FederationStatus()
	switch {
	case status.Quorum.Reachable < status.Quorum.Needed:
		return fmt.Errorf("%d of %d regions can be reached, %d are needed", status.Quorum.Reachable,
			status.Quorum.Voters, status.Quorum.Needed)
	case status.Leader == "":
		return errors.New("no leader is known")
	}
	return nil
}

// facts are the registry as the totals of one generation of the region's node read it.
type facts struct {
	*registry.Registry
	region     survey.Region
	generation uint64
}

// Members leaves this region out while the copy of the registry that is being
// received still shows an earlier generation of its node: nothing is signed
// under that one any more.
func (f facts) Members() []survey.Member {
	return slices.DeleteFunc(f.Registry.Members(), func(m survey.Member) bool {
		return m.Region == f.region && m.Generation < f.generation
	})
}

// Index returns the registry's own number of the last change applied here.
func (f facts) Index() uint64 { return f.Number() }
