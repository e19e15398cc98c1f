package node

import (
	"errors"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// outboxShown bounds the work that a status looks at.
const outboxShown = 1000

// FederationStatus returns this node's view of every region.
func (n *Node) FederationStatus() survey.FederationStatus { return n.federation.FederationStatus() }

// NodeStatus returns the state of this region's node. It waits for no other node.
func (n *Node) NodeStatus() api.NodeStatus {
	raft := n.federation.RegistryStatus()
	federation := n.federation.FederationStatus()
	status := api.NodeStatus{
		Region: n.region, Version: n.options.Version, Started: n.started,
		Registry: api.RegistryStatus{Index: raft.Number, AgeMS: raft.Age.Milliseconds(), Leader: raft.Leader,
			State: raft.State, NeedsUpgrade: raft.NeedsUpgrade},
		Gossip: api.GossipStatus{Members: len(federation.Regions) - 1},
	}
	if raft.Age < 0 {
		status.Registry.AgeMS = -1
	}
	for _, r := range federation.Regions {
		if r.Region != n.region && r.Health == "alive" {
			status.Gossip.Alive++
		}
	}
	n.describeRecords(&status)
	n.describePublishing(&status)
	n.describeProblems(&status, federation)
	return status
}

func (n *Node) describeRecords(status *api.NodeStatus) {
	say := func(format string, args ...any) {
		status.Problems = append(status.Problems, fmt.Sprintf(format, args...))
	}
	if waiting, err := n.records.AuditQueued(); err != nil {
		say("the audit log cannot be written, and %d entries wait: free the disk before the node stops, or they are lost: %v",
			waiting, err)
	}

	status.Cursor = n.records.Cursor()
	pending, err := n.records.Outbox().Due(outboxShown)
	refused, refusedErr := n.records.Outbox().Refused(outboxShown)
	if err := errors.Join(err, refusedErr); err != nil {
		say("the outbox cannot be read: %v", err)
		return
	}

	// Refused work stays until a person has seen it.
	status.Outbox.Pending = len(pending)
	for _, w := range refused {
		status.Outbox.Refused = append(status.Outbox.Refused, api.RefusedWork{Kind: w.Kind, Cycle: w.Cycle,
			Organisation: w.Organisation, Since: w.Since, Problem: *w.Refusal})
	}
}

func (n *Node) describePublishing(status *api.NodeStatus) {
	totals := n.federation.TotalsStatus()
	status.Publishing.State = "on"
	if len(totals.Stopped) > 0 {
		status.Publishing.State = "stopped"
		status.Publishing.Reason = fmt.Sprintf(
			"other nodes hold newer summaries of this region for %v: was this node restored from a backup?", totals.Stopped)
	}

	for _, p := range totals.Problems {
		status.Problems = append(status.Problems, p.Text)
	}
}

// describeProblems puts the most urgent problems into words.
func (n *Node) describeProblems(status *api.NodeStatus, federation survey.FederationStatus) {
	status.Problems = append(n.federation.Problems(), status.Problems...)
	say := func(format string, args ...any) {
		status.Problems = append([]string{fmt.Sprintf(format, args...)}, status.Problems...)
	}

	// The last one that is said is shown first.
	q := federation.Quorum
	switch {
	case status.Registry.NeedsUpgrade:
		say("the registry holds a command that this version does not understand: install the newest version; " +
			"until then reads are aged and nothing can be claimed here")
	case q.Reachable < q.Needed:
		say("%d of %d regions can be reached, %d are needed to claim; answers can still be recorded, and totals still answer",
			q.Reachable, q.Voters, q.Needed)
	case status.Registry.Leader == "":
		say("no region leads the registry at the moment: claims wait for the election")
	}

	if behind := status.Registry.AgeMS; behind > (15 * time.Second).Milliseconds() {
		say("this node last heard the leader %s ago: its picture of the registry is that old",
			(time.Duration(behind) * time.Millisecond).Round(time.Second))
	}
}
