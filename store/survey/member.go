package survey

import (
	"crypto/ed25519"
	"time"
)

// Role is a region's part in the registry: voters decide, observers follow.
type Role string

const (
	RoleVoter    Role = "voter"
	RoleObserver Role = "observer"
)

// MemberState is the federation's decision about a region. Whether its node can be reached is
// another question: see MemberHealth.
type MemberState string

const (
	MemberActive    MemberState = "active"
	MemberSuspended MemberState = "suspended"
	MemberRemoved   MemberState = "removed"
)

// Member is one region in the roster: its key, the address of its node and its role. Generation
// counts its entries into the registry's configuration: a node that lost its memory comes back
// under the next one.
type Member struct {
	Region       Region              `json:"region" cbor:"1,keyasint"`
	Key          ed25519.PublicKey   `json:"key" cbor:"2,keyasint"`
	Address      string              `json:"address" cbor:"3,keyasint"` // host:port of the node port
	Role         Role                `json:"role" cbor:"4,keyasint"`
	State        MemberState         `json:"state" cbor:"5,keyasint"`
	Generation   uint64              `json:"generation" cbor:"6,keyasint"`
	PreviousKeys []ed25519.PublicKey `json:"previous_keys,omitempty" cbor:"7,keyasint,omitempty"`
}

// MemberHealth is gossip's latest news of a member. It is a hint, never a fact: a forged one can
// delay, not falsify.
type MemberHealth struct {
	Alive     bool      `json:"alive"`
	LastHeard time.Time `json:"last_heard,omitzero"` // zero: not since this node started
	Address   string    `json:"address,omitempty"`
	Version   string    `json:"version,omitempty"`
	Index     uint64    `json:"index,omitempty"` // registry number applied there
}

// FederationStatus is one node's view of the federation.
type FederationStatus struct {
	FederationID string         `json:"federation_id"`
	Leader       Region         `json:"leader"` // empty: none known
	Quorum       Quorum         `json:"quorum"`
	Regions      []RegionStatus `json:"regions"`
}

// Quorum says how many voters there are, how many this node believes it can
// reach (itself included), and how many are needed to bind the nation.
type Quorum struct {
	Voters    int `json:"voters"`
	Reachable int `json:"reachable"`
	Needed    int `json:"needed"`
}

// RegionStatus is one row of the federation's table. Health is alive, dead
// (heard before, not now) or unknown. Lag is the number of registry changes
// that the region's node said it had not applied yet. Stage says how far the
// region has come in the registry: enters, follows or votes.
type RegionStatus struct {
	Region    Region      `json:"region"`
	Name      string      `json:"name"`
	NodeID    string      `json:"node_id"`
	Role      Role        `json:"role"`
	State     MemberState `json:"state"`
	Health    string      `json:"health"`
	LastHeard time.Time   `json:"last_heard,omitzero"`
	Address   string      `json:"address"`
	Version   string      `json:"version,omitempty"`
	Lag       uint64      `json:"lag"`
	Leader    bool        `json:"leader,omitempty"`
	Stage     string      `json:"stage,omitempty"`
}
