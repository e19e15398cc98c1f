package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Governor decides, with the other regions, about the members of the federation.
// Refusals are *survey.Refusal. The writes block as those of the registry do.
type Governor interface {
	// Invite returns the one-time token for a region's new node; the same
	// request returns the same token.
	Invite(
		ctx context.Context, request survey.Request, region survey.Region, role survey.Role, life time.Duration,
	) (IssuedInvite, error)
	// Decide proposes, endorses or renames, as the decision says.
	Decide(context.Context, survey.Request, Decision) (Decided, error)
	// RotateKey gives this region a new key and returns its node id. The node
	// starts anew with it a moment later.
	RotateKey(context.Context, survey.Request) (nodeID string, err error)
	// Decisions returns the open and the taken decisions, the newest first.
	Decisions() Decisions
}

// IssuedInvite is an invitation and its token. The token is a secret until it is
// used.
type IssuedInvite struct {
	Token   string        `json:"token"`
	Region  survey.Region `json:"region"`
	Role    survey.Role   `json:"role"`
	Expires time.Time     `json:"expires"`
}

// Decision is a decision that a region asks for. Exactly one of the three is
// set: a proposal (with Card for a new key), the number to endorse, or this
// region's own new name and its first day. Words stay in this node's audit log.
type Decision struct {
	Proposal survey.NewProposal
	Card     string
	Endorse  uint64
	Name     string
	From     string
	Words    string
}

// Decided is the state of a decision: done is in effect, open waits for another
// region to endorse the number.
type Decided struct {
	State  survey.ProposalState `json:"state"`
	Number uint64               `json:"number"`
}

// Decisions are the federation's open and remembered decisions.
type Decisions struct {
	Proposals   []survey.Proposal
	Invitations []survey.Invitation
	Recoveries  []survey.Recovery
}

// The bodies of the requests. The coded reason is recorded in the registry;
// words stay in this node's audit log.
type (
	// NewInvite asks for an invitation.
	NewInvite struct {
		Region string      `json:"region" maxLength:"16" example:"wessex"`
		Role   survey.Role `json:"role,omitempty" enum:"voter,observer"`

		Hours int `json:"hours,omitempty" minimum:"1" maximum:"24" doc:"How long the token is good; 24 unless said otherwise"`
	}
	// RegionReason says why something is decided about a region.
	RegionReason struct {
		Reason survey.ReasonCode `json:"reason" enum:"leaves,merged,key-lost,key-exposed,misuse,maintenance,agreed,mistake,other"`
		Words  string            `json:"words,omitempty" maxLength:"500"`
	}
	// Succession names the region that takes another one's claims over.
	Succession struct {
		RegionReason
		To string `json:"to" maxLength:"16"`
	}
	// LostKey carries the key card of a region that lost its key.
	LostKey struct {
		RegionReason
		Card string `json:"card" maxLength:"512"`
	}
	// RoleChange makes a region a voter or an observer.
	RoleChange struct {
		RegionReason
		Role survey.Role `json:"role" enum:"voter,observer"`
	}
	// VoterCap says how many regions vote, 0 for all.
	VoterCap struct {
		RegionReason
		Voters int `json:"voters" minimum:"0" maximum:"64"`
	}
	// RegionNaming is this region's name from a day on.
	RegionNaming struct {
		Name string `json:"name" minLength:"1" maxLength:"80"`
		From string `json:"from" format:"date" example:"2023-10-01"`
	}
	// Consent endorses a proposal.
	Consent struct {
		Words string `json:"words,omitempty" maxLength:"500"`
	}
	// NewNodeID is the node id after a rotation.
	NewNodeID struct {
		NodeID string `json:"node_id"`
	}
	// RegionPath is a region in a path.
	RegionPath struct {
		Region string `path:"region" maxLength:"16"`
	}
	newInvite    struct{ Body NewInvite }
	inviteIssued struct{ Body IssuedInvite }
	decideRegion struct {
		RegionPath
		Body RegionReason
	}
	succeedRegion struct {
		RegionPath
		Body Succession
	}
	replaceKey struct {
		RegionPath
		Body LostKey
	}
	changeRole struct {
		RegionPath
		Body RoleChange
	}
	capVoters  struct{ Body VoterCap }
	nameRegion struct{ Body RegionNaming }
	endorseOne struct {
		Number uint64 `path:"number"`
		Body   Consent
	}
	decisionMade struct {
		Status int
		Body   Decided
	}
	keyRotated      struct{ Body NewNodeID }
	proposalsPage   struct{ Body Page[survey.Proposal] }
	invitationsPage struct{ Body Page[survey.Invitation] }
	recoveriesPage  struct{ Body Page[survey.Recovery] }
)

// governanceHandlers propose and endorse decisions about the federation.
type governanceHandlers struct{ governor Governor }

func (h governanceHandlers) invite(ctx context.Context, in *newInvite) (*inviteIssued, error) {
	region, err := parseRegion("body.region", in.Body.Region)
	if err != nil {
		return nil, err
	}

	role := cmp.Or(in.Body.Role, survey.RoleVoter)
	life := time.Duration(cmp.Or(in.Body.Hours, 24)) * time.Hour
	issued, err := h.governor.Invite(ctx, request(ctx), region, role, life)
	if err != nil {
		return nil, err
	}
	return &inviteIssued{Body: issued}, nil
}

