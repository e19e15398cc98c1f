package node

import "github.com/ahsn-network/tracker/federation"

// The nouns of the federation, under names that don't hide their own methods
// when they are put together.
type (
	organisations = federation.Organisations
	campaigns     = federation.Campaigns
	claims        = federation.Claims
	innovations   = federation.Innovations
	replica       = federation.Replica
	responses     = federation.Responses
	sharing       = federation.Sharing
	takeovers     = federation.Takeovers
	certification = federation.Certification
)

// nation combines the nouns of who surveys whom, for the surfaces: each takes the ones that it
// needs. Every change leaves an entry in the node's audit log.
type nation struct {
	organisations
	campaigns
	claims
	innovations
	replica
}

func (n *Node) nation() nation {
	f := n.federation
	return nation{f.Organisations(), f.Campaigns(), f.Claims(), f.Innovations(), f.Replica()}
}

// answers are this region's own, and those that regions give each other.
type answers struct {
	responses
	sharing
	takeovers
}

func (n *Node) answers() answers {
	return answers{n.federation.Responses(), n.federation.Sharing(), n.federation.Takeovers()}
}
