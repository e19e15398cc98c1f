package node

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// Invite returns a one-time token for a region's new node.
func (n *Node) Invite(ctx context.Context, request survey.Request, region survey.Region, role survey.Role,
	life time.Duration) (api.IssuedInvite, error) {
	invite, err := n.federation.Governance().Invite(ctx, request, region, role, life)
	if err != nil {
		return api.IssuedInvite{}, err
	}
	return api.IssuedInvite{Token: invite.String(), Region: region, Role: role, Expires: invite.Expires}, nil
}

// Decide proposes, endorses or renames.
func (n *Node) Decide(ctx context.Context, request survey.Request, d api.Decision) (api.Decided, error) {
	governance := n.federation.Governance()
	var outcome survey.Outcome
	var err error
	switch {
	case d.Endorse != 0:
		outcome, err = governance.Endorse(ctx, request, d.Endorse, d.Words)
	case d.Name != "":
		outcome, err = governance.Rename(ctx, request, d.Name, d.From)
	default:
		if d.Card != "" {
			card, err := identity.ParseKeyCard(d.Card)
			if err != nil || survey.Region(card.Region) != d.Proposal.Region {
				return api.Decided{}, fmt.Errorf("%w: the card is no key card of %s: copy all of it",
					survey.ErrInvalid, d.Proposal.Region)
			}
			d.Proposal.Key, d.Proposal.Signature = card.Key, card.Signature
		}
		outcome, err = governance.Propose(ctx, request, d.Proposal, d.Words)
		if err == nil {
			if _, open := governance.OpenProposal(outcome); open {
				return api.Decided{State: survey.ProposalOpen, Number: outcome.Number}, nil
			}
		}
	}
	if err != nil {
		return api.Decided{}, err
	}
	return api.Decided{State: survey.ProposalDone, Number: outcome.Number}, nil
}

// Decisions returns what the federation decided about its regions, or is asked
// to.
func (n *Node) Decisions() api.Decisions {
	governance := n.federation.Governance()
	return api.Decisions{Proposals: governance.Proposals(), Invitations: governance.Invitations(),
		Recoveries: governance.Recoveries()}
}