// decideRegion returns the handler of proposals of the kind.
func (h governanceHandlers) decideRegion(
	kind survey.ProposalKind,
) func(context.Context, *decideRegion) (*decisionMade, error) {
	// Suspending, resuming and removing differ in nothing but the kind.
	return func(ctx context.Context, in *decideRegion) (*decisionMade, error) {
		return h.propose(ctx, in.RegionPath, in.Body, Decision{}, survey.NewProposal{Kind: kind})
	}
}

func (h governanceHandlers) succeed(ctx context.Context, in *succeedRegion) (*decisionMade, error) {
	to, err := parseRegion("body.to", in.Body.To)
	if err != nil {
		return nil, err
	}

	what := survey.NewProposal{Kind: survey.ProposeSucceed, To: to}
	return h.propose(ctx, in.RegionPath, in.Body.RegionReason, Decision{}, what)
}

func (h governanceHandlers) newKey(ctx context.Context, in *replaceKey) (*decisionMade, error) {
	what := survey.NewProposal{Kind: survey.ProposeNewKey}
	return h.propose(ctx, in.RegionPath, in.Body.RegionReason, Decision{Card: in.Body.Card}, what)
}

func (h governanceHandlers) changeRole(ctx context.Context, in *changeRole) (*decisionMade, error) {
	what := survey.NewProposal{Kind: survey.ProposeRole, Role: in.Body.Role}
	return h.propose(ctx, in.RegionPath, in.Body.RegionReason, Decision{}, what)
}

func (h governanceHandlers) capVoters(ctx context.Context, in *capVoters) (*decisionMade, error) {
	what := survey.NewProposal{Kind: survey.ProposeMaxVoters, Voters: in.Body.Voters, Reason: in.Body.Reason}
	return h.decide(ctx, Decision{Words: in.Body.Words, Proposal: what})
}

// propose takes the proposal about the region in the path.
func (h governanceHandlers) propose(
	ctx context.Context, about RegionPath, why RegionReason, d Decision, what survey.NewProposal,
) (*decisionMade, error) {
	region, err := parseRegion("path.region", about.Region)
	if err != nil {
		return nil, err
	}

	what.Region, what.Reason = region, why.Reason
	d.Proposal, d.Words = what, why.Words
	return h.decide(ctx, d)
}

func (h governanceHandlers) endorse(ctx context.Context, in *endorseOne) (*decisionMade, error) {
	if in.Number == 0 {
		return nil, newProblem(codeNotFound, "No proposal has the number 0")
	}

	// The route needs a lead; a proposal about a region needs more.
	if !h.aboutCampaign(in.Number) {
		if p := authorise(caller(ctx), store.PermissionAdministrator); p != nil {
			return nil, p
		}
	}

	return h.decide(ctx, Decision{Endorse: in.Number, Words: in.Body.Words})
}

// aboutCampaign reports whether the proposal with the number is about a
// campaign. Leads decide about campaigns, administrators about members of the
// federation.
func (h governanceHandlers) aboutCampaign(number uint64) bool {
	return slices.ContainsFunc(h.governor.Decisions().Proposals, func(p survey.Proposal) bool {
		return p.Number == number && slices.Contains(survey.CampaignProposals(), p.Kind)
	})
}

func (h governanceHandlers) rename(ctx context.Context, in *nameRegion) (*decisionMade, error) {
	return h.decide(ctx, Decision{Name: in.Body.Name, From: in.Body.From})
}

// decide answers 202 for a decision that waits for another region.
func (h governanceHandlers) decide(ctx context.Context, d Decision) (*decisionMade, error) {
	done, err := h.governor.Decide(ctx, request(ctx), d)
	if err != nil {
		return nil, err
	}

	status := http.StatusOK
	if done.State == survey.ProposalOpen {
		status = http.StatusAccepted
	}
	return &decisionMade{Status: status, Body: done}, nil
}

func (h governanceHandlers) rotateKey(ctx context.Context, _ *nothingAsked) (*keyRotated, error) {
	id, err := h.governor.RotateKey(ctx, request(ctx))
	if err != nil {
		return nil, err
	}
	return &keyRotated{Body: NewNodeID{NodeID: id}}, nil
}

func (h governanceHandlers) invites(context.Context, *nothingAsked) (*invitationsPage, error) {
	return &invitationsPage{Body: page("invites", h.governor.Decisions().Invitations, "")}, nil
}

func (h governanceHandlers) proposals(context.Context, *nothingAsked) (*proposalsPage, error) {
	return &proposalsPage{Body: page("proposals", h.governor.Decisions().Proposals, "")}, nil
}

func (h governanceHandlers) recoveries(context.Context, *nothingAsked) (*recoveriesPage, error) {
	return &recoveriesPage{Body: page("recoveries", h.governor.Decisions().Recoveries, "")}, nil
}
