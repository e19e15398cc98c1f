package api

import (
	"context"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Federation says how this node and the federation are, without waiting for
// anybody, and decides who belongs to it.
type Federation interface {
	FederationStatus() survey.FederationStatus
	NodeStatus() NodeStatus
	Governor
}

// NodeStatus is this region's node as it sees itself. Problems are sentences
// for people, empty when all is well. Cursor is the number of the last
// registry change that the node's own records have taken in.
type NodeStatus struct {
	Region     survey.Region    `json:"region"`
	Version    string           `json:"version"`
	Started    time.Time        `json:"started"`
	Registry   RegistryStatus   `json:"registry"`
	Gossip     GossipStatus     `json:"gossip"`
	Outbox     OutboxStatus     `json:"outbox"`
	Cursor     uint64           `json:"cursor"`
	Publishing PublishingStatus `json:"publishing"`
	TakeOvers  TakeOverStatus   `json:"take_overs"`
	Problems   []string         `json:"problems" nullable:"false"`
}

// RegistryStatus is this node's copy of the registry. AgeMS is the time since
// the leader was last heard, -1 when unknown; Leader is empty when none is
// known. NeedsUpgrade says that the registry holds a command which this
// version does not understand: the node then serves aged reads only.
type RegistryStatus struct {
	Index        uint64        `json:"index"`
	AgeMS        int64         `json:"age_ms"`
	Leader       survey.Region `json:"leader"`
	State        string        `json:"state" example:"follower"`
	NeedsUpgrade bool          `json:"needs_upgrade"`
}

// GossipStatus counts the other members, and those heard lately.
type GossipStatus struct {
	Members int `json:"members"`
	Alive   int `json:"alive"`
}

// OutboxStatus is what this node still has to tell the registry, and what the
// registry refused.
type OutboxStatus struct {
	Pending int           `json:"pending"`
	Refused []RefusedWork `json:"refused" nullable:"false"`
}

// RefusedWork is what an answer of this region asked of the registry and did
// not get. It rests until the claim changes, or a person decides.
type RefusedWork struct {
	Kind         store.WorkKind    `json:"kind"`
	Cycle        survey.Cycle      `json:"cycle"`
	Organisation survey.Identifier `json:"organisation"`
	Since        time.Time         `json:"since"`
	Problem      survey.Refusal    `json:"problem"`
}

// PublishingStatus says whether this region's summaries leave the node. State
// is "on" or "stopped", with the reason.
type PublishingStatus struct {
	State  string    `json:"state" example:"on"`
	Reason string    `json:"reason,omitempty"`
	Last   time.Time `json:"last,omitzero"`
}

type (
	nothingAsked   struct{}
	nodeRead       struct{ Body NodeStatus }
	federationRead struct{ Body survey.FederationStatus }
)

func (s *server) getStatus(context.Context, *nothingAsked) (*nodeRead, error) {
	status := s.federation.NodeStatus()
	s.describeTakeOvers(&status)
	if status.Problems == nil {
		status.Problems = []string{}
	}
	if status.Outbox.Refused == nil {
		status.Outbox.Refused = []RefusedWork{}
	}
	return &nodeRead{Body: status}, nil
}

func (s *server) getFederation(context.Context, *nothingAsked) (*federationRead, error) {
	status := s.federation.FederationStatus()
	if status.Regions == nil {
		status.Regions = []survey.RegionStatus{}
	}
	return &federationRead{Body: status}, nil
}
