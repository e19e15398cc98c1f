package state

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Invitation returns the invitation whose secret has the hash, or an error
// wrapping survey.ErrNotFound.
func (r Reader) Invitation(hash [sha256.Size]byte) (survey.Invitation, error) {
	i := first[inviteRow](r.now().txn, tableInvites, byKey, string(hash[:]))
	if i == nil {
		return survey.Invitation{}, fmt.Errorf("invitation: %w", survey.ErrNotFound)
	}
	return i.survey(), nil
}

func (i *inviteRow) survey() survey.Invitation {
	return survey.Invitation{Region: i.Region, Role: i.Role, By: i.By, At: instant(i.At), Expires: instant(i.Expires), Used: i.Key != nil}
}

// Invitations returns every invitation that is still remembered, used ones
// included, newest first.
func (r Reader) Invitations() []survey.Invitation {
	var out []survey.Invitation
	from(r.now().txn, tableInvites, byKey, "", func(i *inviteRow) bool {
		out = append(out, i.survey())
		return true
	})
	slices.SortFunc(out, func(a, b survey.Invitation) int { return b.At.Compare(a.At) })
	return out
}

// Proposals returns what was proposed, newest first, as far as it is
// remembered.
func (r Reader) Proposals() []survey.Proposal {
	v := r.now()
	clock := v.federation().Clock
	var out []survey.Proposal
	from(v.txn, tableProposals, byKey, "", func(p *proposalRow) bool {
		shown := survey.Proposal{NewProposal: p.What, Number: p.Number, By: p.By, At: instant(p.At), Lapses: instant(p.At + proposalLife),
			State: survey.ProposalOpen, EndorsedBy: p.EndorsedBy}
		switch {
		case p.Done:
			shown.State, shown.EndorsedAt = survey.ProposalDone, instant(p.EndorsedAt)
		case p.lapsed(clock):
			shown.State = survey.ProposalLapsed
		}
		out = append(out, shown)
		return true
	})
	slices.Reverse(out)
	return out
}

// RegionStanding is what the federation decided about a region beyond its row of the
// roster.
type RegionStanding struct {
	Names     []survey.RegionName // given since the licence, oldest first
	Successor survey.Region
	Reason    survey.ReasonCode // of the newest decision about it
	Sponsor   survey.Region     // that records for it, or did
	Joined    bool              // it has, or had, a node of its own
	JoinedAt  time.Time         // by the registry's clock; zero: not since it was licensed
	Received  bool              // and took over what its sponsor had recorded
}

// RegionStanding returns the region's, the zero value if nothing was decided.
func (r Reader) RegionStanding(region survey.Region) RegionStanding {
	v := r.now()
	s := v.standing(region)
	standing := RegionStanding{Names: s.Names, Successor: s.Successor, Reason: s.Reason, Sponsor: s.Sponsor,
		Joined: s.Joined != 0 || v.Member(region) != nil, Received: s.Received != 0}
	if s.Joined != 0 {
		standing.JoinedAt = instant(s.Joined)
	}
	return standing
}

// Sponsored returns the regions without a node of their own that others record
// for, in the order of their codes.
func (r Reader) Sponsored() []survey.Region {
	v := r.now()
	var out []survey.Region
	from(v.txn, tableStandings, byKey, "", func(s *standingRow) bool {
		if s.Sponsor != "" && v.Member(s.Region) == nil {
			out = append(out, s.Region)
		}
		return true
	})
	return out
}

// RegionName returns the region's name on the day (YYYY-MM-DD): the one that it
// took since, or the licence's.
func (r Reader) RegionName(region survey.Region, day string) string {
	name := region.NameOn(day)
	for _, n := range r.now().standing(region).Names {
		if n.From <= day {
			name = n.Name
		}
	}
	return name
}

// Epoch returns how often the registry went on after a lost quorum, and
// Recoveries each time it did, oldest first.
func (r Reader) Epoch() uint64 { return r.now().federation().Epoch }

// Recoveries returns the permanent entries about lost quorums, oldest first.
func (r Reader) Recoveries() []survey.Recovery { return r.now().recoveries() }

// MaxVoters returns how many regions may vote, 0 for all.
func (r Reader) MaxVoters() int { return r.now().federation().MaxVoters }

// Banned reports whether the key was taken out of the roster.
func (r Reader) Banned(key ed25519.PublicKey) bool {
	refusal := r.now().keyTaken(key)
	return refusal != nil && refusal.Code == survey.RefusedKeyRemoved
}
