package federation

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// inviteDomain separates the signatures that invitations' secrets come from.
const inviteDomain = "tracker invite secret/1"

// governanceReader reads what the regions decide about each other.
type governanceReader interface {
	Proposals() []survey.Proposal
	Invitations() []survey.Invitation
	Recoveries() []survey.Recovery
}

// Governance is what the regions decide about each other. Each step returns the
// outcome of the registry's method of the same name, and a refusal as
// *survey.Refusal. It leaves an entry in this node's own audit log. Words are why,
// for that log: the registry carries the coded reason only.
type Governance struct {
	governanceReader
	door
	federation identity.FederationID
	region     survey.Region
	key        *identity.Key
	dir        string
	roster     *roster
	peers      *peersFile
}

// Propose asks for a decision about a region.
func (g Governance) Propose(
	ctx context.Context, request survey.Request, what survey.NewProposal, words string,
) (survey.Outcome, error) {
	asked := g.asked(request, "region."+string(what.Kind), string(what.Region), words)
	return asked.decided(g.registry.Propose(ctx, request, what))
}

// Endorse consents to another region's proposal.
func (g Governance) Endorse(
	ctx context.Context, request survey.Request, number uint64, words string,
) (survey.Outcome, error) {
	asked := g.asked(request, "region.endorse", fmt.Sprint(number), words)
	return asked.decided(g.registry.Endorse(ctx, request, number))
}

// Rename gives this region a name from a day (YYYY-MM-DD) on.
func (g Governance) Rename(ctx context.Context, request survey.Request, name, from string) (survey.Outcome, error) {
	asked := g.asked(request, "region.rename", string(g.region), name+" from "+from)
	return asked.decided(g.registry.Rename(ctx, request, name, from))
}

// RotateKey gives this region the new key, which its node must be started with
// afterwards: nothing is accepted from the old one any more.
func (g Governance) RotateKey(ctx context.Context, request survey.Request, key *identity.Key) (survey.Outcome, error) {
	asked := g.asked(request, "region.rotate-key", string(g.region), identity.NodeID(key.Public()))
	outcome, err := asked.decided(g.registry.RotateKey(ctx, request, key))

	// The rotation may be recorded although no answer came: the others no longer
	// talk to the old key.
	var refusal *survey.Refusal
	if err != nil && !errors.As(err, &refusal) && KeyTaken(ctx, g.dir, g.region, key) {
		err = nil
	}

	if err == nil {
		err = g.peers.rekey(g.region, key.Public(), g.registry.Number())
	}
	return outcome, err
}

// Invite opens an invitation for a region's node and returns the one-time
// token to give it. The same request returns the same token. It is good for
// life, at most 24 hours, by the registry's clock.
func (g Governance) Invite(
	ctx context.Context, request survey.Request, region survey.Region, role survey.Role, life time.Duration,
) (identity.Invite, error) {
	i, outcome, err := g.invite(ctx, request, region, role, life)
	asked := g.asked(request, "region.invite", string(region), fmt.Sprintf("%s, for %s", role, life))
	if _, err := asked.decided(outcome, err); err != nil {
		return identity.Invite{}, err
	}

	// The registry's clock decides when the invitation expires.
	known, err := g.registry.Invitation(i.Hash())
	if err == nil {
		i.Expires = known.Expires
		err = i.Check()
	}
	if err != nil {
		return identity.Invite{}, fmt.Errorf("invite %s: %w", region, err)
	}
	return i, nil
}

func (g Governance) invite(
	ctx context.Context, request survey.Request, region survey.Region, role survey.Role, life time.Duration,
) (identity.Invite, survey.Outcome, error) {
	self, ok := g.roster.Member(g.region)
	if !ok || self.Address == "" {
		return identity.Invite{}, survey.Outcome{}, fmt.Errorf(
			"%w: invite %s: this node has no address that others can reach: set node_advertise", survey.ErrInvalid, region)
	}

	// Nobody can work back from a signature's hash: the secret is random to all
	// but this node, which finds it again for a retry.
	i := identity.Invite{
		Federation: g.federation, Region: string(region), Sponsor: g.key.Public(), Addresses: []string{self.Address},
	}
	drawn := sha256.Sum256(g.key.Sign(inviteDomain, []byte(request.ID+"\n"+string(region))))
	copy(i.Secret[:], drawn[:])
	outcome, err := g.registry.Invite(ctx, request, region, role, i.Hash(), life)
	return i, outcome, err
}

// OpenProposal finds the proposal that the outcome of a step is about, if it
// still waits for a second region. A repeated step has the outcome "exists",
// whether its proposal waits or is done.
func (g Governance) OpenProposal(outcome survey.Outcome) (survey.Proposal, bool) {
	return openProposal(g.Proposals(), outcome)
}

func openProposal(all []survey.Proposal, outcome survey.Outcome) (survey.Proposal, bool) {
	if outcome.Status == survey.OutcomeUpdated {
		return survey.Proposal{}, false
	}
	for _, p := range all {
		if p.Number == outcome.Number && p.State == survey.ProposalOpen {
			return p, true
		}
	}
	return survey.Proposal{Number: outcome.Number}, outcome.Status == survey.OutcomeProposed
}

// proposed says in words what a proposal would do.
func proposed(p survey.Proposal) string {
	text := "to " + string(p.Kind)
	for _, object := range []string{string(p.Cycle), string(p.Organisation), string(p.Region)} {
		if object != "" {
			text += " " + object
		}
	}
	if p.Reason != "" {
		text += fmt.Sprintf(" (%s)", p.Reason)
	}
	return text
}
